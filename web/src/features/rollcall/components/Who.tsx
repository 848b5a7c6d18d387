import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { Link } from 'react-router'
import { api, got } from '~/shared/api/client'
import { serverNow } from '~/shared/api/clock'
import { useMe } from '~/shared/me/me'
import { ActionButton } from '~/shared/ui/ConfirmButton'
import { Dialog, DialogButtons } from '~/shared/ui/Dialog'
import { Section } from '~/shared/ui/Page'
import { ServerForm } from '~/shared/ui/ServerForm'
import { Empty, Show } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { ZoneNote } from '~/shared/ui/ZoneNote'
import { momentOf, today } from '~/shared/ui/zone'
import { useWords } from '~/shared/words/words'
import { exceptionsQuery, items, keys, whoQuery, type List, type Rollup, type WhoItem } from '../queries'
import { returnAddress } from '../state'
import styles from './parts.module.css'

const most = 200
// On these lists there is nothing to open.
const silent: List[] = ['missing', 'excused', 'joined', 'left']

/** Who stands on a list, with what can be done about each. */
export function Who({ r, list }: { r: Rollup; list: List }) {
  const { t } = useWords()
  const me = useMe()
  const cache = useQueryClient()
  const query = useQuery(whoQuery(r.id, r.unit_id, list))
  const [excusing, setExcusing] = useState<WhoItem>()
  const [excepting, setExcepting] = useState<WhoItem>()
  const may = (ability: string) => items(r.abilities).includes(ability)
  const mayExcuse = (w: WhoItem) =>
    r.state === 'open' && !r.voluntary && (may('export') || (!r.by_units && me.units.some((u) => u.id === w.unit_id && u.roles.some((role) => ['officer', 'recorder'].includes(role)))))
  const excuse = (w: WhoItem, reason: string, key?: string) =>
    got(
      api.PUT('/rollcall-periods/{period}/answers/{answerer}/excuse', {
        params: { path: { period: r.id, answerer: w.answerer_id } },
        headers: key ? { 'Idempotency-Key': key } : undefined,
        body: { reason },
      }),
    ).finally(() => cache.invalidateQueries({ queryKey: keys.all }))
  return (
    <Section title={t(`rollcall.who.${list}`)}>
      {(list === 'joined' || list === 'left') && <p className={styles.quiet}>{t(`rollcall.who.${list}Help`)}</p>}
      <Show query={query}>
        {(data) =>
          items(data.items).length === 0 ? (
            <Empty>{t('rollcall.watch.nobody')}</Empty>
          ) : (
            <>
              <ul className={styles.people}>
                {items(data.items).map((w) => (
                  <li key={w.answerer_id}>
                    {silent.includes(list) || r.anonymous ? <span>{w.name}</span> : <Link to={returnAddress(r.id, w.answerer_id)}>{w.name}</Link>}
                    <span className={styles.quiet}>
                      {list === 'excused' ? t('rollcall.excuse.line', { reason: w.reason, name: w.by_name }) : w.unit_name !== w.name && w.unit_name} {w.at && <TimeText at={w.at} />}
                      {!r.by_units && !silent.includes(list) && w.by_id && w.by_id !== w.answerer_id && ` · ${t('rollcall.receipt.by', { name: w.by_name })}`}
                    </span>
                    {list === 'missing' && mayExcuse(w) && (
                      <Button size="small" className="no-print" onClick={() => setExcusing(w)} aria-label={t('rollcall.excuse.of', { name: w.name })}>
                        {t('rollcall.excuse.verb')}
                      </Button>
                    )}
                    {list === 'excused' && mayExcuse(w) && (
                      <ActionButton size="small" className="no-print" action={() => excuse(w, '')} done={t('rollcall.excuse.taken')} aria-label={t('rollcall.excuse.takeOf', { name: w.name })}>
                        {t('rollcall.excuse.take')}
                      </ActionButton>
                    )}
                    {may('except') && !['joined', 'left'].includes(list ?? '') && (
                      <Button size="small" className="no-print" onClick={() => setExcepting(w)} aria-label={t('rollcall.except.of', { unit: w.unit_name })}>
                        {t('rollcall.except.verb')}
                      </Button>
                    )}
                  </li>
                ))}
              </ul>
              {items(data.items).length === most && <p className={styles.quiet}>{t('rollcall.watch.first', { count: most })}</p>}
            </>
          )
        }
      </Show>
      {excusing && (
        <Dialog title={t('rollcall.excuse.of', { name: excusing.name })} close={() => setExcusing(undefined)}>
          <ServerForm<{ reason?: string }>
            send={async (x, key) => {
              await excuse(excusing, x.reason ?? '', key)
              setExcusing(undefined)
            }}
          >
            {(busy) => (
              <>
                <Form.Item name="reason" label={t('rollcall.return.reason')} extra={t('rollcall.excuse.help')} required rules={[{ required: true, message: t('fault.required') }]}>
                  <Input.TextArea autoSize={{ minRows: 2 }} maxLength={200} />
                </Form.Item>
                <DialogButtons verb={t('rollcall.excuse.verb')} busy={busy} close={() => setExcusing(undefined)} />
              </>
            )}
          </ServerForm>
        </Dialog>
      )}
      {excepting && <Excepting r={r} unit={excepting.unit_id} name={excepting.unit_name || excepting.name} close={() => setExcepting(undefined)} />}
    </Section>
  )
}

