import { useState } from 'react'
import { Button } from 'antd'
import { Link } from 'react-router'
import { wordDuration } from '~/shared/ui/time'
import { usePrefs } from '~/shared/prefs/prefs'
import { Section } from '~/shared/ui/Page'
import { Note, Tag, type Tone } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { personAddress } from '../address'
import { items, type Attendee, type MeetingRecord } from '../queries'
import styles from './Attendance.module.css'

const tones: Record<Attendee['status'], Tone> = { present: 'good', excused: 'accent', exempt: 'plain', absent: 'care', not_due: 'plain' }

/** Who was due and who came: figures first, the arithmetic of the quorum in words, then everybody. */
export function Attendance({ record }: { record: MeetingRecord }) {
  const { t } = useWords()
  const a = record.facts.attendance
  const people = items(a.people)
  const [all, setAll] = useState(false)
  const figures = [
    ['due', a.due],
    ['present', a.present],
    ['excused', a.excused],
    ['absent', a.absent],
    ...(a.exempt ? [['exempt', a.exempt] as const] : []),
    ...(a.observers ? [['observer', a.observers] as const] : []),
    ...(a.guests ? [['guest', a.guests] as const] : []),
    ...(a.written ? [['written', a.written] as const] : []),
  ] as const
  return (
    <Section title={t('record.page.attendance.title')} aside={t('record.page.attendance.locked')}>
      <dl className={styles.figures}>
        {figures.map(([key, n]) => (
          <div key={key}>
            <dt>{t(`record.page.attendance.${key}`)}</dt>
            <dd>{n}</dd>
          </div>
        ))}
      </dl>
      {a.quorum && (
        <Note tone={a.quorum.met ? 'good' : 'care'} title={t(a.quorum.met ? 'record.page.attendance.quorumMet' : 'record.page.attendance.quorumShort', { n: a.quorum.needed - a.quorum.present })}>
          {t('record.page.attendance.quorum', { rule: a.quorum.rule, due: a.quorum.due, needed: a.quorum.needed, present: a.quorum.present })}
        </Note>
      )}
      <Button className={`${styles.more} no-print`} aria-expanded={all} onClick={() => setAll(!all)}>
        {t(all ? 'record.page.attendance.fewer' : 'record.page.attendance.names', { count: people.length })}
      </Button>
      {all && (
        <ul className={styles.people}>
          {people.map((p) => (
            <Line key={p.id} p={p} />
          ))}
        </ul>
      )}
    </Section>
  )
}

function Line({ p }: { p: Attendee }) {
  const { t } = useWords()
  const { language } = usePrefs()
  const notes = [
    items(p.hows).map((how) => t(`record.how_word.${how}`)).join(t('record.list.names')),
    p.seconds ? t('record.page.attendance.inside', { time: wordDuration(language, p.seconds) }) : '',
    p.late && t('record.late'),
    p.left_early && t('record.left_early'),
    p.reason?.name,
    p.granted_by && t('record.page.attendance.granted', { name: p.granted_by.name }),
    p.stated && t('record.sheet.stated'),
    p.helper && t('record.helper', { helper: p.helper }),
  ].filter(Boolean)
  return (
    <li>
      <Link to={personAddress(p.id)}>{p.name}</Link>
      <span>
        <Tag tone={tones[p.status]}>{t(p.observer && p.status === 'present' ? 'record.sheet.observer' : `record.sheet.${p.status}`)}</Tag>
      </span>
      <span className={styles.notes}>{notes.join(' · ')}</span>
    </li>
  )
}
