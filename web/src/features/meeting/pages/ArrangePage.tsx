import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Checkbox, Form, Input, InputNumber, Select } from 'antd'
import { useState } from 'react'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { api, got } from '~/shared/api/client'
import { serverNow } from '~/shared/api/clock'
import { useTerms } from '~/shared/profile/profile'
import { Page, Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Note, Show } from '~/shared/ui/States'
import { ZoneNote } from '~/shared/ui/ZoneNote'
import { today } from '~/shared/ui/zone'
import { useWords } from '~/shared/words/words'
import { PickPerson } from '~/shared/ui/Pick'
import { fromLocal, toLocal } from '~/shared/ui/local'
import { items, keys, kindsQuery, meetingQuery, type Kind, type Meeting, type StageView } from '../queries'
import { meetingAddress } from '../state'
import styles from './ArrangePage.module.css'

/** Arranging a meeting of a unit: choose its kind, then what differs from the usual. */
export function NewPage() {
  const { unit = '' } = useParams()
  const { t } = useWords()
  const { say } = useTerms()
  const [search, setSearch] = useSearchParams()
  const kinds = useQuery(kindsQuery(unit))
  const chosen = search.get('kind')
  return (
    <Page title={t('meeting.new')} narrow back={{ to: `/units/${unit}`, label: t('meeting.backUnit') }}>
      <Show query={kinds}>
        {(data) => {
          const list = items(data.items)
          const kind = list.find((k) => k.key === chosen)
          if (kind) return <NewForm unit={unit} kind={kind} />
          return (
            <Section title={t('meeting.form.kind')}>
              <ul className={styles.kinds}>
                {list.map((k) => (
                  <li key={k.key}>
                    <button type="button" onClick={() => setSearch({ kind: k.key })}>
                      <strong>{say(k.name)}</strong>
                      <span>{say(k.about)}</span>
                      <span className={styles.quiet}>{say(k.frequency.words)}</span>
                    </button>
                  </li>
                ))}
              </ul>
            </Section>
          )
        }}
      </Show>
    </Page>
  )
}

interface Values {
  theme: string
  starts_at: string
  ends_at: string
  place?: string
  note?: string
  held_as?: string
  lobby?: boolean
  copy_from?: string
}

// Next full hour at least a day away: nobody is called to a meeting in ten minutes.
function usualTime(minutes: number): { starts_at: string; ends_at: string } {
  const starts = `${today(new Date(serverNow().getTime() + 24 * 3_600_000))}T14:30`
  return { starts_at: starts, ends_at: toLocal(new Date(Date.parse(fromLocal(starts) ?? '') + minutes * 60_000)) }
}

function NewForm({ unit, kind }: { unit: string; kind: Kind }) {
  const { t } = useWords()
  const { say } = useTerms()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const [people, setPeople] = useState<{ chair?: string; recorder?: string }>({})
  const minutes = items(kind.stages).reduce((n, s) => n + s.minutes, 0)
  return (
    <ServerForm<Values>
      className={styles.form}
      initialValues={usualTime(Math.max(30, minutes))}
      send={async (v, key) => {
        const { id } = await got(
          api.POST('/units/{unit}/meetings', {
            params: { path: { unit } },
            headers: { 'Idempotency-Key': key },
            body: {
              kind: kind.key,
              theme: v.theme ?? '',
              place: v.place,
              note: v.note,
              held_as: v.held_as,
              lobby: v.lobby,
              starts_at: fromLocal(v.starts_at),
              ends_at: fromLocal(v.ends_at),
              chair_id: people.chair,
              recorder_id: people.recorder,
            },
          }),
        )
        await cache.invalidateQueries({ queryKey: keys.all })
        await navigate(meetingAddress(id))
      }}
    >
      {(busy) => (
        <>
          <Section title={say(kind.name)}>
            <p className={styles.quiet}>{say(kind.about)}</p>
            <Fields kind={kind} people={people} setPeople={setPeople} />
          </Section>
          <Section title={t('meeting.agenda')}>
            <p className={styles.quiet}>{t('meeting.form.stagesLater')}</p>
            <ol className={styles.stageNames}>
              {items(kind.stages).map((s) => (
                <li key={s.key}>
                  {say(s.name)} <span className={styles.quiet}>{t('meeting.minutes', { count: s.minutes })}</span>
                </li>
              ))}
            </ol>
          </Section>
          <Button type="primary" size="large" htmlType="submit" loading={busy} block>
            {t('meeting.form.create')}
          </Button>
          <p className={styles.quiet}>{t('meeting.form.createHelp')}</p>
        </>
      )}
    </ServerForm>
  )
}

