import { useQueryClient } from '@tanstack/react-query'
import { Form, Input } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { CopyButton, PrintButton } from '~/shared/ui/CopyButton'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Note } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { keys } from '../queries'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import styles from './forms.module.css'
import { SlipSheet } from './SlipSheet'

/** Gives one person a sign-in, or a new one-time password; it is shown this once. */
export function IssueDialog({ person, login, close }: { person: { id: string; name: string }; login: string; close: () => void }) {
  const { t } = useWords()
  const client = useQueryClient()
  const [slip, setSlip] = useState<{ login: string; password: string }>()
  async function send({ login: wanted }: { login?: string }, key: string) {
    setSlip(await got(api.POST('/people/{person}/account', { params: { path: { person: person.id } }, body: login ? {} : { login: wanted }, headers: { 'Idempotency-Key': key } })))
    void client.invalidateQueries({ queryKey: keys.person(person.id) })
  }
  if (slip) {
    const { login: name, password } = slip
    return (
      <Dialog title={t('org.signIns.for', { name: person.name })} close={close}>
        <div className={styles.stack}>
          <Note tone="care">{t('org.signIns.onceOne')}</Note>
          <SlipSheet slips={[{ person_id: person.id, name: person.name, unit: '', login: name, password }]} />
          <div className={styles.buttons}>
            <PrintButton />
            <CopyButton type="primary" text={t('org.signIns.copyText', { name: person.name, login: name, password, address: location.origin })} />
          </div>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title={t('org.signIns.for', { name: person.name })} close={close}>
      <ServerForm<{ login?: string }> send={send}>
        {(busy) => (
          <>
            <p className={styles.hint} style={{ marginBottom: '1rem' }}>
              {t(login ? 'org.signIns.renewLead' : 'org.signIns.giveLead')}
            </p>
            {!login && (
              <Form.Item name="login" label={t('org.person.login')} required rules={[{ required: true, message: t('fault.required') }]}>
                <Input maxLength={60} autoComplete="off" autoCapitalize="none" spellCheck={false} />
              </Form.Item>
            )}
            <DialogButtons verb={t(login ? 'org.signIns.renewVerb' : 'org.signIns.giveVerb')} busy={busy} close={close} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}
