import { UserAddOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { App, Button, Modal } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { wordProblem } from '~/shared/api/problem'
import { useTerms } from '~/shared/profile/profile'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { Section } from '~/shared/ui/Page'
import { PersonChip } from '~/shared/ui/People'
import { Show, Tag, type Tone } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { items, peopleQuery, type Meeting, type Participant } from '../queries'
import { PickPerson } from '~/shared/ui/Pick'
import styles from './parts.module.css'

const tones: Record<Participant['answer'], Tone> = { none: 'plain', yes: 'good', asked: 'care', excused: 'plain', refused: 'bad' }
const shown = 12

/** The meeting's list: who is due, who has answered what, leave to be granted, guests. */
export function PeopleList({ m, done }: { m: Meeting; done: () => Promise<unknown> }) {
  const { t } = useWords()
  const people = useQuery(peopleQuery(m.id))
  const [all, setAll] = useState(false)
  const [adding, setAdding] = useState(false)
  const { message } = App.useApp()
  const can = (ability: string) => items(m.abilities).includes(ability)
  const invite = async (person: string) => {
    try {
      const { added } = await got(api.POST('/meetings/{meeting}/people', { params: { path: { meeting: m.id } }, body: { person_ids: [person] } }))
      void message.success(t(added ? 'meeting.people.added' : 'meeting.people.alreadyOn'))
      setAdding(false)
      await done()
    } catch (error) {
      void message.error({ content: wordProblem(t, error), duration: 8 })
    }
  }
  const c = m.counts
  return (
    <Section
      title={t('meeting.people.title')}
      aside={
        can('invite') && (
          <Button className="no-print" size="small" icon={<UserAddOutlined aria-hidden />} onClick={() => setAdding(true)}>
            {t('meeting.people.add')}
          </Button>
        )
      }
    >
      <p className={styles.counts}>
        <Tag tone="accent">{t('meeting.people.due', { count: c.due })}</Tag>
        {c.voting !== c.due && <Tag>{t('meeting.people.voting', { count: c.voting })}</Tag>}
        {c.yes > 0 && <Tag tone="good">{t('meeting.people.yes', { count: c.yes })}</Tag>}
        {c.asked > 0 && <Tag tone="care">{t('meeting.people.asked', { count: c.asked })}</Tag>}
        {c.excused > 0 && <Tag>{t('meeting.people.excused', { count: c.excused })}</Tag>}
        {c.observers > 0 && <Tag>{t('meeting.people.observers', { count: c.observers })}</Tag>}
      </p>
      <Show query={people}>
        {(data) => {
          // What waits for a decision comes first; otherwise the order of the roll.
          const list = items(data.items)
          const sorted = can('decide_leave') ? [...list.filter((p) => p.answer === 'asked'), ...list.filter((p) => p.answer !== 'asked')] : list
          const some = all ? sorted : sorted.slice(0, shown)
          return (
            <>
              <ul className={styles.people}>
                {some.map((p) => (
                  <Row key={p.person_id} m={m} p={p} decide={can('decide_leave')} remove={can('invite')} done={done} />
                ))}
              </ul>
              {some.length < sorted.length && <Button onClick={() => setAll(true)}>{t('meeting.people.all', { count: sorted.length })}</Button>}
            </>
          )
        }}
      </Show>
      <Modal open={adding} onCancel={() => setAdding(false)} footer={null} title={t('meeting.people.add')} destroyOnHidden>
        <p className={styles.quiet}>{t('meeting.people.addText')}</p>
        <PickPerson label={t('meeting.people.find')} pick={(p) => void invite(p.id)} />
      </Modal>
    </Section>
  )
}

function Row({ m, p, decide, remove, done }: { m: Meeting; p: Participant; decide: boolean; remove: boolean; done: () => Promise<unknown> }) {
  const { t } = useWords()
  const { profile, say } = useTerms()
  const path = { params: { path: { meeting: m.id, person: p.person_id } } }
  const leave = (grant: boolean) => async () => {
    await got(api.PUT('/meetings/{meeting}/people/{person}/leave', { ...path, body: { grant } }))
    await done()
  }
  const reason = items(profile?.leave_reasons).find((r) => r.key === p.leave_reason)
  return (
    <li>
      <PersonChip name={p.name} note={p.observer ? t('meeting.people.observer') : p.votes ? undefined : t('meeting.people.noVote')} />
      <span className={styles.tags}>
        {(p.leave_reason || p.leave_note) && <span className={styles.reason}>{[reason && say(reason.name), p.leave_note].filter(Boolean).join('：')}</span>}
        {/* Once it is over, who never answered has nothing left to answer; who came stands in the record. */}
        {p.exempt ? <Tag>{t('meeting.people.exempt')}</Tag> : (m.status !== 'over' || p.answer === 'excused') && <Tag tone={tones[p.answer]}>{t(`meeting.answer.${p.answer}`)}</Tag>}
        {decide && p.answer === 'asked' && (
          <>
            <ActionButton size="small" type="primary" action={leave(true)} done={t('meeting.people.granted')}>
              {t('meeting.people.grant')}
            </ActionButton>
            <ActionButton size="small" action={leave(false)} done={t('meeting.people.refusedDone')}>
              {t('meeting.people.refuse')}
            </ActionButton>
          </>
        )}
        {remove && p.by_hand && p.person_id !== m.chair_id && !p.belongs && (
          <ActionButton
            size="small"
            type="text"
            action={async () => {
              await got(api.DELETE('/meetings/{meeting}/people/{person}', path))
              await done()
            }}
          >
            {t('common.remove')}
          </ActionButton>
        )}
      </span>
    </li>
  )
}
