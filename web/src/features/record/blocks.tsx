import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { useMe } from '~/shared/me/me'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Section } from '~/shared/ui/Page'
import { Empty } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useNow } from '~/shared/ui/useNow'
import type { MeetingBlockProps } from '~/shared/meetingBlocks'
import { wall } from '~/shared/ui/zone'
import type { UnitBlockProps } from '~/shared/unitBlocks'
import { useWords } from '~/shared/words/words'
import { oversightAddress, recordAddress, submissionAddress } from './address'
import { dayOf } from './days'
import { ActionLine } from './components/ActionLine'
import { Submissions } from './components/Submissions'
import styles from './pages/lists.module.css'
import { Attended, byBody } from './components/Attended'
import { actionsQuery, attendanceQuery, inboxQuery, items, type Notice } from './queries'

function address(n: Notice): string | undefined {
  if (n.subject === 'record') return recordAddress(n.subject_id)
  if (n.subject === 'submission') return submissionAddress(n.subject_id)
  return n.subject === 'action' ? '/actions' : undefined
}

function Lines({ of }: { of: Notice[] }) {
  const { t } = useWords()
  if (of.length === 0) return null
  return (
    <ul className={styles.links}>
      {of.map((n) => (
        <li key={n.id}>
          <Link to={address(n) ?? '/'}>
            <span>{t(`notice.${n.kind}`, { ...n.params, defaultValue: t('notice.other') })}</span>
            <span className={styles.quiet}>{n.created_at && <TimeText at={n.created_at} />}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** On the start page: what I am to do, with its date. That it was given to me stands here, not among the to-dos. */
export function HomeNeed() {
  const { t } = useWords()
  const mine = useInfiniteQuery(actionsQuery('', true))
  const open = (mine.data?.pages.flatMap((p) => items(p.items)) ?? []).filter((a) => a.state === 'open').slice(0, 3)
  if (open.length === 0) return null
  return (
    <ul className={styles.links}>
      {open.map((a) => (
        <li key={a.id}>
          <Link to="/actions">
            <span>{a.text}</span>
            <span className={styles.quiet}>
              {a.unit_name} {a.due_on && t('common.todo.by')} {a.due_on && <TimeText at={dayOf(a.due_on)} form="day" />}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

const lately = 14 * 24 * 3600_000

/** On the start page: records signed and reports accepted in the last two weeks. */
export function HomeCame() {
  const now = useNow()
  const { data } = useQuery(inboxQuery)
  const list = items(data?.items).filter((n) => (n.kind === 'record.signed' || n.kind.startsWith('submission.accepted')) && n.created_at && now.getTime() - Date.parse(n.created_at) < lately)
  return <Lines of={list.slice(0, 4)} />
}

/** What waits for me, as a small number. */
export function useOpenActions(): number | undefined {
  const mine = useInfiniteQuery(actionsQuery('', true))
  const count = (mine.data?.pages.flatMap((p) => items(p.items)) ?? []).filter((a) => a.state === 'open').length
  return count || undefined
}

/** On the page of a meeting to come: its plan on the way up, and what earlier meetings left to do. */
export function MeetingBefore({ meeting, arranges }: MeetingBlockProps) {
  const { t } = useWords()
  const me = useMe()
  const own = arranges || me.units.some((u) => u.id === meeting.unit_id) // what is left to do is not for guests
  const left = useInfiniteQuery({ ...actionsQuery(meeting.unit_id, true), enabled: own && meeting.status !== 'over', retry: false })
  const open = (left.data?.pages.flatMap((p) => items(p.items)) ?? []).filter((a) => a.meeting_id !== meeting.id)
  return (
    <>
      {meeting.status !== 'over' && open.length > 0 && (
        <Section title={t('common.todo.carried')} aside={<Link to={`/actions?unit=${meeting.unit_id}`}>{t('record.todo.openAll')}</Link>}>
          <p className={styles.lead}>{t('record.todo.carriedLead')}</p>
          <ul className={styles.list}>
            {open.map((a) => (
              <li key={a.id}>
                <ActionLine action={a} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {own && meeting.status !== 'cancelled' && <Submissions meeting={meeting.id} kind="plan" may={arranges && meeting.status === 'announced'} />}
    </>
  )
}

/** On the page "me": how I took part this year, in each body by itself. */
export function MineAttendance() {
  const { t } = useWords()
  const now = useNow()
  const { data } = useQuery(attendanceQuery)
  if (!data) return null
  const bodies = byBody(items(data.items), wall(now).getUTCFullYear())
  return (
    <Section title={t('record.mine.title')}>
      <p className={styles.lead}>{t('record.mine.lead')}</p>
      {bodies.length === 0 ? <Empty>{t('record.mine.none')}</Empty> : <Attended lines={bodies} />}
    </Section>
  )
}

/** On the page of a unit: what its meetings left to do; for those above, the way to the overview. */
export function UnitAfter({ unit, abilities }: UnitBlockProps) {
  const { t } = useWords()
  const me = useMe()
  const list = useInfiniteQuery({ ...actionsQuery(unit.id, true), enabled: abilities.includes('meeting.read') })
  const open = list.data?.pages.flatMap((p) => items(p.items)) ?? []
  const oversees = abilities.includes('meeting.oversee') || me.units.some((u) => u.roles.includes('overseer') && unit.path.startsWith(u.path))
  return (
    <>
      {oversees && (
        <Section title={t('record.oversight.title')}>
          <p className={styles.lead}>{t('record.oversight.lead')}</p>
          <LinkButton to={oversightAddress(unit.id)}>{t('record.oversight.see')}</LinkButton>
        </Section>
      )}
      {open.length > 0 && (
        <Section title={t('record.todo.open')} aside={<Link to={`/actions?unit=${unit.id}`}>{t('record.todo.openAll')}</Link>}>
          <ul className={styles.list}>
            {open.slice(0, 5).map((a) => (
              <li key={a.id}>
                <ActionLine action={a} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}
