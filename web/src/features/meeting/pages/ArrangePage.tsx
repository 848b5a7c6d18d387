import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Checkbox, Form, Input, InputNumber, Select } from 'antd'
import { useState } from 'react'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { api, got } from '~/shared/api/client'
import { serverNow } from '~/shared/api/clock'
import { useTerms } from '~/shared/profile/profile'
import { Page, Section } from '~/shared/ui/Page'
import { Pick, type Named } from '~/shared/ui/Pick'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Note, Show } from '~/shared/ui/States'
import { wordTime } from '~/shared/ui/time'
import { ZoneNote } from '~/shared/ui/ZoneNote'
import { today } from '~/shared/ui/zone'
import { usePrefs } from '~/shared/prefs/prefs'
import { useWords } from '~/shared/words/words'
import { fromLocal, toLocal } from '~/shared/ui/local'
import { items, keys, kindsQuery, meetingQuery, peopleQuery, unitMeetingsQuery, type Kind, type Meeting, type StageView } from '../queries'
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
          if (kind) return <NewForm unit={unit} kind={kind} forms={list.filter((k) => items(kind.held_as).includes(k.key))} />
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
}

/** Who has a part in it; nobody named is the usual one. */
interface Parts {
  chair?: Named
  recorder?: Named
  deputies: Named[]
}

// Next full hour at least a day away: nobody is called to a meeting in ten minutes.
function usualTime(minutes: number): { starts_at: string; ends_at: string } {
  const starts = `${today(new Date(serverNow().getTime() + 24 * 3_600_000))}T14:30`
  return { starts_at: starts, ends_at: toLocal(new Date(Date.parse(fromLocal(starts) ?? '') + minutes * 60_000)) }
}

/** Those that this one may be like: the latest of its kind. */
function useEarlier(unit: string, kind: string) {
  const list = useInfiniteQuery(unitMeetingsQuery(unit))
  return (list.data?.pages.flatMap((p) => items(p.items)) ?? []).filter((m) => m.kind === kind && m.status !== 'cancelled').slice(0, 12)
}

