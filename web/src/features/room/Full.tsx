import type { ReactNode } from 'react'
import { useWords } from '~/shared/words/words'
import { Button } from './ui/Button'
import styles from './Full.module.css'

interface FullProps {
  title: string
  text?: string
  waiting?: boolean
  act?: { label: string; do: () => Promise<unknown>; quiet?: boolean }
  again?: () => void
  home?: boolean
  /** Offers the meeting's own page. */
  meeting?: string
  children?: ReactNode
}

/** The whole screen says one thing, and what to do now. */
export function Full({ title, text, waiting, act, again, home, meeting, children }: FullProps) {
  const { t } = useWords()
  return (
    <main className={styles.full} aria-busy={waiting || undefined}>
      <span className={styles.seal} data-waiting={waiting || undefined} aria-hidden>
        在
      </span>
      <div role="status" className={styles.words}>
        <h1>{title}</h1>
        {text && <p>{text}</p>}
      </div>
      {children}
      <div className={styles.actions}>
        {act && (
          <Button kind={act.quiet ? '' : 'primary'} do={act.do}>
            {act.label}
          </Button>
        )}
        {again && (
          <Button kind="primary" do={again}>
            {t('common.retry')}
          </Button>
        )}
        {meeting && (
          <a className="w-button" href={`/meetings/${meeting}`}>
            {t('room.toMeeting')}
          </a>
        )}
        {home && (
          <a className="w-button" href="/">
            {t('room.home')}
          </a>
        )}
      </div>
    </main>
  )
}
