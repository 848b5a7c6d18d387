import { Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { ZoneNote } from '~/shared/ui/ZoneNote'
import { useWords } from '~/shared/words/words'
import { items, type Meeting } from '../queries'
import { fromLocal, toLocal } from '~/shared/ui/local'
import styles from './parts.module.css'

/** Postponing and calling off: with a reason, and everybody concerned is told. */
export function MoveMeeting({ m, done }: { m: Meeting; done: () => Promise<unknown> }) {
  const { t } = useWords()
  const [doing, setDoing] = useState<'move' | 'cancel'>()
  const can = (ability: string) => items(m.abilities).includes(ability)
  const close = () => setDoing(undefined)
  return (
    <Section title={t('meeting.move.title')}>
      <p className={styles.quiet}>{t('meeting.move.text')}</p>
      <div className={styles.row}>
        {can('move') && <Button onClick={() => setDoing('move')}>{t('meeting.move.postpone')}</Button>}
        {can('cancel') && (
          <Button danger onClick={() => setDoing('cancel')}>
            {t('meeting.move.cancel')}
          </Button>
        )}
      </div>
      <Modal open={doing === 'move'} onCancel={close} footer={null} title={t('meeting.move.postpone')} destroyOnHidden>
        <ServerForm<{ starts_at: string; ends_at: string; reason: string }>
          initialValues={{ starts_at: toLocal(m.starts_at), ends_at: toLocal(m.ends_at) }}
          send={async (v) => {
            await got(
              api.POST('/meetings/{meeting}/move', {
                params: { path: { meeting: m.id } },
                body: { version: m.version, starts_at: fromLocal(v.starts_at), ends_at: fromLocal(v.ends_at), reason: v.reason },
              }),
            )
            await done()
            close()
          }}
        >
          {(busy) => (
            <>
              <Form.Item name="starts_at" label={t('meeting.form.starts')} required>
                <Input type="datetime-local" />
              </Form.Item>
              <Form.Item name="ends_at" label={t('meeting.form.ends')} required>
                <Input type="datetime-local" />
              </Form.Item>
              <ZoneNote />
              <Form.Item name="reason" label={t('meeting.move.why')} required>
                <Input maxLength={200} />
              </Form.Item>
              <Button type="primary" htmlType="submit" loading={busy} block>
                {t('meeting.move.tell')}
              </Button>
            </>
          )}
        </ServerForm>
      </Modal>
      <Modal open={doing === 'cancel'} onCancel={close} footer={null} title={t('meeting.move.cancel')} destroyOnHidden>
        <ServerForm<{ reason: string }>
          send={async ({ reason }) => {
            await got(api.POST('/meetings/{meeting}/cancel', { params: { path: { meeting: m.id } }, body: { version: m.version, reason } }))
            await done()
            close()
          }}
        >
          {(busy) => (
            <>
              <p>{t('meeting.move.cancelText')}</p>
              <Form.Item name="reason" label={t('meeting.move.why')} required>
                <Input maxLength={200} />
              </Form.Item>
              <Button danger type="primary" htmlType="submit" loading={busy} block>
                {t('meeting.move.cancelVerb')}
              </Button>
            </>
          )}
        </ServerForm>
      </Modal>
    </Section>
  )
}
