import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { serverNow } from '~/shared/api/clock'
import { useMe } from '~/shared/me/me'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import { fromLocal, toLocal } from '~/shared/ui/local'
import { Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { ZoneNote } from '~/shared/ui/ZoneNote'
import type { UnitBlockProps } from '~/shared/unitBlocks'
import { useWords } from '~/shared/words/words'
import styles from './components/parts.module.css'
import { colleaguesQuery, keys, rosterQuery } from './queries'

/** On a unit's page: who is on duty, now and later; who is in charge sets it. */
export function Roster({ unit, abilities }: UnitBlockProps) {
  const { t } = useWords()
  const me = useMe()
  const cache = useQueryClient()
  const may = abilities.includes('dispatch.ask') || me.units.some((u) => u.id === unit.id)
  const { data } = useQuery({ ...rosterQuery(unit.id), enabled: may })
  const [setting, set] = useState(false)
  const list = data?.items ?? []
  const sets = data?.abilities?.includes('set') ?? false
  if (list.length === 0 && !sets) return null
  const reload = () => cache.invalidateQueries({ queryKey: keys.all })
  return (
    <Section
      title={t('dispatch.duty.title')}
      aside={
        sets && (
          <Button className="no-print" size="small" onClick={() => set(true)}>
            {t('dispatch.duty.set')}
          </Button>
        )
      }
    >
      {list.length === 0 ? (
        <p className={styles.quiet}>{t('dispatch.duty.none')}</p>
      ) : (
        <ul className={styles.roster}>
          {list.map((d) => (
            <li key={d.id}>
              <span>
                <strong>{d.name}</strong> {d.now && <Tag tone="accent">{t('dispatch.duty.now')}</Tag>}
              </span>
              <span className={styles.quiet}>
                {d.from_at && <TimeText at={d.from_at} />} — {d.until_at && <TimeText at={d.until_at} />}
              </span>
              {sets && (
                <ActionButton
                  size="small"
                  className="no-print"
                  aria-label={t('dispatch.duty.endThis', { name: d.name })}
                  done={t('dispatch.duty.ended')}
                  action={async () => {
                    await got(api.DELETE('/units/{unit}/duty/{duty}', { params: { path: { unit: unit.id, duty: d.id } } }))
                    await reload()
                  }}
                >
                  {t('dispatch.duty.end')}
                </ActionButton>
              )}
            </li>
          ))}
        </ul>
      )}
      {setting && <SetDuty unit={unit.id} close={() => set(false)} done={reload} />}
    </Section>
  )
}

interface Values {
  person_id?: string
  from_at?: string
  until_at?: string
}

function SetDuty({ unit, close, done }: { unit: string; close: () => void; done: () => Promise<unknown> }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const people = useQuery(colleaguesQuery(unit)).data?.items ?? []
  const [from] = useState(serverNow)
  return (
    <Dialog title={t('dispatch.duty.set')} close={close}>
      <ServerForm<Values>
        initialValues={{ from_at: toLocal(from), until_at: toLocal(new Date(from.getTime() + 8 * 3600_000)) }}
        send={async (v, key) => {
          await got(
            api.POST('/units/{unit}/duty', {
              params: { path: { unit } },
              headers: { 'Idempotency-Key': key },
              body: { person_id: v.person_id ?? '0', from_at: fromLocal(v.from_at), until_at: fromLocal(v.until_at) },
            }),
          )
          close()
          void message.success(t('dispatch.duty.done'))
          await done()
        }}
      >
        {(busy) => (
          <>
            <p className={`${styles.quiet} ${styles.lead}`}>{t('dispatch.duty.lead')}</p>
            <Form.Item name="person_id" label={t('dispatch.duty.who')} required>
              <Select showSearch={{ optionFilterProp: 'label' }} options={people.map((p) => ({ value: p.person_id, label: p.name }))} />
            </Form.Item>
            <Form.Item name="from_at" label={t('dispatch.duty.from')} required>
              <Input type="datetime-local" />
            </Form.Item>
            <Form.Item name="until_at" label={t('dispatch.duty.until')} required>
              <Input type="datetime-local" />
            </Form.Item>
            <ZoneNote />
            <DialogButtons verb={t('dispatch.duty.set')} busy={busy} close={close} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}
