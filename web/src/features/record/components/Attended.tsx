import { wall } from '~/shared/ui/zone'
import { useWords } from '~/shared/words/words'
import type { Attended as Meeting, LeaderLine } from '../queries'
import styles from '../pages/lists.module.css'

export interface AttendedLine {
  key: string
  name: string
  due: number
  present: number
  excused: number
}

/** Sums one person's meetings of a year by the body that held them, in the order of the latest. */
export function byBody(meetings: Meeting[], year: number): AttendedLine[] {
  const lines = new Map<string, AttendedLine>()
  for (const m of meetings) {
    if (!m.held_at || wall(new Date(m.held_at)).getUTCFullYear() !== year || !m.due) continue
    const line = lines.get(m.unit_id) ?? { key: m.unit_id, name: m.unit_name, due: 0, present: 0, excused: 0 }
    line.due++
    if (m.status === 'present') line.present++
    if (m.status === 'excused') line.excused++
    lines.set(m.unit_id, line)
  }
  return [...lines.values()]
}

/** Which body, with how often one was due, present and excused. */
export function Attended({ lines }: { lines: AttendedLine[] }) {
  return (
    <ul className={styles.list}>
      {lines.map((l) => (
        <li key={l.key}>
          <p>{l.name}</p>
          <p className={styles.quiet}>
            <Times of={l} />
          </p>
        </li>
      ))}
    </ul>
  )
}

/** Each leader with the bodies they belong to; bodies that did not meet yet stand together. In no order of merit. */
export function Leaders({ lines }: { lines: LeaderLine[] }) {
  const { t } = useWords()
  const people = new Map<string, LeaderLine[]>()
  for (const l of lines) people.set(l.person_id, [...(people.get(l.person_id) ?? []), l])
  return (
    <ul className={styles.list}>
      {[...people.values()].map((of) => {
        const none = of.filter((l) => l.due === 0).map((l) => l.unit_name)
        return (
          <li key={of[0]?.person_id} className={styles.leader}>
            <strong>{of[0]?.name}</strong>
            {of.map(
              (l) =>
                l.due > 0 && (
                  <p key={l.unit_id}>
                    {l.unit_name}{' '}
                    <span className={styles.quiet}>
                      <Times of={l} />
                    </span>
                  </p>
                ),
            )}
            {none.length > 0 && <p className={styles.quiet}>{t('record.leaders.notYet', { units: none.join(t('record.list.names')) })}</p>}
          </li>
        )
      })}
    </ul>
  )
}

function Times({ of }: { of: { due: number; present: number; excused: number } }) {
  const { t } = useWords()
  return t(of.excused > 0 ? 'record.mine.line' : 'record.mine.lineNoLeave', { count: of.due, present: of.present, excused: of.excused })
}
