import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Form, Input, InputNumber, Select } from 'antd'
import { useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { api, got } from '~/shared/api/client'
import { serverNow } from '~/shared/api/clock'
import { useMe } from '~/shared/me/me'
import { Choice } from '~/shared/ui/Choice'
import { Page, Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Empty, Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { StatusTag } from '../components/StatusTag'
import styles from '../components/parts.module.css'
import { colleaguesQuery, keys, type Dispatch } from '../queries'
import { address } from '../state'

interface Values {
  text?: string
  need?: string
  wanted?: number
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
  const [whom, setWhom] = useState<'everybody' | 'picked'>('everybody')
  const [picked, pick] = useState<string[]>([])
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
              audience: whom === 'everybody' ? { unit_ids: [unit] } : { person_ids: picked },
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
                options={(['everybody', 'picked'] as const).map((w) => ({ value: w, label: t(`dispatch.form.${w}`) }))}
                choose={setWhom}
              />
            </Form.Item>
            <Show query={colleagues}>
              {({ items }) => {
                const list = (items ?? []).filter((c) => c.person_id !== me.person.id)
                const free = list.filter((c) => c.state === 'free').length
                if (whom === 'everybody') return <p className={styles.quiet}>{t('dispatch.form.free', { count: free })}</p>
                return (
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
                        <StatusTag of={c} />
                      </li>
                    ))}
                  </ul>
                )
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
