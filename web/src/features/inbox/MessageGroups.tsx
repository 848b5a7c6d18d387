import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { Choice } from '~/shared/ui/Choice'
import { ConfirmButton } from '~/shared/ui/ConfirmButton'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import { Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import type { UnitBlockProps } from '~/shared/unitBlocks'
import { useWords } from '~/shared/words/words'
import styles from './inbox.module.css'

const groupsQuery = (unit: string) =>
  queryOptions({
    queryKey: ['inbox', 'groups', unit] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/message-groups', { params: { path: { unit } }, signal })),
  })

const kinds = ['wecom', 'dingtalk', 'feishu'] as const

/** On a unit's page, for who keeps the installation: groups in messengers that hear of what is urgent here. */
export function MessageGroups({ unit, abilities }: UnitBlockProps) {
  return abilities.includes('group.manage') ? <Groups unit={unit.id} /> : null
}

function Groups({ unit }: { unit: string }) {
  const { t } = useWords()
  const cache = useQueryClient()
  const query = groupsQuery(unit)
  const { data } = useQuery(query)
  const [adding, add] = useState(false)
  if (!data?.on) return null
  const list = data.items ?? []
  return (
    <Section title={t('inbox.groups.title')}>
      <div className={styles.push}>
        <p>{t('inbox.groups.what')}</p>
        {list.length > 0 && (
          <ul className={styles.groups}>
            {list.map((g) => (
              <li key={g.id} className={styles.row}>
                <span>
                  <strong>{g.name}</strong> {t(`inbox.groups.kind.${g.kind}`)}{' '}
                  {g.last_status && (
                    <Tag tone={g.last_status === 'sent' ? 'good' : 'care'}>
                      {g.last_status === 'sent' ? t('inbox.groups.sent') : t(`inbox.groups.failed.${g.last_reason}`)} {g.last_at && <TimeText at={g.last_at} />}
                    </Tag>
                  )}
                </span>
                <ConfirmButton
                  size="small"
                  danger
                  question={t('inbox.groups.removeAsk', { name: g.name })}
                  explanation={t('inbox.groups.removeMore')}
                  verb={t('inbox.groups.remove')}
                  action={async () => {
                    await got(api.DELETE('/units/{unit}/message-groups/{group}', { params: { path: { unit, group: g.id } } }))
                    await cache.invalidateQueries({ queryKey: query.queryKey })
                  }}
                >
                  {t('inbox.groups.remove')}
                </ConfirmButton>
              </li>
            ))}
          </ul>
        )}
        <Button onClick={() => add(true)}>{t('inbox.groups.add')}</Button>
      </div>
      {adding && <Add unit={unit} close={() => add(false)} />}
    </Section>
  )
}

interface Values {
  name?: string
  url?: string
  secret?: string
}

function Add({ unit, close }: { unit: string; close: () => void }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const cache = useQueryClient()
  const [kind, setKind] = useState<(typeof kinds)[number]>('wecom')
  return (
    <Dialog title={t('inbox.groups.add')} close={close}>
      <ServerForm<Values>
        send={async (v, key) => {
          await got(
            api.POST('/units/{unit}/message-groups', {
              params: { path: { unit } },
              headers: { 'Idempotency-Key': key },
              body: { kind, name: v.name ?? '', url: v.url?.trim() ?? '', secret: kind === 'wecom' ? undefined : v.secret?.trim() },
            }),
          )
          close()
          void message.success(t('inbox.groups.added'))
          await cache.invalidateQueries({ queryKey: groupsQuery(unit).queryKey })
        }}
      >
        {(busy) => (
          <>
            <Form.Item label={t('inbox.groups.where')} required>
              <Choice wide label={t('inbox.groups.where')} value={kind} options={kinds.map((k) => ({ value: k, label: t(`inbox.groups.kind.${k}`) }))} choose={setKind} />
            </Form.Item>
            <Form.Item name="name" label={t('inbox.groups.name')} required>
              <Input maxLength={60} />
            </Form.Item>
            <Form.Item name="url" label={t('inbox.groups.url')} extra={t('inbox.groups.urlHint')} required>
              <Input maxLength={2000} autoComplete="off" />
            </Form.Item>
            {kind !== 'wecom' && (
              <Form.Item name="secret" label={t('inbox.groups.secret')} extra={t('inbox.groups.secretHint')}>
                <Input.Password maxLength={200} autoComplete="off" />
              </Form.Item>
            )}
            <DialogButtons verb={t('inbox.groups.add')} busy={busy} close={close} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}