interface FieldsProps {
  kind?: Kind
  people: { chair?: string; recorder?: string }
  setPeople: (p: { chair?: string; recorder?: string }) => void
  names?: { chair: string; recorder: string }
  fixedTime?: boolean
}

function Fields({ kind, people, setPeople, names, fixedTime }: FieldsProps) {
  const { t } = useWords()
  return (
    <>
      <Form.Item name="theme" label={t('meeting.form.theme')} required>
        <Input maxLength={120} size="large" />
      </Form.Item>
      {!fixedTime && (
        <div className={styles.times}>
          <Form.Item name="starts_at" label={t('meeting.form.starts')} required>
            <Input type="datetime-local" />
          </Form.Item>
          <Form.Item name="ends_at" label={t('meeting.form.ends')} required>
            <Input type="datetime-local" />
          </Form.Item>
        </div>
      )}
      {!fixedTime && <ZoneNote />}
      {items(kind?.held_as).length > 1 && (
        <Form.Item name="held_as" label={t('meeting.form.heldAs')}>
          <Select allowClear options={items(kind?.held_as).map((k) => ({ value: k, label: k }))} />
        </Form.Item>
      )}
      <div className={styles.times}>
        <Form.Item label={t('meeting.chair')} extra={t('meeting.form.chairHelp')}>
          <PickPerson label={t('meeting.chair')} name={names?.chair} pick={(p) => setPeople({ ...people, chair: p.id })} />
        </Form.Item>
        <Form.Item label={t('meeting.recorder')}>
          <PickPerson label={t('meeting.recorder')} name={names?.recorder} pick={(p) => setPeople({ ...people, recorder: p.id })} />
        </Form.Item>
      </div>
      <Form.Item name="place" label={t('meeting.place')} extra={t('meeting.form.placeHelp')}>
        <Input maxLength={120} />
      </Form.Item>
      <Form.Item name="note" label={t('meeting.note')} extra={t('meeting.form.noteHelp')}>
        <Input.TextArea autoSize={{ minRows: 3 }} maxLength={2000} />
      </Form.Item>
      <Form.Item name="lobby" valuePropName="checked">
        <Checkbox>{t('meeting.form.lobby')}</Checkbox>
      </Form.Item>
    </>
  )
}

/** Changing what was arranged: everything but the time of an announced meeting, which is moved with a reason. */
export function EditPage() {
  const { meeting: id = '' } = useParams()
  const { t } = useWords()
  const meeting = useQuery(meetingQuery(id))
  return (
    <Page title={t('meeting.edit')} narrow back={{ to: meetingAddress(id), label: meeting.data?.theme ?? t('meeting.back') }}>
      <Show query={meeting}>{(m) => <EditForm m={m} />}</Show>
    </Page>
  )
}

const modes = ['queue', 'round', 'keynote', 'open', 'everyone_speaks', 'vote'] as const

