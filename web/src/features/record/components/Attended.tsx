import { wall } from '~/shared/ui/zone'
import { useWords } from '~/shared/words/words'
import type { Attended as Meeting } from '../queries'
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

/** Who or which body, with how often they were due, present and excused. In no order of merit. */
export function Attended({ lines }: { lines: AttendedLine[] }) {
  const { t } = useWords()
  return (
    <ul className={styles.list}>
      {lines.map((l) => (
        <li key={l.key}>
          <p>{l.name}</p>
          <p className={styles.quiet}>{t('record.mine.line', { count: l.due, present: l.present, excused: l.excused })}</p>
        </li>
      ))}
    </ul>
  )
}
