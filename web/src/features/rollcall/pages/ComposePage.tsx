import { useInfiniteQuery, useQuery, useQueryClient, infiniteQueryOptions } from '@tanstack/react-query'
import { Button, Checkbox, Form, Input, InputNumber, Select } from 'antd'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { api, got } from '~/shared/api/client'
import { serverNow } from '~/shared/api/clock'
import { useTerms } from '~/shared/profile/profile'
import { Choice } from '~/shared/ui/Choice'
import { Page, Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Show } from '~/shared/ui/States'
import { ZoneNote } from '~/shared/ui/ZoneNote'
import { momentOf, today, wall } from '~/shared/ui/zone'
import { useWords } from '~/shared/words/words'
import styles from '../components/parts.module.css'
import { items, keys, rollcallQuery, templatesQuery, type Composition, type Rollcall, type Template } from '../queries'
import { rollcallAddress } from '../state'

/** Composing: choose what to begin from, then who and until when. What comes of it is a draft. */
export function NewPage() {
  const { unit = '' } = useParams()
  const { t } = useWords()
  const { say } = useTerms()
  const templates = useQuery(templatesQuery)
  const [chosen, choose] = useState<Template>()
  return (
    <Page title={t('rollcall.composed.new')} narrow back={{ to: '/rollcalls', label: t('rollcall.nav') }}>
      {chosen ? (
        <Compose unit={unit} from={chosen} />
      ) : (
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
              </ul>
            )}
          </Show>
        </Section>
      )}
    </Page>
  )
}

/** Changing a draft: all of it but the questions. */
export function EditPage() {
  const { rollcall = '' } = useParams()
  const { t } = useWords()
  const query = useQuery(rollcallQuery(rollcall))
  return (
    <Page title={t('rollcall.compose.edit')} narrow back={{ to: rollcallAddress(rollcall), label: t('rollcall.back') }}>
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
  title: { zh: string; en: string }
  about: { zh: string; en: string }
  minutes: number
  due: string
  remind: boolean
}

const minute = 60_000
const local = (at: Date) => wall(at).toISOString().slice(0, 16)
const repeats = ['once', 'day', 'week', 'month'] as const
const spans = { once: 0, day: 1440, week: 7 * 1440, month: 28 * 1440 }

function Compose({ unit, from, draft }: { unit: string; from: Template | Rollcall; draft?: Rollcall }) {
  const { t } = useWords()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const below = useInfiniteQuery(unitsQuery(unit))
  const units = (below.data?.pages ?? []).flatMap((p) => items(p.items))
  const was = draft?.audience
  const [whole, setWhole] = useState<'all' | 'some' | 'own'>(!was ? 'all' : items(was.unit_ids).includes(unit) ? (was.subtree ? 'all' : 'own') : 'some')
  const [picked, setPicked] = useState<string[]>(was && !items(was.unit_ids).includes(unit) ? items(was.unit_ids) : [])
  const [every, setEvery] = useState<Composition['schedule']['every']>('every' in from ? from.every : from.schedule.every)
  const [voluntary, setVoluntary] = useState(from.voluntary ?? false)
  // Tomorrow at the end of the day, if nothing else was said.
  const due = draft ? local(new Date(serverNow().getTime() + draft.schedule.due_after * minute)) : `${today(new Date(serverNow().getTime() + 1440 * minute))}T18:00`
  const options = (['all', 'own', 'some'] as const).filter((o) => (o === 'some' ? units.length > 0 : o === 'own' ? !from.by_units : true))

  function composition(v: Values): Composition {
    const shown = Date.parse(`${v.due}Z`)
    const after = Number.isNaN(shown) ? 0 : Math.round((momentOf(shown).getTime() - serverNow().getTime()) / minute)
    return {
      title: v.title,
      about: v.about,
      by_units: from.by_units,
      voluntary,
      audience: whole === 'some' ? { unit_ids: picked, subtree: true } : { unit_ids: [unit], subtree: whole === 'all' },
      // Late answers are taken for a day, of a repeated one until the next opens.
      schedule: { every, opens_at: null, until: null, due_after: after, close_after: Math.max(after, every === 'once' ? after + 1440 : spans[every]), remind_before: v.remind && !voluntary && after > 120 ? 60 : 0 },
      minutes: v.minutes,
      keep_days: items(from.form.fields).some((f) => f.sensitive) ? 30 : 0,
      form: from.form,
    }
  }
  return (
    <ServerForm<Values>
      initialValues={{ title: from.title, about: from.about, minutes: from.minutes, due, remind: draft ? (draft.schedule.remind_before ?? 0) > 0 : true }}
      send={async (v, key) => {
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
        <div className={styles.stack}>
          <Section title={t('rollcall.compose.what')}>
            <Form.Item name={['title', 'zh']} label={t('rollcall.compose.titleZh')} required>
              <Input size="large" maxLength={120} lang="zh-CN" />
            </Form.Item>
            <Form.Item name={['title', 'en']} label={t('rollcall.compose.titleEn')} required>
              <Input maxLength={120} lang="en" />
            </Form.Item>
            <Form.Item name={['about', 'zh']} label={t('rollcall.compose.aboutZh')}>
              <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2000} lang="zh-CN" />
            </Form.Item>
            <Form.Item name={['about', 'en']} label={t('rollcall.compose.aboutEn')}>
              <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2000} lang="en" />
            </Form.Item>
          </Section>
          <Section title={t('rollcall.compose.who')}>
            <p className={styles.quiet}>{t(from.by_units ? 'rollcall.whoUnits' : 'rollcall.whoPeople')}</p>
            <Form.Item label={t('rollcall.compose.audience')} required>
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
            {!from.by_units && (
              <>
                <Checkbox checked={voluntary} onChange={(e) => setVoluntary(e.target.checked)}>
                  {t('rollcall.compose.voluntary')}
                </Checkbox>
                <p className={styles.quiet}>{t('rollcall.compose.voluntaryHelp')}</p>
              </>
            )}
          </Section>
          <Section title={t('rollcall.compose.when')}>
            <Form.Item label={t('rollcall.compose.every')} required>
              <Choice wide label={t('rollcall.compose.every')} value={every} options={repeats.map((e) => ({ value: e, label: t(`rollcall.every.${e}`) }))} choose={setEvery} />
            </Form.Item>
            <Form.Item name="due" label={t(every === 'once' ? 'rollcall.compose.due' : 'rollcall.compose.firstDue')} extra={t(every === 'once' ? 'rollcall.compose.dueHelp' : 'rollcall.compose.firstDueHelp')} required>
              <Input type="datetime-local" size="large" />
            </Form.Item>
            <ZoneNote />
            <Form.Item name="minutes" label={t('rollcall.compose.minutes')} required>
              <InputNumber min={1} max={600} size="large" />
            </Form.Item>
            {!voluntary && (
              <Form.Item name="remind" valuePropName="checked">
                <Checkbox>{t('rollcall.compose.remind')}</Checkbox>
              </Form.Item>
            )}
          </Section>
          <Button type="primary" size="large" htmlType="submit" loading={busy} block>
            {t(draft ? 'common.save' : 'rollcall.compose.preview')}
          </Button>
          <p className={styles.quiet}>{t('rollcall.compose.nothingYet')}</p>
        </div>
      )}
    </ServerForm>
  )
}
