import { CloseOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Form, Input, InputNumber, Select } from 'antd'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { api, got } from '~/shared/api/client'
import { serverNow } from '~/shared/api/clock'
import { useMe } from '~/shared/me/me'
import { Choice } from '~/shared/ui/Choice'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { Page, Section } from '~/shared/ui/Page'
import { Pick, type Named } from '~/shared/ui/Pick'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Empty, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { StatusTag } from '../components/StatusTag'
import styles from '../components/parts.module.css'
import { colleaguesQuery, groupsQuery, keys, type Colleague, type Dispatch } from '../queries'
import { address } from '../state'

interface Values {
  text?: string
  need?: string
  wanted?: number
}

const whoms = ['everybody', 'free', 'duty', 'picked'] as const
type Whom = (typeof whoms)[number]

const selection = (picked: string[], others: Named[]) => {
  const of = (what: Named['what']) => others.filter((o) => o.what === what).map((o) => o.id)
  return { unit_ids: of('unit'), person_ids: [...new Set([...picked, ...of('person')])] }
}

const soon = ['30', '60', '240', '1440'] as const

/** One sentence, who, how many, by when. */
export function AskPage() {
  const { t } = useWords()
  const me = useMe()
  const [search] = useSearchParams()
  const units = me.units.filter((u, i) => me.units.findIndex((v) => v.id === u.id) === i)
  const [unit, setUnit] = useState(search.get('unit') ?? units[0]?.id)
  return (
    <Page title={t('dispatch.form.title')} narrow back={{ to: '/dispatches', label: t('dispatch.title') }}>
      {unit ? (
        <AskForm
          key={unit}
          unit={unit}
          choice={
            units.length > 1 && (
              <Form.Item label={t('dispatch.form.unit')} htmlFor="dispatch-unit" required>
                <Select id="dispatch-unit" value={unit} onChange={setUnit} options={units.map((u) => ({ value: u.id, label: u.name }))} />
              </Form.Item>
            )
          }
        />
      ) : (
        <Section>
          <Empty>{t('dispatch.form.nowhere')}</Empty>
        </Section>
      )}
    </Page>
  )
}

function AskForm({ unit, choice }: { unit: string; choice: React.ReactNode }) {
  const { t } = useWords()
  const me = useMe()
  const navigate = useNavigate()
  const cache = useQueryClient()
  const colleagues = useQuery(colleaguesQuery(unit))
  const [mode, setMode] = useState<Dispatch['mode']>('first')
  const [whom, setWhom] = useState<Whom>('everybody')
  const [picked, pick] = useState<string[]>([])
  const [others, setOthers] = useState<Named[]>([])
  const [minutes, setMinutes] = useState<string>('60')
  return (
    <ServerForm<Values>
      initialValues={{ wanted: 2 }}
      send={async (v, key) => {
        const { id } = await got(
          api.POST('/units/{unit}/dispatches', {
            params: { path: { unit } },
            headers: { 'Idempotency-Key': key },
            body: {
              text: v.text ?? '',
              need: v.need,
              mode,
              wanted: mode === 'some' ? v.wanted : undefined,
              due_at: new Date(serverNow().getTime() + Number(minutes) * 60_000).toISOString(),
              audience: whom === 'picked' ? selection(picked, others) : { unit_ids: [unit] },
              only: whom === 'free' || whom === 'duty' ? whom : undefined,
            },
          }),
        )
        await cache.invalidateQueries({ queryKey: keys.all })
        await navigate(address(id), { replace: true })
      }}
    >
      {(busy) => (
        <div className={styles.card}>
          <Section>
            <Form.Item name="text" label={t('dispatch.form.text')} extra={t('dispatch.form.textHint')} required>
              <Input size="large" maxLength={120} />
            </Form.Item>
            <Form.Item name="need" label={t('dispatch.form.need')}>
              <Input.TextArea autoSize={{ minRows: 2 }} maxLength={1000} />
            </Form.Item>
            {choice}
            <Form.Item label={t('dispatch.form.whom')} required>
              <Choice
                wide
                label={t('dispatch.form.whom')}
                value={whom}
                options={whoms.map((w) => ({ value: w, label: t(`dispatch.form.${w}`) }))}
                choose={setWhom}
              />
            </Form.Item>
            <Show query={colleagues}>
              {({ items }) => {
                const list = (items ?? []).filter((c) => c.person_id !== me.person.id)
                if (whom === 'picked') return <PickWhom list={list} picked={picked} pick={pick} others={others} setOthers={setOthers} />
                if (whom === 'duty') {
                  const names = list.filter((c) => c.on_duty).map((c) => c.name)
                  return <p className={styles.quiet}>{names.length > 0 ? t('dispatch.form.dutyNow', { names: names.join(t('org.listSeparator')) }) : t('dispatch.form.dutyNone')}</p>
                }
                return <p className={styles.quiet}>{t('dispatch.form.freeNow', { count: list.filter((c) => c.state === 'free').length })}</p>
              }}
            </Show>
          </Section>
          <Section>
            <Form.Item label={t('dispatch.form.how')} required>
              <Choice
                wide
                label={t('dispatch.form.how')}
                value={mode}
                options={(['first', 'some', 'all'] as const).map((m) => ({ value: m, label: t(`dispatch.mode.${m}`) }))}
                choose={setMode}
              />
            </Form.Item>
            {mode === 'some' && (
              <Form.Item name="wanted" label={t('dispatch.form.wanted')} required>
                <InputNumber min={1} max={50} size="large" />
              </Form.Item>
            )}
            <Form.Item label={t('dispatch.form.due')} required>
              <Choice wide label={t('dispatch.form.due')} value={minutes} options={soon.map((m) => ({ value: m as string, label: t(`dispatch.form.soon.${m}`) }))} choose={setMinutes} />
            </Form.Item>
            <Button type="primary" size="large" htmlType="submit" loading={busy} block>
              {t('dispatch.form.send')}
            </Button>
            <p className={styles.quiet}>{t('dispatch.form.quiet')}</p>
          </Section>
        </div>
      )}
    </ServerForm>
  )
}

