import { BookOutlined, EditOutlined, QrcodeOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useContext } from 'react'
import { useParams } from 'react-router'
import { api, got, prefix } from '~/shared/api/client'
import { useLive } from '~/shared/live/live'
import { MeetingBlocks } from '~/shared/meetingBlocks'
import { useTerms } from '~/shared/profile/profile'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { LinkButton } from '~/shared/ui/LinkButton'
import { Page, Section } from '~/shared/ui/Page'
import { Note, Show } from '~/shared/ui/States'
import { TimeSpan, TimeText } from '~/shared/ui/TimeText'
import { useNow } from '~/shared/ui/useNow'
import { useWords } from '~/shared/words/words'
import { MyAnswer } from '../components/MyAnswer'
import { TryOut } from '../components/TryOut'
import { MoveMeeting } from '../components/MoveMeeting'
import { Papers } from '../components/Papers'
import { PeopleList } from '../components/PeopleList'
import { StandingTag } from '../components/MeetingLine'
import { Tasks } from '../components/Tasks'
import { items, keys, meetingQuery, namesOf, peopleQuery, type Meeting } from '../queries'
import { roomAddress, standing } from '../state'
import styles from './MeetingPage.module.css'

/** A meeting before and after it is held: what, when, who, and one large way in. */
export function MeetingPage() {
  const { meeting: id = '' } = useParams()
  const meeting = useQuery(meetingQuery(id))
  useLive(`meeting:${id}`)
  return <Show query={meeting}>{(m) => <One m={m} />}</Show>
}

function One({ m }: { m: Meeting }) {
  const { t } = useWords()
  const { say, heading } = useTerms()
  const people = useQuery(peopleQuery(m.id))
  const names = (ids: string[] | null) => namesOf(items(people.data?.items), ids).join(t('common.comma'))
  const cache = useQueryClient()
  const now = useNow()
  const blocks = useContext(MeetingBlocks)
  const s = standing(m, now)
  const can = (ability: string) => items(m.abilities).includes(ability)
  const again = () => cache.invalidateQueries({ queryKey: keys.all })
  const open = s === 'going' || s === 'doors'
  const seconds = (n: number) => t('meeting.minutes', { count: Math.round(n / 60) })
  return (
    <Page
      title={m.theme}
      lead={
        <>
          {say(m.kind_name)} · {m.unit_name} <StandingTag of={m} />
        </>
      }
      back={{ to: `/units/${m.unit_id}`, label: m.unit_name }}
      actions={
        <>
          {m.status === 'over' && (
            <LinkButton to="record" type="primary">
              {t('meeting.record')}
            </LinkButton>
          )}
          {can('link') && (
            <LinkButton to="links" icon={<QrcodeOutlined aria-hidden />}>
              {t('meeting.links.title')}
            </LinkButton>
          )}
          {can('edit') && (
            <LinkButton to="edit" icon={<EditOutlined aria-hidden />}>
              {t('common.edit')}
            </LinkButton>
          )}
          {(can('edit') || can('host')) && (
            <LinkButton to="guide" icon={<BookOutlined aria-hidden />}>
              {t('meeting.guide')}
            </LinkButton>
          )}
        </>
      }
    >
      {m.status === 'draft' && (
        <Note tone="care" title={t('meeting.draft.title')}>
          <p>{t('meeting.draft.text', { count: m.counts.due })}</p>
          {can('announce') && (
            <ActionButton
              type="primary"
              done={t('meeting.announced')}
              action={async () => {
                await got(api.POST('/meetings/{meeting}/announce', { params: { path: { meeting: m.id } }, body: { version: m.version } }))
                await again()
              }}
            >
              {t('meeting.announce')}
            </ActionButton>
          )}
        </Note>
      )}
      {items(m.moves).map((x) => (
        <Note key={x.at} tone={x.kind === 'cancelled' ? 'bad' : 'care'} title={t(`meeting.moved.${x.kind}`)}>
          {x.from_at && x.kind === 'moved' && (
            <p>
              {t('meeting.moved.from')} <TimeText at={x.from_at} form="full" />
            </p>
          )}
          {x.reason && <p>{t('meeting.moved.why', { reason: x.reason })}</p>}
        </Note>
      ))}
      <Section>
        <div className={styles.top}>
          <dl className={styles.facts}>
            <dt>{t('meeting.when')}</dt>
            <dd>{m.starts_at && m.ends_at && <TimeSpan from={m.starts_at} to={m.ends_at} />}</dd>
            {m.place && (
              <>
                <dt>{t('meeting.place')}</dt>
                <dd>{m.place}</dd>
              </>
            )}
            <dt>{t('meeting.chair')}</dt>
            <dd>{m.chair_name}</dd>
            {names(m.deputy_ids) && m.status !== 'over' && (
              <>
                <dt>{heading('deputy')}</dt>
                <dd>{names(m.deputy_ids)}</dd>
              </>
            )}
            {m.recorder_name && (
              <>
                <dt>{t('meeting.recorder')}</dt>
                <dd>{m.recorder_name}</dd>
              </>
            )}
            {m.note && (
              <>
                <dt>{t('meeting.note')}</dt>
                <dd className={styles.note}>{m.note}</dd>
              </>
            )}
          </dl>
          {can('enter') && (
            <div className={styles.way}>
              {open ? (
                <a className={`w-button primary ${styles.enter}`} href={roomAddress(m.id)}>
                  {t('meeting.enter')}
                </a>
              ) : (
                <p className={styles.early}>
                  {t('meeting.doors')} {m.doors_open_at && <TimeText at={m.doors_open_at} within />}
                </p>
              )}
              {m.status === 'announced' && !m.opened_at && <TryOut />}
              {m.status === 'announced' && <a href={`${prefix}/meetings/${m.id}/calendar.ics`}>{t('meeting.calendar')}</a>}
            </div>
          )}
        </div>
      </Section>
      {can('answer') && m.mine && <MyAnswer m={m} mine={m.mine} done={again} />}
      <Section title={t('meeting.agenda')} aside={t('meeting.minutes', { count: items(m.stages).reduce((n, x) => n + x.minutes, 0) })}>
        <ol className={styles.stages}>
          {items(m.stages).map((x) => (
            <li key={x.key}>
              <strong>{say(x.words)}</strong>
              <span className={styles.quiet}>
                {[t('meeting.minutes', { count: x.minutes }), t(`meeting.mode.${x.mode}`), x.seconds > 0 && t('meeting.each', { time: seconds(x.seconds) })]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
              {names(x.speakers) && <span>{t('meeting.speakers', { names: names(x.speakers) })}</span>}
              {x.help && <span className={styles.quiet}>{say(x.help)}</span>}
            </li>
          ))}
        </ol>
        {say(m.vote_rule) && <p className={styles.rule}>{say(m.vote_rule)}</p>}
      </Section>
      {blocks.map((Block, i) => (
        // oxlint-disable-next-line react/no-array-index-key -- a fixed list
        <Block key={i} meeting={m} arranges={can('edit')} />
      ))}
      {(items(m.tasks).length > 0 || can('prepare')) && <Tasks m={m} done={again} />}
      <Papers m={m} />
      <PeopleList m={m} done={again} />
      {(can('move') || can('cancel')) && m.status === 'announced' && <MoveMeeting m={m} done={again} />}
    </Page>
  )
}