function Excepting({ r, unit, name, close }: { r: Rollup; unit: string; name: string; close: () => void }) {
  const { t } = useWords()
  const cache = useQueryClient()
  return (
    <Dialog title={t('rollcall.except.of', { unit: name })} close={close}>
      <ServerForm<{ reason?: string; until: string }>
        initialValues={{ until: `${today(new Date(serverNow().getTime() + 86_400_000))}T18:00` }}
        send={async (x, key) => {
          const shown = Date.parse(`${x.until}Z`)
          await got(
            api.POST('/rollcall-periods/{period}/units/{unit}/exceptions', {
              params: { path: { period: r.id, unit } },
              headers: { 'Idempotency-Key': key },
              body: { reason: x.reason ?? '', until: Number.isNaN(shown) ? null : momentOf(shown).toISOString() },
            }),
          ).finally(() => cache.invalidateQueries({ queryKey: keys.all }))
          close()
        }}
      >
        {(busy) => (
          <>
            <Form.Item name="reason" label={t('rollcall.return.reason')} extra={t('rollcall.except.help')} required>
              <Input.TextArea autoSize={{ minRows: 2 }} maxLength={500} />
            </Form.Item>
            <Form.Item name="until" label={t('rollcall.except.until')} required>
              <Input type="datetime-local" size="large" />
            </Form.Item>
            <ZoneNote />
            <DialogButtons verb={t('rollcall.except.verb')} busy={busy} close={close} />
          </>
        )}
      </ServerForm>
    </Dialog>
  )
}

/** The exceptions of a locked period; nothing while there are none. */
export function Exceptions({ r }: { r: Rollup }) {
  const { t } = useWords()
  const cache = useQueryClient()
  const list = items(useQuery(exceptionsQuery(r.id)).data?.items)
  if (list.length === 0) return null
  return (
    <Section title={t('rollcall.except.title')}>
      <ul className={styles.lines}>
        {list.map((e) => {
          const over = !e.until || Date.parse(e.until) < serverNow().getTime()
          return (
            <li key={e.id}>
              <div>
                <span>
                  {e.unit_name} · {t(over ? 'rollcall.except.over' : 'rollcall.except.open')} {e.until && <TimeText at={e.until} />}
                </span>
                <span className={styles.quiet}>
                  {e.reason} · {e.by_name}
                </span>
              </div>
              {!over && (
                <ActionButton
                  className="no-print"
                  done={t('rollcall.except.ended')}
                  action={() => got(api.DELETE('/rollcall-periods/{period}/exceptions/{exception}', { params: { path: { period: r.id, exception: e.id } } })).finally(() => cache.invalidateQueries({ queryKey: keys.all }))}
                >
                  {t('rollcall.except.end')}
                </ActionButton>
              )}
            </li>
          )
        })}
      </ul>
    </Section>
  )
}
