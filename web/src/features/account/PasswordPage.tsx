import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input } from 'antd'
import { useNavigate } from 'react-router'
import { api, got } from '~/shared/api/client'
import { meQuery, useMe } from '~/shared/me/me'
import { Page, Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { SignOut } from '~/shared/ui/SignOut'
import { useWords } from '~/shared/words/words'
import { sessionsKey } from './MineAccount'

interface Values {
  old: string
  new: string
  again: string
}

/** A new password of one's own. */
export function PasswordPage() {
  const { t } = useWords()
  const navigate = useNavigate()
  return (
    <Page narrow title={t('account.password.title')} lead={t('account.password.lead')} back={{ to: '/me', label: t('shell.me') }}>
      <PasswordForm oldLabel={t('account.password.old')} verb={t('account.password.verb')} done={() => void navigate('/me')} />
    </Page>
  )
}

/** At the first sign-in, instead of every page: the password that was handed over is replaced. */
export function PasswordGate() {
  const { t } = useWords()
  const me = useMe()
  return (
    <Page narrow title={t('account.first.title', { name: me.person.name })} lead={t('account.first.lead')}>
      <PasswordForm oldLabel={t('account.first.old')} verb={t('account.first.verb')} done={() => undefined} />
      <SignOut />
    </Page>
  )
}

function PasswordForm({ oldLabel, verb, done }: { oldLabel: string; verb: string; done: () => void }) {
  const { t } = useWords()
  const me = useMe()
  const client = useQueryClient()
  const { message } = App.useApp()
  const asked = { required: true, message: t('fault.required') }
  return (
    <Section>
      <ServerForm<Values>
        send={async (values, key) => {
          await got(api.PUT('/me/password', { body: { old: values.old, new: values.new }, headers: { 'Idempotency-Key': key } }))
          void message.success(t('account.password.done'))
          void client.invalidateQueries({ queryKey: sessionsKey })
          await client.invalidateQueries({ queryKey: meQuery.queryKey })
          done()
        }}
      >
        {(busy) => (
          <>
            {/* So that a browser keeps the new password under the right name. */}
            <input className="visually-hidden" type="text" autoComplete="username" value={me.login} readOnly tabIndex={-1} aria-hidden />
            <Form.Item name="old" label={oldLabel} required rules={[asked]}>
              <Input.Password autoComplete="current-password" maxLength={200} />
            </Form.Item>
            <Form.Item name="new" label={t('account.password.new')} required extra={t('account.password.hint')} rules={[asked]}>
              <Input.Password autoComplete="new-password" maxLength={200} />
            </Form.Item>
            <Form.Item
              name="again"
              label={t('account.password.again')}
              required
              dependencies={['new']}
              rules={[
                asked,
                ({ getFieldValue }) => ({
                  validator: (_, value: string) => (!value || value === getFieldValue('new') ? Promise.resolve() : Promise.reject(new Error(t('account.password.differs')))),
                }),
              ]}
            >
              <Input.Password autoComplete="new-password" maxLength={200} />
            </Form.Item>
            <Button type="primary" size="large" htmlType="submit" loading={busy}>
              {verb}
            </Button>
          </>
        )}
      </ServerForm>
    </Section>
  )
}