function EditForm({ m }: { m: Meeting }) {
  const { t } = useWords()
  const { say } = useTerms()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const [people, setPeople] = useState<{ chair?: string; recorder?: string }>({ chair: m.chair_id, recorder: m.recorder_id })
  const [stages, setStages] = useState<StageView[]>(items(m.stages))
  const set = (i: number, part: Partial<StageView>) => setStages(stages.map((s, k) => (k === i ? { ...s, ...part } : s)))
  const move = (i: number, by: number) => {
    const next = [...stages]
    const [one] = next.splice(i, 1)
    if (one) next.splice(i + by, 0, one)
    setStages(next)
  }
  return (
    <ServerForm<Values>
      className={styles.form}
      initialValues={{ theme: m.theme, starts_at: toLocal(m.starts_at), ends_at: toLocal(m.ends_at), place: m.place, note: m.note, lobby: m.lobby }}
      send={async (v) => {
        await got(
          api.PUT('/meetings/{meeting}', {
            params: { path: { meeting: m.id } },
            body: {
              version: m.version,
              kind: m.kind,
              theme: v.theme ?? '',
              place: v.place,
              note: v.note,
              lobby: v.lobby,
              starts_at: fromLocal(v.starts_at) ?? m.starts_at,
              ends_at: fromLocal(v.ends_at) ?? m.ends_at,
              chair_id: people.chair,
              recorder_id: people.recorder,
              deputy_ids: m.deputy_ids ?? [],
              stages: stages.map((s) => ({
                key: s.key,
                name: s.name,
                hint: s.hint,
                mode: s.mode,
                minutes: s.minutes,
                seconds: s.seconds,
                microphones: s.microphones,
                pass_on: s.pass_on,
                speakers: s.speakers ?? [],
              })),
            },
          }),
        )
        await cache.invalidateQueries({ queryKey: keys.all })
        await navigate(meetingAddress(m.id))
      }}
    >
      {(busy) => (
        <>
          {m.status === 'announced' && <Note title={t('meeting.form.timeFixed')} />}
          <Section>
            <Fields people={people} setPeople={setPeople} names={{ chair: m.chair_name, recorder: m.recorder_name }} fixedTime={m.status !== 'draft'} />
          </Section>
          <Section title={t('meeting.agenda')}>
            <ol className={styles.stages}>
              {stages.map((s, i) => (
                <li key={s.key}>
                  <Input
                    aria-label={t('meeting.form.stageName', { n: i + 1 })}
                    placeholder={say(s.words)}
                    value={s.name}
                    maxLength={60}
                    onChange={(e) => set(i, { name: e.target.value })}
                  />
                  <Select aria-label={t('meeting.form.mode')} value={s.mode} options={modes.map((x) => ({ value: x, label: t(`meeting.mode.${x}`) }))} onChange={(mode) => set(i, { mode })} />
                  <InputNumber
                    aria-label={t('meeting.form.minutes')}
                    min={1}
                    max={600}
                    value={s.minutes}
                    suffix={t('meeting.form.minutes')}
                    onChange={(n) => set(i, { minutes: n ?? 1 })}
                  />
                  <span className={styles.tools}>
                    <Button disabled={i === 0} onClick={() => move(i, -1)}>
                      {t('meeting.form.up')}
                    </Button>
                    <Button disabled={i === stages.length - 1} onClick={() => move(i, 1)}>
                      {t('meeting.form.down')}
                    </Button>
                    <Button danger disabled={stages.length === 1} onClick={() => setStages(stages.filter((_, k) => k !== i))}>
                      {t('common.remove')}
                    </Button>
                  </span>
                </li>
              ))}
            </ol>
            <Button
              onClick={() =>
                setStages([
                  ...stages,
                  { key: `own_${Date.now()}`, name: '', mode: 'queue', minutes: 10, seconds: 0, microphones: 0, speakers: [], words: { zh: '', en: '' } } as unknown as StageView,
                ])
              }
            >
              {t('meeting.form.addStage')}
            </Button>
          </Section>
          <Button type="primary" size="large" htmlType="submit" loading={busy} block>
            {t('common.save')}
          </Button>
        </>
      )}
    </ServerForm>
  )
}
