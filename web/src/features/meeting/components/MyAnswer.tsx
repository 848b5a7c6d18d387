import { Button, Form, Input, Modal, Radio } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { useTerms } from '~/shared/profile/profile'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Tag } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'

import { items, type Meeting, type Participant } from '../queries'
import styles from './parts.module.css'

interface Leave {
  reason: string
  note?: string
}

/** Whether I come; it may be changed until the meeting opens. */
export function MyAnswer({ m, mine, done }: { m: Meeting; mine: Participant; done: () => Promise<unknown> }) {
  const { t } = useWords()
  const { profile, say } = useTerms()
  const [asking, setAsking] = useState(false)
  const answer = (body: { answer: 'yes' | 'asked'; reason?: string; note?: string }) =>
    got(api.PUT('/meetings/{meeting}/answer', { params: { path: { meeting: m.id } }, body })).then(done)
  return (
    <Section title={t('meeting.answer.title')} aside={<Tag tone={mine.answer === 'yes' ? 'good' : mine.answer === 'refused' ? 'bad' : 'plain'}>{t(`meeting.answer.${mine.answer}`)}</Tag>}>
      <div className={styles.row}>
        <ActionButton size="large" type={mine.answer === 'yes' ? 'default' : 'primary'} action={() => answer({ answer: 'yes' })} done={t('meeting.answer.thanks')}>
          {t('meeting.answer.come')}
        </ActionButton>
        <Button size="large" onClick={() => setAsking(true)}>
          {t('meeting.answer.ask')}
        </Button>
      </div>
      <p className={styles.quiet}>{t('meeting.answer.help')}</p>
      <Modal open={asking} onCancel={() => setAsking(false)} footer={null} title={t('meeting.answer.ask')} destroyOnHidden>
        <ServerForm<Leave>
          send={async (v) => {
            await answer({ answer: 'asked', ...v })
            setAsking(false)
          }}
        >
          {(busy) => (
            <>
              <Form.Item name="reason" label={t('meeting.answer.reason')} required>
                <Radio.Group className={styles.choices} options={items(profile?.leave_reasons).map((r) => ({ value: r.key, label: say(r.name) }))} />
              </Form.Item>
              <Form.Item name="note" label={t('meeting.answer.note')} extra={t('meeting.answer.noteWho')}>
                <Input.TextArea autoSize={{ minRows: 2 }} maxLength={200} />
              </Form.Item>
              <Button type="primary" htmlType="submit" loading={busy} block size="large">
                {t('meeting.answer.send')}
              </Button>
            </>
          )}
        </ServerForm>
      </Modal>
    </Section>
  )
}
