import { useQueryClient } from '@tanstack/react-query'
import { App, Form, Input, Select } from 'antd'
import { api, got } from '~/shared/api/client'
import { useTerms } from '~/shared/profile/profile'
import { ServerForm } from '~/shared/ui/ServerForm'
import { useWords } from '~/shared/words/words'
import { keys, type PersonPageData } from '../queries'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'

interface Values {
  name: string
  category: string
  phone: string
  email: string
  code: string
  joined_on: string
}

interface PersonFormProps {
  page: Pick<PersonPageData, 'id' | 'name' | 'version'>
  details: NonNullable<PersonPageData['details']>
  /** What people keep up to date themselves: telephone and e-mail. */
  contactOnly: boolean
  close: () => void
}

/** Changes a person's data; only what was changed is sent. */
export function PersonForm({ page, details, contactOnly, close }: PersonFormProps) {
  const { t } = useWords()
  const terms = useTerms()
  const client = useQueryClient()
  const { message } = App.useApp()
  const before: Values = { name: page.name, category: details.category, phone: details.contact.phone, email: details.contact.email, code: details.code, joined_on: details.joined_on }

  async function send(values: Values, key: string) {
    const changed = Object.fromEntries(Object.entries(values).filter(([k, v]) => (v ?? '') !== before[k as keyof Values]))
    if (Object.keys(changed).length > 0) {
      await got(api.PATCH('/people/{person}', { params: { path: { person: page.id } }, body: { version: page.version, ...changed }, headers: { 'Idempotency-Key': key } }))
    }
    void message.success(t('common.saved'))
    void client.invalidateQueries({ queryKey: keys.all })
    close()
  }

  const asked = [{ required: true, message: t('fault.required') }]
  return (
    <Dialog title={t(contactOnly ? 'org.person.changeContact' : 'org.person.changeTitle', { name: page.name })} close={close}>
      <ServerForm<Values> send={send} initialValues={before}>
        {(busy) => (
          <>
            {!contactOnly && (
              <>
                <Form.Item name="name" label={t('org.person.name')} required rules={asked}>
                  <Input maxLength={60} autoComplete="off" />
                </Form.Item>
                <Form.Item name="category" label={t('org.person.category')} required rules={asked}>
                  <Select options={(terms.profile?.categories ?? []).map((c) => ({ value: c.key, label: terms.say(c.name) }))} />
                </Form.Item>
              </>
            )}
            <Form.Item name="phone" label={t('org.person.phone')}>
              <Input type="tel" maxLength={30} autoComplete={contactOnly ? 'tel' : 'off'} />
            </Form.Item>
            <Form.Item name="email" label={t('org.person.email')}>
              <Input type="email" maxLength={120} autoComplete={contactOnly ? 'email' : 'off'} />
            </Form.Item>
            {!contactOnly && (
              <>
                <Form.Item name="code" label={t('org.person.code')}>
                  <Input maxLength={40} autoComplete="off" />
                </Form.Item>
                <Form.Item name="joined_on" label={t('org.person.joinedOn')}>
                  <Input type="date" />
                </Form.Item>
              </>
            )}
            <DialogButtons verb={t('common.save')} busy={busy} close={close} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}
