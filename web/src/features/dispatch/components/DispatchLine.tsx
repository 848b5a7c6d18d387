import { Link } from 'react-router'
import { Tag, type Tone } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import type { Dispatch } from '../queries'
import { address, placeOf } from '../state'
import styles from './parts.module.css'

const tones: Record<Dispatch['state'], Tone> = { open: 'accent', confirmed: 'good', cancelled: 'plain', ended: 'plain' }

/** How many are on it, in words. */
export function Count({ of: d }: { of: Dispatch }) {
  const { t } = useWords()
  const done = (d.seats ?? []).filter((s) => s.state === 'done').length
  if (d.state !== 'open') return <Tag tone={tones[d.state]}>{t(`dispatch.one.state.${d.state}`)}</Tag>
  if (d.mode === 'all') return <Tag tone={d.held === d.wanted ? 'good' : 'accent'}>{t('dispatch.count.answered', { held: d.held, wanted: d.wanted })}</Tag>
  if (d.held === 0) return <Tag tone="care">{t('dispatch.count.first')}</Tag>
  return (
    <>
      {d.held > done && <Tag tone="accent">{t('dispatch.count.held', { held: d.held - done, wanted: d.wanted })}</Tag>}
      {done > 0 && <Tag tone="good">{t('dispatch.count.done', { count: done })}</Tag>}
    </>
  )
}

/** Several of them. */
export function DispatchLines({ list }: { list: Dispatch[] }) {
  return (
    <ul>
      {list.map((d) => (
        <li key={d.id}>
          <DispatchLine item={d} />
        </li>
      ))}
    </ul>
  )
}

/** A dispatch in a list: who asks what, by when, how it stands. */
function DispatchLine({ item: d }: { item: Dispatch }) {
  const { t } = useWords()
  const place = placeOf(d)
  return (
    <article className={styles.line}>
      <div>
        {!d.mine.asker && <p className={styles.quiet}>{t('dispatch.from', { name: d.asker_name, unit: d.unit_name })}</p>}
        <h3>
          <Link to={address(d.id)}>{d.text}</Link>
        </h3>
        <p className={styles.facts}>
          <span>
            {t('dispatch.by')} {d.due_at && <TimeText at={d.due_at} />}
          </span>{' '}
          <Count of={d} />
        </p>
      </div>
      {d.state === 'open' && place === 'forMe' && (
        <Link className="w-button primary" to={address(d.id)}>
          {t('dispatch.ring.here')}
        </Link>
      )}
    </article>
  )
}
