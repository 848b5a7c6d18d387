import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { useParams } from 'react-router'
import { api, got } from '~/shared/api/client'
import { useLive } from '~/shared/live/live'
import { ActionButton, ConfirmButton } from '~/shared/ui/ConfirmButton'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import { Page, Section } from '~/shared/ui/Page'
import { PersonChip } from '~/shared/ui/People'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Empty, Note, Show, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { Count } from '../components/DispatchLine'
import { StatusTag } from '../components/StatusTag'
import styles from '../components/parts.module.css'
import { keys, oneQuery, type Detail } from '../queries'

/** One dispatch: what is asked, who is on it, what came of it. */
export function DispatchPage() {
  const { dispatch: id = '' } = useParams()
  const { t } = useWords()
  const query = useQuery(oneQuery(id))
  useLive(`dispatch:${id}`)
  return (
    <Page
      title={query.data?.text ?? t('dispatch.title')}
      narrow
      back={{ to: '/dispatches', label: t('dispatch.title') }}
      lead={query.data && t('dispatch.from', { name: query.data.asker_name, unit: query.data.unit_name })}
    >
      <Show query={query}>{(d) => <Inside d={d} />}</Show>
    </Page>
  )
}

function Inside({ d }: { d: Detail }) {
  const { t } = useWords()
  const seats = d.seats ?? []
  const lines = d.lines ?? []
  const people = d.people ?? []
  return (
    <>
      <Section>
        <div className={styles.card}>
          <p className={styles.facts}>
            <span>
              {t('dispatch.by')} {d.due_at && <TimeText at={d.due_at} />}
            </span>
            <Tag>{t(`dispatch.mode.${d.mode}`)}</Tag>
            <Count of={d} />
          </p>
          {d.need && <p className={styles.need}>{d.need}</p>}
          {d.mine.claim === 'holding' && d.mine.until_at && (
            <Note tone="care" title={t('dispatch.one.until')}>
              <TimeText at={d.mine.until_at} />
            </Note>
          )}
          <Steps d={d} />
        </div>
      </Section>
      <Section title={t('dispatch.one.who')} aside={d.mine.asker && d.state === 'open' && d.mode !== 'all' && d.held < d.wanted && t(`dispatch.one.rings.${d.ring}`)}>
        {seats.length === 0 ? (
          <Empty>{d.state === 'open' ? t('dispatch.one.whoNone') : t(`dispatch.one.state.${d.state}`)}</Empty>
        ) : (
          <ul className={styles.seats}>
            {seats.map((s) => (
              <li key={s.person_id}>
                <div className={styles.seat}>
                  <PersonChip name={s.name} />
                  <Tag tone={s.state === 'done' ? 'good' : 'accent'}>{s.state === 'done' ? t('dispatch.one.isDone') : t('dispatch.one.isHolding')}</Tag>
                </div>
                {s.result && <p className={styles.result}>{s.result}</p>}
                {s.state === 'done' && d.abilities?.includes('again') && <Again d={d} person={s.person_id} />}
              </li>
            ))}
          </ul>
        )}
      </Section>
      {lines.length > 0 && (
        <Section title={t('dispatch.one.story')}>
          <ol className={styles.story}>
            {lines.map((l) => (
              <li key={l.id}>
                <span>{t(l.kind === 'widened' ? `dispatch.line.widened.${l.text}` : `dispatch.line.${l.kind}`, { name: l.name, other: l.other_name, text: l.text })}</span>
                {l.at && <TimeText at={l.at} form="time" />}
              </li>
            ))}
          </ol>
        </Section>
      )}
      {people.length > 0 && (
        <Section title={t('dispatch.one.asked')} aside={people.length}>
          <ul className={styles.people}>
            {people.map((p) => (
              <li key={p.person_id}>
                {p.name} <StatusTag of={p} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}

/** Reads everything anew that a step may have changed. */
function useRefresh(id: string) {
  const cache = useQueryClient()
  return () => Promise.all([cache.invalidateQueries({ queryKey: keys.one(id) }), cache.invalidateQueries({ queryKey: keys.list })])
}

type Asked = 'progress' | 'done' | 'release' | 'hand'

function Steps({ d }: { d: Detail }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const refresh = useRefresh(d.id)
  const [asked, ask] = useState<Asked>()
  const can = (what: string) => d.abilities?.includes(what) ?? false
  const path = { params: { path: { dispatch: d.id } } }
  return (
    <div className={styles.big}>
      {can('claim') && (
        <ActionButton
          type="primary"
          size="large"
          block
          action={async () => {
            const { outcome } = await got(api.POST('/dispatches/{dispatch}/claim', { ...path, body: { text: '' } }))
            void message.info(t(outcome === 'taken' ? 'dispatch.ring.taken' : d.mode === 'all' ? 'dispatch.ring.answered' : 'dispatch.ring.yours'))
            await refresh()
          }}
        >
          {t('dispatch.ring.here')}
        </ActionButton>
      )}
      {can('done') && (
        <Button type="primary" size="large" block onClick={() => ask('done')}>
          {t('dispatch.one.done')}
        </Button>
      )}
      {can('progress') && (
        <Button size="large" block onClick={() => ask('progress')}>
          {t('dispatch.one.progress')}
        </Button>
      )}
      {can('confirm') && <p className={styles.quiet}>{t('dispatch.one.endsItself')}</p>}
      {can('confirm') && (
        <ActionButton
          type="primary"
          size="large"
          block
          done={t('dispatch.one.confirmed')}
          action={async () => {
            await got(api.POST('/dispatches/{dispatch}/confirm', path))
            await refresh()
          }}
        >
          {t('dispatch.one.confirm')}
        </ActionButton>
      )}
      <div className={styles.row}>
        {can('pass') && (
          <ActionButton
            action={async () => {
              await got(api.POST('/dispatches/{dispatch}/pass', path))
              await refresh()
            }}
          >
            {t('dispatch.ring.pass')}
          </ActionButton>
        )}
        {can('hand') && <Button onClick={() => ask('hand')}>{t('dispatch.one.hand')}</Button>}
        {can('release') && <Button onClick={() => ask('release')}>{t('dispatch.one.release')}</Button>}
        {can('cancel') && (
          <ConfirmButton
            question={t('dispatch.one.cancelAsk')}
            explanation={t('dispatch.one.cancelMore')}
            verb={t('dispatch.one.cancel')}
            danger
            done={t('dispatch.one.cancelled')}
            action={async () => {
              await got(api.POST('/dispatches/{dispatch}/cancel', { ...path, body: { text: '' } }))
              await refresh()
            }}
          >
            {t('dispatch.one.cancel')}
          </ConfirmButton>
        )}
      </div>
      {asked && <StepDialog d={d} step={asked} close={() => ask(undefined)} />}
    </div>
  )
}

function StepDialog({ d, step, close }: { d: Detail; step: Asked; close: () => void }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const refresh = useRefresh(d.id)
  const held = new Set((d.seats ?? []).map((s) => s.person_id))
  const at = { params: { path: { dispatch: d.id } } }
  async function send(v: { text?: string; person_id?: string }, key: string) {
    const body = { text: v.text ?? '' }
    if (step === 'hand') await got(api.POST('/dispatches/{dispatch}/hand', { ...at, body: { person_id: v.person_id ?? '' } }))
    else await got(api.POST(`/dispatches/{dispatch}/${step}`, { ...at, headers: { 'Idempotency-Key': key }, body }))
    close()
    void message.success(t(`dispatch.one.${({ hand: 'handed', progress: 'progressSent', done: 'doneSent', release: 'released' } as const)[step]}`))
    await refresh()
  }
  const label = { hand: 'dispatch.one.handTo', progress: 'dispatch.one.progress', done: 'dispatch.one.result', release: 'dispatch.one.reason' }[step]
  return (
    <Dialog title={t(`dispatch.one.${step}`)} close={close}>
      <ServerForm<{ text?: string; person_id?: string }> send={send}>
        {(busy) => (
          <>
            {step === 'hand' ? (
              <Form.Item name="person_id" label={t(label)} required>
                <Select showSearch={{ optionFilterProp: 'label' }} options={(d.people ?? []).filter((p) => !held.has(p.person_id)).map((p) => ({ value: p.person_id, label: p.name }))} />
              </Form.Item>
            ) : (
              <Form.Item name="text" label={t(label)} required={step !== 'release'} extra={step === 'progress' && t('dispatch.one.progressHint')}>
                <Input.TextArea autoSize={{ minRows: 2 }} maxLength={step === 'done' ? 2000 : 500} />
              </Form.Item>
            )}
            <DialogButtons verb={t(`dispatch.one.${step}`)} busy={busy} close={close} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}

function Again({ d, person }: { d: Detail; person: string }) {
  const { t } = useWords()
  const { message } = App.useApp()
  const refresh = useRefresh(d.id)
  const [open, setOpen] = useState(false)
  const close = () => setOpen(false)
  return (
    <div>
      <Button size="small" onClick={() => setOpen(true)}>
        {t('dispatch.one.again')}
      </Button>
      {open && (
        <Dialog title={t('dispatch.one.again')} close={close}>
          <ServerForm<{ reason?: string }>
            send={async (v) => {
              await got(api.POST('/dispatches/{dispatch}/again', { params: { path: { dispatch: d.id } }, body: { person_id: person, reason: v.reason ?? '' } }))
              close()
              void message.success(t('dispatch.one.againSent'))
              await refresh()
            }}
          >
            {(busy) => (
              <>
                <Form.Item name="reason" label={t('dispatch.one.reason')} required>
                  <Input.TextArea autoSize={{ minRows: 2 }} maxLength={500} />
                </Form.Item>
                <DialogButtons verb={t('dispatch.one.again')} busy={busy} close={close} />
              </>
            )}
          </ServerForm>
        </Dialog>
      )}
    </div>
  )
}
