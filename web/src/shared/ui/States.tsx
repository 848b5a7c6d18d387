import { Button, Spin } from 'antd'
import { useEffect, useState, type ReactNode } from 'react'
import { asProblem, wordProblem } from '../api/problem'
import { useWords } from '../words/words'
import styles from './States.module.css'

/** Nothing here, said kindly: what would be here, and what one can do. */
export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <p>{children}</p>
      {action}
    </div>
  )
}

/** What happened, what was kept, what to do next; and a button to do it. */
export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useWords()
  const final = [403, 404, 410].includes(asProblem(error).status)
  return (
    <div className={styles.error} role="alert">
      <p>{wordProblem(t, error)}</p>
      {retry && !final && (
        <Button onClick={retry} type="primary" ghost>
          {t('common.retry')}
        </Button>
      )}
    </div>
  )
}

/** The next part of a long list, while there is one; not on paper. */
export function More({ list }: { list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown } }) {
  const { t } = useWords()
  if (!list.hasNextPage) return null
  return (
    <Button className="no-print" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
      {t('common.showMore')}
    </Button>
  )
}

/** Waiting. Nothing at first (most answers are quick), then words, then an apology for the network. */
export function Loading({ label }: { label?: string }) {
  const { t } = useWords()
  const [phase, setPhase] = useState(0)
  useEffect(() => {
    const timers = [setTimeout(() => setPhase(1), 250), setTimeout(() => setPhase(2), 5000)]
    return () => timers.forEach(clearTimeout)
  }, [])
  return (
    <div className={styles.loading} role="status" aria-live="polite" aria-busy>
      {phase > 0 && (
        <>
          <Spin />
          <span>{phase === 1 ? (label ?? t('common.loading')) : t('common.loadingSlow')}</span>
        </>
      )}
    </div>
  )
}

interface Read<T> {
  data: T | undefined
  error: unknown
  isPending: boolean
  refetch: () => unknown
}

/**
 * Shows a query: its content, else its error, else waiting. Content that was read before stays
 * while it is read anew or that fails.
 */
export function Show<T>({ query, children }: { query: Read<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <ErrorState error={query.error} retry={() => void query.refetch()} />
  return <Loading />
}

export type Tone = 'plain' | 'accent' | 'good' | 'care' | 'bad'

/** A state in a word or two. The word carries the meaning, the colour only helps. */
export function Tag({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`${styles.tag} ${styles[tone]}`}>{children}</span>
}

/** A message that stays on the page, e.g. what a rule demands. */
export function Note({ tone = 'accent', title, children }: { tone?: Tone; title?: string; children?: ReactNode }) {
  return (
    <div className={`${styles.note} ${styles[tone]}`} role={tone === 'bad' ? 'alert' : 'note'}>
      {title && <strong>{title}</strong>}
      {children && <div>{children}</div>}
    </div>
  )
}
