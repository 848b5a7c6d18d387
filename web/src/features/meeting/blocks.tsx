import { PlusOutlined } from '@ant-design/icons'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { useTerms } from '~/shared/profile/profile'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Section } from '~/shared/ui/Page'
import { Empty, More, Show, Tag, type Tone } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useNow } from '~/shared/ui/useNow'
import type { UnitBlockProps } from '~/shared/unitBlocks'
import { useWords } from '~/shared/words/words'
import styles from './blocks.module.css'
import { MeetingLine } from './components/MeetingLine'
import { TryOut } from './components/TryOut'
import { comingQuery, dueQuery, items, unitMeetingsQuery, type DueLine } from './queries'
import { meetingAddress } from './state'

const soon = 48 * 3600_000

/** On the start page: my next meetings, with the way in. */
export function HomeMeetings() {
  const { t } = useWords()
  const { data } = useQuery(comingQuery)
  const now = useNow()
  const list = items(data?.items).slice(0, 3)
  if (list.length === 0) return null
  const near = list.some((m) => !m.opened_at && m.starts_at && Date.parse(m.starts_at) - now.getTime() < soon)
  return (
    <>
      <ul>
        {list.map((m) => (
          <li key={m.id}>
            <MeetingLine item={m} unit enter />
          </li>
        ))}
      </ul>
      <p className={styles.more}>
        {near && <TryOut />} <Link to="/meetings">{t('meeting.all')}</Link>
      </p>
    </>
  )
}

/** On the start page: invitations without an answer yet. */
export function HomeAnswer() {
  const { t } = useWords()
  const { data } = useQuery(comingQuery)
  const open = items(data?.items).filter((m) => m.answer === 'none' && !m.opened_at)
  if (open.length === 0) return null
  return (
    <ul className={styles.asks}>
      {open.map((m) => (
        <li key={m.id}>
          <Link to={meetingAddress(m.id)}>
            <span>{t('meeting.askAnswer', { theme: m.theme })}</span>
            <span className={styles.note}>{m.starts_at && <TimeText at={m.starts_at} />}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

const dueTones: Record<DueLine['state'], Tone> = { free: 'plain', done: 'good', planned: 'accent', open: 'care', late: 'bad' }

/** On the page of a unit: what its rules ask of it, and its meetings. */
export function UnitMeetings({ unit, abilities }: UnitBlockProps) {
  const { t } = useWords()
  const { say } = useTerms()
  const reads = abilities.includes('meeting.read')
  const arranges = abilities.includes('meeting.arrange')
  const due = useQuery({ ...dueQuery(unit.id), enabled: reads || abilities.includes('meeting.oversee') })
  const list = useInfiniteQuery({ ...unitMeetingsQuery(unit.id), enabled: reads })
  const lines = items(due.data?.items)
  // Who is not of this unit is told nothing; a kind of unit that holds no meetings has no lines.
  if (lines.length === 0) return null
  const meetings = list.data?.pages.flatMap((p) => items(p.items)) ?? []
  return (
    <>
      {reads && (
        <Section
          title={t('meeting.title')}
          aside={
            arranges && (
              <LinkButton to={`/units/${unit.id}/meetings/new`} type="primary" icon={<PlusOutlined aria-hidden />}>
                {t('meeting.new')}
              </LinkButton>
            )
          }
        >
          {list.isError ? null : meetings.length === 0 ? (
            <Empty>{t('meeting.none')}</Empty>
          ) : (
            <>
              <ul>
                {meetings.map((m) => (
                  <li key={m.id}>
                    <MeetingLine item={m} enter />
                  </li>
                ))}
              </ul>
              <More list={list} />
            </>
          )}
        </Section>
      )}
      <Section title={t('meeting.due.title')}>
        <Show query={due}>
          {() => (
            <ul className={styles.due}>
              {lines.map((d) => (
                <li key={d.kind}>
                  <div>
                    <strong>{say(d.name)}</strong>
                    <span className={styles.note}>{say(d.rule)}</span>
                  </div>
                  <div className={styles.state}>
                    {d.state !== 'free' && (
                      <Tag tone={dueTones[d.state]}>{t(`meeting.due.${d.state}`, { count: d.held })}</Tag>
                    )}
                    {d.due_by && (d.state === 'open' || d.state === 'late') && (
                      <span className={styles.note}>
                        {t('meeting.due.by')} <TimeText at={new Date(Date.parse(d.due_by) - 1).toISOString()} form="day" />
                      </span>
                    )}
                    {arranges && (d.state === 'open' || d.state === 'late') && (
                      <Link to={`/units/${unit.id}/meetings/new?kind=${d.kind}`}>{t('meeting.due.arrange')}</Link>
                    )}
                  </div>
                </li>
              ))}
            </ul>
          )}
        </Show>
      </Section>
    </>
  )
}