interface PickWhomProps {
  list: Colleague[]
  picked: string[]
  pick: (people: string[]) => void
  others: Named[]
  setOthers: (others: Named[]) => void
}

/** Colleagues from the list, others and whole units by name, or a group that was kept. */
function PickWhom({ list, picked, pick, others, setOthers }: PickWhomProps) {
  const { t } = useWords()
  const cache = useQueryClient()
  const groups = useQuery(groupsQuery).data?.items ?? []
  const [name, setName] = useState('')
  const here = new Set(list.map((c) => c.person_id))
  const reload = () => cache.invalidateQueries({ queryKey: groupsQuery.queryKey })
  const choose = (named: Named[]) => {
    pick([...new Set([...picked, ...named.filter((x) => here.has(x.id)).map((x) => x.id)])])
    setOthers(named.filter((x) => !here.has(x.id)))
  }
  const chosen = picked.length + others.length
  return (
    <div className={`${styles.card} ${styles.pick}`}>
      {groups.length > 0 && (
        <div>
          <h3>{t('dispatch.form.groups')}</h3>
          <ul className={styles.chips}>
            {groups.map((g) => (
              <li key={g.id} className={styles.chips}>
                <Button
                  onClick={() => {
                    const people = (g.people ?? []).map((p) => ({ what: 'person' as const, ...p }))
                    pick(people.filter((p) => here.has(p.id)).map((p) => p.id))
                    setOthers([...(g.units ?? []).map((u) => ({ what: 'unit' as const, ...u })), ...people.filter((p) => !here.has(p.id))])
                  }}
                >
                  {g.name}
                </Button>
                <ActionButton
                  type="text"
                  aria-label={t('dispatch.form.drop', { name: g.name })}
                  icon={<CloseOutlined aria-hidden />}
                  action={async () => {
                    await got(api.DELETE('/me/ask-groups/{group}', { params: { path: { group: g.id } } }))
                    await reload()
                  }}
                />
              </li>
            ))}
          </ul>
        </div>
      )}
      <ul className={styles.people} aria-label={t('dispatch.form.people')}>
        {list.map((c) => (
          <li key={c.person_id}>
            <label>
              <input
                type="checkbox"
                checked={picked.includes(c.person_id)}
                onChange={(e) => pick(e.target.checked ? [...picked, c.person_id] : picked.filter((p) => p !== c.person_id))}
              />
              {c.name}
            </label>
            <span>
              <StatusTag of={c} />
            </span>
          </li>
        ))}
      </ul>
      <div>
        <h3>{t('dispatch.form.others')}</h3>
        <Pick label={t('dispatch.form.others')} what="any" value={others} pick={choose} />
      </div>
      {chosen > 1 && (
        <div className={styles.keep}>
          <Input maxLength={40} value={name} onChange={(e) => setName(e.target.value)} aria-label={t('dispatch.form.groupName')} placeholder={t('dispatch.form.groupName')} />
          <ActionButton
            disabled={name.trim() === ''}
            done={t('dispatch.form.kept')}
            action={async () => {
              await got(api.POST('/me/ask-groups', { body: { name, audience: selection(picked, others) } }))
              setName('')
              await reload()
            }}
          >
            {t('dispatch.form.keep')}
          </ActionButton>
        </div>
      )}
    </div>
  )
}
