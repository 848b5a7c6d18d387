import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { useParams } from 'react-router'
import { api, got } from '~/shared/api/client'
import { useTerms } from '~/shared/profile/profile'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import { Page, Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Note, Show } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useLive } from '~/shared/live/live'
import { useWords } from '~/shared/words/words'
import { Whose } from '../components/FileField'
import { Said } from '../components/Questions'
import { Versions } from '../components/Versions'
import styles from '../components/parts.module.css'
import { items, keys, viewQuery } from '../queries'

/** A unit's return, for those who check it: pass it on or accept it, or send it back with a reason. */
export function ReturnPage() {
  const { period = '', answerer = '' } = useParams()
  const { t } = useWords()
  const { say } = useTerms()
  const cache = useQueryClient()
  const view = useQuery(viewQuery(period, answerer))
  const [back, setBack] = useState(false)
  useLive(`rollcall:${period}`)
  const v = view.data
  const decide = (pass: boolean, reason: string, key?: string) =>
    got(
      api.POST('/rollcall-periods/{period}/answers/{answerer}/decide', {
        params: { path: { period, answerer } },
        headers: key ? { 'Idempotency-Key': key } : undefined,
        body: { pass, reason, version: v?.version ?? 0 },
      }),
    ).finally(() => cache.invalidateQueries({ queryKey: keys.all }))
  return (
    <Page title={v ? t('rollcall.return.title', { name: v.name }) : t('rollcall.return.one')} narrow back={{ to: '/rollcalls', label: t('rollcall.nav') }}>
      <Show query={view}>
        {(v) => (
          <Whose value={{ period, answerer, files: v.files }}>
            <Section title={say(v.title)}>
              <p className={styles.quiet}>
                {t('rollcall.return.by', { name: v.by_name })} {v.at && <TimeText at={v.at} />} · {t(v.on_time ? 'rollcall.receipt.onTime' : 'rollcall.receipt.late')}
                {v.version > 1 && ` · ${t('rollcall.return.version', { version: v.version })}`}
              </p>
              <div className={styles.tail}>
                <Said form={v.form} answer={v} />
                {v.hidden && <Note tone="plain">{t('rollcall.return.hidden')}</Note>}
              </div>
            </Section>
            {v.nil_run > 0 && (
              <Note tone="care" title={t('rollcall.return.nilRun', { count: v.nil_run })}>
                {t('rollcall.return.nilRunHelp')}
              </Note>
            )}
            {v.state !== 'in' && <Note tone={v.state === 'accepted' ? 'good' : 'care'} title={t(v.state === 'accepted' ? 'rollcall.return.accepted' : 'rollcall.return.returned')} />}
            {items(v.abilities).length > 0 && (
              <div className={styles.row}>
                {(v.abilities?.includes('accept') || v.abilities?.includes('pass')) && (
                  <ActionButton type="primary" size="large" action={() => decide(true, '')} done={t(v.abilities?.includes('accept') ? 'rollcall.return.accepted' : 'rollcall.return.passed')}>
                    {t(v.abilities?.includes('accept') ? 'rollcall.return.accept' : 'rollcall.return.pass')}
                  </ActionButton>
                )}
                {v.abilities?.includes('return') && (
                  <Button size="large" onClick={() => setBack(true)}>
                    {t('rollcall.return.back')}
                  </Button>
                )}
              </div>
            )}
            {items(v.decisions).length > 0 && (
              <Section title={t('rollcall.return.decisions')}>
                <ul className={styles.lines}>
                  {items(v.decisions).map((d) => (
                    <li key={`${d.version}${d.at}`}>
                      <div>
                        <span>{t(`rollcall.decision.${d.decision}`, { unit: d.unit_name, name: d.by_name })}</span>
                        {d.reason && <span>{d.reason}</span>}
                      </div>
                      {d.at && <TimeText at={d.at} />}
                    </li>
                  ))}
                </ul>
              </Section>
            )}
            <Versions v={v} />
            {back && (
              <Dialog title={t('rollcall.return.back')} close={() => setBack(false)}>
                <ServerForm<{ reason?: string }>
                  send={async (x, key) => {
                    await decide(false, x.reason ?? '', key)
                    setBack(false)
                  }}
                >
                  {(busy) => (
                    <>
                      <Form.Item name="reason" label={t('rollcall.return.reason')} extra={t('rollcall.return.reasonHelp')} required>
                        <Input.TextArea autoSize={{ minRows: 3 }} maxLength={1000} />
                      </Form.Item>
                      <DialogButtons verb={t('rollcall.return.back')} busy={busy} close={() => setBack(false)} />
                    </>
                  )}
                </ServerForm>
              </Dialog>
            )}
          </Whose>
        )}
      </Show>
    </Page>
  )
}