function NewForm({ unit, kind, forms }: { unit: string; kind: Kind; forms: Kind[] }) {
  const { t } = useWords()
  const { say } = useTerms()
  const { language } = usePrefs()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const [form] = Form.useForm<Values>()
  const [parts, setParts] = useState<Parts>({ deputies: [] })
  const earlier = useEarlier(unit, kind.key)
  const [like, setLike] = useState<Meeting>()
  const stages = like ? items(like.stages).map((s) => ({ ...s, name: s.words })) : items(kind.stages)
  const minutes = items(kind.stages).reduce((n, s) => n + s.minutes, 0)

  // What is usually the same is there to be changed; theme and time are what differs.
  async function copy(id: string | undefined) {
    const m = id ? await cache.fetchQuery(meetingQuery(id)) : undefined
    setLike(m)
    form.setFieldsValue({ place: m?.place, note: m?.note, lobby: m?.lobby, held_as: m?.held_as || forms[0]?.key })
  }

  return (
    <ServerForm<Values>
      className={styles.form}
      form={form}
      initialValues={{ ...usualTime(Math.max(30, minutes)), held_as: forms[0]?.key }}
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
              copy_from: like?.id,
              ...idsOf(parts),
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
            {earlier.length > 0 && (
              <Form.Item label={t('meeting.form.like')} extra={t('meeting.form.likeHelp')}>
                <Select
                  aria-label={t('meeting.form.like')}
                  allowClear
                  placeholder={t('meeting.form.likeNone')}
                  value={like?.id}
                  onChange={copy}
                  options={earlier.map((m) => ({ value: m.id, label: [m.starts_at && wordTime(t, language, new Date(m.starts_at), 'day'), m.theme].filter(Boolean).join(' · ') }))}
                />
              </Form.Item>
            )}
            <Fields forms={forms} parts={parts} setParts={setParts} like={like} />
          </Section>
          <Section title={t('meeting.agenda')}>
            <p className={styles.quiet}>{t(like ? 'meeting.form.stagesLike' : 'meeting.form.stagesLater')}</p>
            <ol className={styles.stageNames}>
              {stages.map((s) => (
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

const idsOf = (p: Parts) => ({ chair_id: p.chair?.id, recorder_id: p.recorder?.id, deputy_ids: p.deputies.map((x) => x.id) })

interface FieldsProps {
  /** The kinds whose rules it may be held by, where there is a choice. */
  forms?: Kind[]
  parts: Parts
  setParts: (p: Parts) => void
  /** Who is on the list of one that is changed. */
  near?: Named[]
  /** The meeting that it is like: who is not named here is as there. */
  like?: Meeting
  fixedTime?: boolean
}

function Fields({ forms = [], parts, setParts, near, like, fixedTime }: FieldsProps) {
  const { t } = useWords()
  const { say, heading } = useTerms()
  const before = useQuery({ ...peopleQuery(like?.id ?? ''), enabled: like !== undefined })
  const known = near ?? items(before.data?.items).map((p) => ({ id: p.person_id, name: p.name }))
  const fresh = near === undefined
  const same = (names: (string | undefined)[]) => (names.some(Boolean) ? t('meeting.form.same', { names: names.filter(Boolean).join(t('common.comma')) }) : undefined)
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
      {forms.length > 1 && (
        <Form.Item name="held_as" label={t('meeting.form.heldAs')}>
          <Select options={forms.map((k) => ({ value: k.key, label: say(k.name) }))} />
        </Form.Item>
      )}
      <div className={styles.times}>
        <Form.Item label={t('meeting.chair')} extra={fresh && t('meeting.form.chairHelp')}>
          <Pick label={t('meeting.chair')} most={1} near={known} value={one(parts.chair)} placeholder={same([like?.chair_name])} pick={([chair]) => setParts({ ...parts, chair })} />
        </Form.Item>
        <Form.Item label={t('meeting.recorder')}>
          <Pick label={t('meeting.recorder')} most={1} near={known} value={one(parts.recorder)} placeholder={same([like?.recorder_name])} pick={([recorder]) => setParts({ ...parts, recorder })} />
        </Form.Item>
      </div>
      <Form.Item label={heading('deputy')} extra={t(fresh ? 'meeting.form.deputyUsual' : 'meeting.form.deputyHelp')}>
        <Pick
          label={heading('deputy')}
          most={5}
          near={known}
          value={parts.deputies}
          placeholder={same(items(like?.deputy_ids).map((id) => known.find((p) => p.id === id)?.name))}
          pick={(deputies) => setParts({ ...parts, deputies })}
        />
      </Form.Item>
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

const one = (x: Named | undefined) => (x ? [x] : [])

/** Changing what was arranged: everything but the time of an announced meeting, which is moved with a reason. */
export function EditPage() {
  const { meeting: id = '' } = useParams()
  const { t } = useWords()
  const meeting = useQuery(meetingQuery(id))
  const people = useQuery(peopleQuery(id)) // among them everybody who has a part in it
  return (
    <Page title={t('meeting.edit')} narrow back={{ to: meetingAddress(id), label: meeting.data?.theme ?? t('meeting.back') }}>
      <Show query={meeting}>{(m) => <Show query={people}>{(p) => <EditForm m={m} near={items(p.items).map((x) => ({ id: x.person_id, name: x.name }))} />}</Show>}</Show>
    </Page>
  )
}

const modes = ['queue', 'round', 'keynote', 'open', 'everyone_speaks', 'vote'] as const

interface Stage extends Omit<StageView, 'speakers'> {
  speakers: Named[]
}

function EditForm({ m, near }: { m: Meeting; near: Named[] }) {
  const { t } = useWords()
  const { say } = useTerms()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const named = (ids: (string | undefined)[] | null | undefined) => near.filter((p) => items(ids).includes(p.id)).sort((a, b) => items(ids).indexOf(a.id) - items(ids).indexOf(b.id))
  const [parts, setParts] = useState<Parts>(() => ({ chair: named([m.chair_id])[0], recorder: named([m.recorder_id])[0], deputies: named(m.deputy_ids) }))
  const [stages, setStages] = useState<Stage[]>(() => items(m.stages).map((s) => ({ ...s, speakers: named(s.speakers) })))
  const set = (i: number, part: Partial<Stage>) => setStages(stages.map((s, k) => (k === i ? { ...s, ...part } : s)))
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
              ...idsOf(parts),
              stages: stages.map((s) => ({
                key: s.key,
                name: s.name,
                hint: s.hint,
                mode: s.mode,
                minutes: s.minutes,
                seconds: s.seconds,
                microphones: s.microphones,
                pass_on: s.pass_on,
                speakers: s.mode === 'keynote' ? s.speakers.map((x) => x.id) : [],
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
            <Fields parts={parts} setParts={setParts} near={near} fixedTime={m.status !== 'draft'} />
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
                  <div className={styles.more}>
                    {s.mode !== 'vote' && (
                      <InputNumber
                        aria-label={t('meeting.form.speak')}
                        min={0.5}
                        max={120}
                        step={0.5}
                        value={s.seconds ? s.seconds / 60 : null}
                        placeholder={t('meeting.form.speakUsual')}
                        suffix={t('meeting.form.speakUnit')}
                        onChange={(n) => set(i, { seconds: Math.round((n ?? 0) * 60) })}
                      />
                    )}
                    {s.mode === 'open' && (
                      <InputNumber
                        aria-label={t('meeting.form.microphones')}
                        min={1}
                        max={20}
                        value={s.microphones || null}
                        suffix={t('meeting.form.microphonesUnit')}
                        onChange={(n) => set(i, { microphones: n ?? 0 })}
                      />
                    )}
                    {s.mode === 'keynote' && (
                      <div className={styles.wide}>
                        <Pick label={t('meeting.speakersOf', { stage: s.name || say(s.words) })} near={near} value={s.speakers} placeholder={t('meeting.form.speakers')} pick={(speakers) => set(i, { speakers })} />
                      </div>
                    )}
                  </div>
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
                  { key: `own_${Date.now()}`, name: '', mode: 'queue', minutes: 10, seconds: 0, microphones: 0, speakers: [], words: { zh: '', en: '' } },
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
