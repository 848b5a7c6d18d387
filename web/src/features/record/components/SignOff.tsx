import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { asProblem, wordProblem } from '~/shared/api/problem'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Note } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { items, keys, type MeetingRecord } from '../queries'
import { useSaving } from '../saving'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import styles from './SignOff.module.css'

/** The host signs: what that means is said before, and what still stands in the way. */
export function SignOff({ record }: { record: MeetingRecord }) {
  const { t } = useWords()
  const terms = useTerms()
  const me = useMe()
  const client = useQueryClient()
  const { message } = App.useApp()
  const { state, flush } = useSaving()
  const [asking, setAsking] = useState(false)
  const host = record.facts.chair.id === me.person.id
  const open = items(record.remarks).filter((r) => r.kind === 'proposal' && !r.settled).length
  const names = { host: record.facts.chair.name, recorder: record.facts.recorder.name }
  if (!items(record.abilities).includes('sign')) {
    return <Note title={t('record.sign.waits', names)}>{t('record.sign.waitsText', names)}</Note>
  }

  async function ask() {
    await flush()
    // What was just saved changed the record's version: the latest is what is signed.
    await client.invalidateQueries({ queryKey: keys.one(record.meeting) })
    setAsking(true)
  }

  async function sign({ reason }: { reason?: string }, key: string) {
    try {
      const signed = await got(
        api.POST('/meetings/{meeting}/record/sign', {
          params: { path: { meeting: record.meeting } },
          body: { version: record.version, ...(reason && { reason }) },
          headers: { 'Idempotency-Key': key },
        }),
      )
      client.setQueryData(keys.one(record.meeting), signed)
      void client.invalidateQueries({ queryKey: keys.all })
      setAsking(false)
      void message.success(t('record.sign.done'))
    } catch (error) {
      if (asProblem(error).status !== 412) throw error
      await client.invalidateQueries({ queryKey: keys.one(record.meeting) })
      setAsking(false)
      void message.warning({ content: t('record.sign.changed'), duration: 10 })
    }
  }

  return (
    <Section title={t('record.sign.title')}>
      <div className={styles.sign}>
        <p>{t(host ? 'record.sign.host' : 'record.sign.officer', names)}</p>
        <ul className={styles.means}>
          <li>{t('record.sign.means.frozen')}</li>
          <li>{t('record.sign.means.files')}</li>
          <li>{t('record.sign.means.told')}</li>
        </ul>
        {open > 0 && <Note tone="care">{t('record.sign.open', { count: open })}</Note>}
        {(state === 'conflict' || state === 'failed') && <Note tone="bad">{t('record.sign.unsaved')}</Note>}
        <Button type="primary" size="large" disabled={open > 0 || state === 'conflict' || state === 'failed'} onClick={() => void ask().catch((e: unknown) => message.error(wordProblem(t, e)))}>
          {t('record.sign.verb')}
        </Button>
      </div>
      {asking && (
        <Dialog title={t('record.sign.question')} close={() => setAsking(false)}>
          <ServerForm<{ reason?: string }> send={sign}>
            {(busy) => (
              <>
                <p className={styles.lead}>{t('record.sign.final', { present: record.facts.attendance.present, due: record.facts.attendance.due, record: terms.word('record') })}</p>
                {!host && (
                  <Form.Item name="reason" label={t('record.sign.reason')} rules={[{ required: true, whitespace: true, message: t('fault.required') }]}>
                    <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={400} placeholder={t('record.sign.reasonHint')} />
                  </Form.Item>
                )}
                <DialogButtons verb={t('record.sign.verb')} busy={busy} close={() => setAsking(false)} />
              </>
            )}
          </ServerForm>
        </Dialog>
      )}
    </Section>
  )
}
