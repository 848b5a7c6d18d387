import { useInfiniteQuery, useQuery, useQueryClient, infiniteQueryOptions } from '@tanstack/react-query'
import { Button, Checkbox, Form, Input, InputNumber, Select } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { api, got } from '~/shared/api/client'
import { serverNow } from '~/shared/api/clock'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { Choice } from '~/shared/ui/Choice'
import { Page, Section } from '~/shared/ui/Page'
import { ServerForm, type FieldFaults } from '~/shared/ui/ServerForm'
import { Note, Show } from '~/shared/ui/States'
import { ZoneNote } from '~/shared/ui/ZoneNote'
import { momentOf, today, wall } from '~/shared/ui/zone'
import { useWords } from '~/shared/words/words'
import { both, dropBlank, faultsWithin, inBoth, once, tidy, toBuild, withoutNames } from '../build'
import { Builder, Sensitive } from '../components/Builder'
import build from '../components/builder.module.css'
import { Checks, sentence } from '../components/Checks'
import styles from '../components/parts.module.css'
import { Preview } from '../components/Preview'
import { Say, useMain, WriteBoth } from '../components/Say'
import { composedQuery, items, keys, rollcallQuery, templatesQuery, type Composition, type Form as Questions, type Rollcall, type Template } from '../queries'
import { rollcallAddress } from '../state'

const scratch: Template = { key: '', title: { zh: '', en: '' }, about: { zh: '', en: '' }, every: 'once', minutes: 3, form: { fields: [] } }

