import { useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { useTerms } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { Note } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { items, weekQuery, type Asking, type Preview } from '../queries'
import { periodAddress } from '../state'
import styles from './parts.module.css'

const few = 8

/** What a roll call adds to what is asked of each branch that week, and who asks the same already: seen before it is sent. */
export function Burden({ p }: { p: Preview }) {
  const { t } = useWords()
  const { say } = useTerms()
  const [all, setAll] = useState(false)
  const branches = items(p.load.branches)
  const same = items(p.same)
  if (branches.length === 0 && same.length === 0) return null
  return (
    <Section title={t('rollcall.burden.title')}>
      {same.length > 0 && (
        <Note tone="care" title={t('rollcall.burden.same')}>
          <ul>
            {same.map((s) => (
              <li key={s.period_id}>
                {t('rollcall.burden.sameLine', { title: say(s.title), by: s.by })}
                {s.due_at && (
                  <>
                    {t('rollcall.by')} <TimeText at={s.due_at} />
                    {' · '}
                  </>
                )}
                {items(s.shared).map(say).join(t('rollcall.burden.and'))}
              </li>
            ))}
          </ul>
        </Note>
      )}
      {branches.length > 0 && (
        <div className={`${styles.scroll} ${styles.tail}`} tabIndex={0} role="region" aria-label={t('rollcall.burden.title')}>
          <table className={styles.table}>
            <caption>
              {t('rollcall.burden.week')} {p.load.from && <TimeText at={p.load.from} form="day" />}
              {p.load.times > 1 && ` · ${t('rollcall.burden.times', { count: p.load.times })}`}
            </caption>
            <thead>
              <tr>
                {(['unit', 'people', 'already', 'adds', 'together'] as const).map((c) => (
                  <th key={c} scope="col">
                    {t(`rollcall.burden.${c}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {branches.slice(0, all ? undefined : few).map((b) => (
                <tr key={b.unit_id}>
                  <th scope="row">{b.name}</th>
                  <td>{b.people}</td>
                  <td>{b.already}</td>
                  <td>{b.adds}</td>
                  <td>{b.already + b.adds}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {branches.length > few && !all && (
        <Button className="no-print" onClick={() => setAll(true)}>
          {t('common.showMore')}
        </Button>
      )}
      {p.load.more && all && <p className={styles.quiet}>{t('rollcall.burden.more')}</p>}
    </Section>
  )
}

/** What is asked of a unit's people this week, across roll calls and meetings: by whom, and how long it takes. */
export function Week({ unit }: { unit: string }) {
  const { t } = useWords()
  const { say } = useTerms()
  const week = useQuery(weekQuery(unit)).data
  const list = together(items(week?.items))
  if (!week || list.length === 0) return null
  return (
    <Section title={t('rollcall.week.title')} aside={t('rollcall.week.minutes', { count: week.minutes })}>
      <ul className={styles.lines}>
        {list.map((x) => (
          <li key={x.id}>
            <div>
              <Link to={x.kind === 'meeting' ? `/meetings/${x.id}` : periodAddress(x.id, unit)}>{say(x.title)}</Link>
              <span className={styles.quiet}>
                {x.by} · {t(`rollcall.week.${x.kind}`)} {x.at && <TimeText at={x.at} />}
                {x.times > 1 && ` · ${t('rollcall.burden.times', { count: x.times })}`}
              </span>
            </div>
            <span className={styles.quiet}>{t('rollcall.week.line', { count: x.minutes, people: x.people })}</span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

/** What is asked again and again is one line. */
function together(list: Asking[]): Asking[] {
  const lines = new Map<string, Asking>()
  for (const x of list) {
    const key = x.kind === 'meeting' ? x.id : [x.title.zh, x.by, x.unit_id, x.minutes].join()
    const before = lines.get(key)
    lines.set(key, before ? { ...before, times: before.times + x.times, people: Math.max(before.people, x.people) } : x)
  }
  return [...lines.values()]
}
