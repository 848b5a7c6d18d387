import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { useTerms } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { askedOfQuery, items } from '../queries'
import { periodAddress } from '../state'
import styles from './parts.module.css'

/** What is asked of a unit and its people now: by whom, how long it takes, how far it is. Nothing while nothing is. */
export function AskedOf({ unit, title }: { unit: string; title: string }) {
  const { t } = useWords()
  const { say } = useTerms()
  const list = items(useQuery(askedOfQuery(unit)).data?.items)
  if (list.length === 0) return null
  const minutes = list.reduce((sum, x) => sum + x.minutes, 0)
  return (
    <Section title={title} aside={t('rollcall.askedOf.minutes', { count: minutes })}>
      <ul className={styles.lines}>
        {list.map((x) => (
          <li key={x.period_id}>
            <div>
              <Link to={periodAddress(x.period_id, unit)}>{say(x.title)}</Link>
              <span className={styles.quiet}>
                {x.by} · {t('rollcall.by')} {x.due_at && <TimeText at={x.due_at} />} · {t(x.by_units ? 'rollcall.askedOf.eachUnit' : 'rollcall.askedOf.each', { count: x.minutes })}
              </span>
            </div>
            <span className="num">{x.counts.expected === null ? x.counts.received : `${x.counts.received} / ${x.counts.expected}`}</span>
          </li>
        ))}
      </ul>
    </Section>
  )
}