/** Composing: choose what to begin from, then what, who and until when. What comes of it is a draft. */
export function NewPage() {
  const { unit = '' } = useParams()
  const { t } = useWords()
  const { say } = useTerms()
  const templates = useQuery(templatesQuery)
  const earlier = useQuery(composedQuery(unit))
  const [chosen, choose] = useState<Template>()
  const [again, takeAgain] = useState<string>()
  const before = items(earlier.data?.items)
  const back = { to: '/rollcalls', label: t('rollcall.nav') }
  if (again) return <AgainPage unit={unit} rollcall={again} />
  if (chosen)
    return (
      <Page title={t('rollcall.composed.new')} back={back}>
        <Compose unit={unit} from={chosen} />
      </Page>
    )
  return (
    <Page title={t('rollcall.composed.new')} narrow back={back}>
      <Section title={t('rollcall.compose.template')}>
        <Show query={templates}>
          {(data) => (
            <ul className={styles.kinds}>
              {items(data.items).map((x) => (
                <li key={x.key}>
                  <button type="button" onClick={() => choose(x)}>
                    <strong>{say(x.title)}</strong>
                    <span>{say(x.about)}</span>
                    <span className={styles.quiet}>
                      {t(`rollcall.every.${x.every}`)} · {t(x.by_units ? 'rollcall.whoUnits' : 'rollcall.whoPeople')} · {t('rollcall.minutes', { count: x.minutes })}
                    </span>
                  </button>
                </li>
              ))}
              <li>
                <button type="button" onClick={() => choose(scratch)}>
                  <strong>{t('rollcall.compose.scratch')}</strong>
                  <span className={styles.quiet}>{t('rollcall.compose.scratchHelp')}</span>
                </button>
              </li>
            </ul>
          )}
        </Show>
      </Section>
      {before.length > 0 && (
        <Section title={t('rollcall.compose.again')}>
          <p className={styles.quiet}>{t('rollcall.compose.againHelp')}</p>
          <ul className={`${styles.kinds} ${styles.tail}`}>
            {before.map((r) => (
              <li key={r.id}>
                <button type="button" onClick={() => takeAgain(r.id)}>
                  <strong>{say(r.title)}</strong>
                  <span className={styles.quiet}>
                    {t(`rollcall.every.${r.schedule.every}`)} · {t(r.by_units ? 'rollcall.whoUnits' : 'rollcall.whoPeople')} · {t(`rollcall.state.${r.state}`)}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Page>
  )
}

/** Beginning from an earlier one of ours: its questions and its audience, with times of its own. */
function AgainPage({ unit, rollcall }: { unit: string; rollcall: string }) {
  const { t } = useWords()
  const query = useQuery(rollcallQuery(rollcall))
  return (
    <Page title={t('rollcall.composed.new')} back={{ to: '/rollcalls', label: t('rollcall.nav') }}>
      <Show query={query}>{(r) => <Compose unit={unit} from={r} />}</Show>
    </Page>
  )
}

/** Changing a draft wholly; once it runs, its words and its questions. */
export function EditPage() {
  const { rollcall = '' } = useParams()
  const { t } = useWords()
  const query = useQuery(rollcallQuery(rollcall))
  return (
    <Page title={t(query.data?.state === 'running' ? 'rollcall.compose.editRunning' : 'rollcall.compose.edit')} back={{ to: rollcallAddress(rollcall), label: t('rollcall.back') }}>
      <Show query={query}>{(r) => <Compose unit={r.unit_id} from={r} draft={r} />}</Show>
    </Page>
  )
}

const unitsQuery = (unit: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.all, 'below', unit] as const,
    queryFn: ({ signal, pageParam }) => got(api.GET('/units', { params: { query: { parent: unit, after: pageParam, limit: 200 } }, signal })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
  })

interface Values {
  minutes: number
  due: string
  remind: boolean
}

const minute = 60_000
const local = (at: Date) => wall(at).toISOString().slice(0, 16)
const repeats = ['once', 'day', 'workday', 'week', 'month'] as const
const spans = { once: 0, day: 1440, workday: 1440, week: 7 * 1440, month: 28 * 1440 }

const withWhen = (from: Template | Rollcall): from is Rollcall => 'schedule' in from

function Compose({ unit, from, draft }: { unit: string; from: Template | Rollcall; draft?: Rollcall }) {
  const { t } = useWords()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const main = useMain()
  const me = useMe()
  const box = useRef<HTMLDivElement>(null)
  const running = draft?.state === 'running'
  const below = useInfiniteQuery(unitsQuery(unit))
  const units = (below.data?.pages ?? []).flatMap((p) => items(p.items))

  const [title, setTitle] = useState(() => once(from.title, main))
  const [about, setAbout] = useState(() => once(from.about, main))
  const [form, set] = useState<Questions>(() => toBuild(from.form, main))
  const [writeBoth, setWriteBoth] = useState(() => inBoth([from.title, from.about, from.form]))
  const [days, setDays] = useState(withWhen(from) && from.keep_days !== undefined ? from.keep_days : 30)
  const [byUnits, setByUnits] = useState(from.by_units ?? false)
  const [voluntary, setVoluntary] = useState(from.voluntary ?? false)
  const [anonymous, setAnonymous] = useState((withWhen(from) && from.anonymous) ?? false)
  const unnamed = anonymous && !byUnits
  const was = withWhen(from) ? from.audience : undefined
  const [whole, setWhole] = useState<'all' | 'some' | 'own'>(!was ? 'all' : items(was.unit_ids).includes(unit) ? (was.subtree ? 'all' : 'own') : 'some')
  const [picked, setPicked] = useState<string[]>(was && !items(was.unit_ids).includes(unit) ? items(was.unit_ids) : [])
  const [every, setEvery] = useState<Composition['schedule']['every']>(withWhen(from) ? from.schedule.every : from.every)
  const [minutes, setMinutes] = useState(from.minutes)
  const [faults, setFaults] = useState<Record<string, string[]>>({})
  // Tomorrow at the end of the day, if nothing else was said.
  const due = withWhen(from) ? local(new Date(serverNow().getTime() + from.schedule.due_after * minute)) : `${today(new Date(serverNow().getTime() + 1440 * minute))}T18:00`
  const options = (['all', 'own', 'some'] as const).filter((o) => (o === 'some' ? units.length > 0 : o === 'own' ? !byUnits : true))
  const sent = tidy(unnamed ? withoutNames(form) : form, (c) => sentence(t, form, c, main))

  // After a refusal: what is wrong comes into view.
  useEffect(() => {
    if (Object.keys(faults).length > 0) box.current?.querySelector('[data-fault]')?.scrollIntoView({ block: 'center' })
  }, [faults])

  function composition(v: Values): Composition {
    const words = { title: both(title), about: both(about), minutes, form: sent, keep_days: sent.readers ? days : 0 }
    if (draft && running) {
      const { by_units, voluntary, anonymous, audience, schedule, keep_days } = draft
      return { ...words, by_units, voluntary, anonymous, audience, schedule, keep_days }
    }
    const shown = Date.parse(`${v.due}Z`)
    const after = Number.isNaN(shown) ? 0 : Math.round((momentOf(shown).getTime() - serverNow().getTime()) / minute)
    return {
      ...words,
      by_units: byUnits,
      voluntary: voluntary && !byUnits,
      anonymous: unnamed,
      audience: whole === 'some' ? { unit_ids: picked, subtree: true } : { unit_ids: [unit], subtree: whole === 'all' },
      // Late answers are taken for a day, of a repeated one until the next opens.
      schedule: { every, opens_at: null, until: null, due_after: after, close_after: Math.max(after, every === 'once' ? after + 1440 : spans[every]), remind_before: v.remind && !voluntary && after > 120 ? 60 : 0 },
    }
  }

  /** What is wrong with parts that are not plain fields is shown there; anything else goes back to the top. */
  function place(list: FieldFaults[]): FieldFaults[] {
    const all: Record<string, string[]> = faultsWithin(list)
    const ours = ['title', 'about', 'audience', 'keep_days', 'minutes', 'schedule']
    const rest = list.filter(({ name, errors }) => {
      if (name.startsWith('form.')) return false
      const at = ours.find((o) => name === o || name.startsWith(`${o}.`))
      if (at) all[at] = [...new Set([...(all[at] ?? []), ...errors])]
      return !at
    })
    setFaults(all)
    return rest
  }

  return (
    <WriteBoth value={writeBoth}>
      <div ref={box} className={build.cols}>
        <ServerForm<Values>
          initialValues={{ due, remind: withWhen(from) ? (from.schedule.remind_before ?? 0) > 0 : true }}
          place={place}
          send={async (v, key) => {
            set(dropBlank)
            const headers = { 'Idempotency-Key': key }
            const body = composition(v)
            let id = draft?.id
            if (draft) await got(api.PUT('/rollcalls/{rollcall}', { params: { path: { rollcall: draft.id } }, headers, body: { ...body, version: draft.version } }))
            else id = (await got(api.POST('/units/{unit}/rollcalls', { params: { path: { unit } }, headers, body }))).id
            await cache.invalidateQueries({ queryKey: keys.composed })
            await navigate(rollcallAddress(id ?? ''), { replace: true })
          }}
        >
          {(busy) => (
            <div className={build.main}>
              {running && <Note title={t('rollcall.compose.runs')}>{t('rollcall.compose.runsHelp')}</Note>}
              <Section title={t('rollcall.compose.what')}>
                <Say label={t('rollcall.compose.title')} value={title} change={setTitle} required limit={120} faults={faults.title} />
                <Say label={t('rollcall.compose.about')} value={about} change={setAbout} area limit={2000} faults={faults.about} />
                <Checkbox checked={writeBoth} onChange={(e) => setWriteBoth(e.target.checked)}>
                  {t('rollcall.build.both')}
                </Checkbox>
                <p className={styles.quiet}>{t('rollcall.build.bothHelp')}</p>
              </Section>
              <Section title={t('rollcall.build.title')}>
                <Builder form={form} set={set} faults={faults} repeated={every !== 'once'} unnamed={unnamed} />
              </Section>
              <Checks form={form} set={set} faults={faults} />
              {!unnamed && <Sensitive form={form} set={set} days={days} setDays={setDays} faults={faults} />}
              {!running && (
                <>
                  <Section title={t('rollcall.compose.who')}>
                    <Form.Item label={t('rollcall.compose.answers')} required>
                      <Choice
                        wide
                        label={t('rollcall.compose.answers')}
                        value={byUnits ? 'units' : 'people'}
                        options={[
                          { value: 'people', label: t('rollcall.whoPeople') },
                          { value: 'units', label: t('rollcall.whoUnits') },
                        ]}
                        choose={(v) => {
                          setByUnits(v === 'units')
                          if (v === 'units' && whole === 'own') setWhole('all')
                        }}
                      />
                    </Form.Item>
                    <Form.Item label={t('rollcall.compose.audience')} required help={faults.audience?.join(' ')} validateStatus={faults.audience ? 'error' : undefined} data-fault={!!faults.audience || undefined}>
                      <Choice wide label={t('rollcall.compose.audience')} value={whole} options={options.map((o) => ({ value: o, label: t(`rollcall.compose.${o}`) }))} choose={setWhole} />
                    </Form.Item>
                    {whole === 'some' && (
                      <Form.Item label={t('rollcall.compose.units')} htmlFor="rollcall-units" required>
                        <Select
                          id="rollcall-units"
                          mode="multiple"
                          size="large"
                          value={picked}
                          onChange={setPicked}
                          optionFilterProp="label"
                          options={units.map((u) => ({ value: u.id, label: u.name }))}
                          onPopupScroll={() => below.hasNextPage && void below.fetchNextPage()}
                        />
                      </Form.Item>
                    )}
                    {!byUnits && (
                      <>
                        <Checkbox checked={voluntary} onChange={(e) => setVoluntary(e.target.checked)}>
                          {t('rollcall.compose.voluntary')}
                        </Checkbox>
                        <p className={styles.quiet}>{t('rollcall.compose.voluntaryHelp')}</p>
                        <Checkbox checked={anonymous} onChange={(e) => setAnonymous(e.target.checked)}>
                          {t('rollcall.anonymous.title')}
                        </Checkbox>
                        <p className={styles.quiet}>{t('rollcall.anonymous.author')}</p>
                      </>
                    )}
                  </Section>
                  <Section title={t('rollcall.compose.when')}>
                    <Form.Item label={t('rollcall.compose.every')} required>
                      <Choice wide label={t('rollcall.compose.every')} value={every} options={repeats.map((e) => ({ value: e, label: t(`rollcall.every.${e}`) }))} choose={setEvery} />
                    </Form.Item>
                    <Form.Item
                      name="due"
                      label={t(every === 'once' ? 'rollcall.compose.due' : 'rollcall.compose.firstDue')}
                      extra={t(every === 'once' ? 'rollcall.compose.dueHelp' : 'rollcall.compose.firstDueHelp')}
                      required
                      {...(faults.schedule && { help: faults.schedule.join(' '), validateStatus: 'error' as const })}
                      data-fault={!!faults.schedule || undefined}
                    >
                      <Input type="datetime-local" size="large" />
                    </Form.Item>
                    <ZoneNote />
                    {!voluntary && (
                      <Form.Item name="remind" valuePropName="checked">
                        <Checkbox>{t('rollcall.compose.remind')}</Checkbox>
                      </Form.Item>
                    )}
                  </Section>
                </>
              )}
              <Section>
                <Form.Item label={t('rollcall.compose.minutes')} htmlFor="rollcall-minutes" extra={t('rollcall.compose.minutesHelp')} required help={faults.minutes?.join(' ')} validateStatus={faults.minutes ? 'error' : undefined}>
                  <InputNumber id="rollcall-minutes" min={1} max={600} size="large" value={minutes} onChange={(v) => setMinutes(v ?? 0)} />
                </Form.Item>
                <Button type="primary" size="large" htmlType="submit" loading={busy} block>
                  {t(draft ? 'common.save' : 'rollcall.compose.preview')}
                </Button>
                {!running && <p className={styles.quiet}>{t('rollcall.compose.nothingYet')}</p>}
              </Section>
            </div>
          )}
        </ServerForm>
        <aside className={build.side} aria-label={t('rollcall.open.preview')}>
          <Section title={t('rollcall.open.preview')} plain>
            <Preview title={both(title)} about={both(about)} form={sent} byUnits={byUnits} voluntary={voluntary && !byUnits} anonymous={unnamed} minutes={minutes} asker={me.units.find((u) => u.id === unit)?.name ?? ''} />
          </Section>
        </aside>
      </div>
    </WriteBoth>
  )
}
