import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Input } from 'antd'
import { useState } from 'react'
import { api, got } from '~/shared/api/client'
import { serverNow } from '~/shared/api/clock'
import { wordProblem } from '~/shared/api/problem'
import { Choice } from '~/shared/ui/Choice'
import { Section } from '~/shared/ui/Page'
import { Show } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { DispatchLines } from './components/DispatchLine'
import styles from './components/parts.module.css'
import { availabilityQuery, keys, openQuery, type Availability } from './queries'
import { placeOf } from './state'

/** On the start page: who is looking for me, and what is in my hands. */
export function HomeDispatches() {
  const { data } = useQuery(openQuery)
  const list = (data?.items ?? []).filter((d) => ['forMe', 'holding'].includes(placeOf(d)) || d.abilities?.includes('confirm'))
  if (list.length === 0) return null
  return <DispatchLines list={list} />
}

const usual = '22:00-07:00'
const offFor = ['60', '240', '720', '10080'] as const

/** On the page "me": free, busy, off until; and the hours without a ring. */
export function MineStatus() {
  const { t } = useWords()
  const { message } = App.useApp()
  const cache = useQueryClient()
  const query = useQuery(availabilityQuery)
  async function put(v: Availability) {
    try {
      await got(api.PUT('/me/availability', { body: v }))
      void message.success(t('dispatch.status.saved'))
    } catch (error) {
      void message.error({ content: wordProblem(t, error), duration: 8 })
    }
    await cache.invalidateQueries({ queryKey: keys.all })
  }
  const off = (v: Availability, minutes: string) => put({ ...v, state: 'off', until_at: new Date(serverNow().getTime() + Number(minutes) * 60_000).toISOString() })
  return (
    <Section title={t('dispatch.status.title')}>
      <Show query={query}>
        {(v) => (
          <div className={styles.status}>
            <p className={styles.quiet}>{t('dispatch.status.lead')}</p>
            <Choice
              wide
              label={t('dispatch.status.title')}
              value={v.state}
              options={(['free', 'busy', 'off'] as const).map((s) => ({ value: s, label: t(`dispatch.status.${s}`) }))}
              choose={(state) => void (state === 'off' ? off(v, '240') : put({ ...v, state, until_at: null }))}
            />
            {v.state === 'off' && (
              <div>
                <p>
                  {t('dispatch.status.offUntil')} {v.until_at && <TimeText at={v.until_at} />}
                </p>
                <Choice
                  wide
                  label={t('dispatch.status.until')}
                  value=""
                  options={offFor.map((m) => ({ value: m as string, label: t(`dispatch.status.off_for.${m}`) }))}
                  choose={(m) => void off(v, m)}
                />
              </div>
            )}
            <h3>{t('dispatch.status.quiet')}</h3>
            <Choice
              wide
              label={t('dispatch.status.quiet')}
              value={v.quiet === '' ? 'none' : 'some'}
              options={[
                { value: 'some', label: t('dispatch.status.quietSome') },
                { value: 'none', label: t('dispatch.status.quietNone') },
              ]}
              choose={(q) => void put({ ...v, quiet: q === 'none' ? '' : usual })}
            />
            {v.quiet !== '' && <Hours key={v.quiet} quiet={v.quiet} put={(quiet) => void put({ ...v, quiet })} />}
            <p className={styles.quiet}>{v.quiet === '' ? t('dispatch.status.quietOff') : t('dispatch.status.quietOn', { hours: v.quiet.replace('-', '–') })}</p>
          </div>
        )}
      </Show>
    </Section>
  )
}

const quarter = 900 // seconds between the times that a browser offers

/** From when until when, any time of day; taken as it stands when the reader has done with it. */
function Hours({ quiet, put }: { quiet: string; put: (quiet: string) => void }) {
  const { t } = useWords()
  const [[from = '', until = ''], set] = useState(quiet.split('-'))
  const chosen = `${from}-${until}`
  const done = () => void (from && until && from !== until && chosen !== quiet && put(chosen))
  const time = (label: string, value: string, change: (value: string) => void) => (
    <label>
      {label}
      <Input type="time" size="large" step={quarter} value={value} onChange={(e) => change(e.target.value)} onPressEnter={done} />
    </label>
  )
  return (
    <div role="group" aria-label={t('dispatch.status.quiet')} className={styles.hours} onBlur={(e) => !e.currentTarget.contains(e.relatedTarget) && done()}>
      {time(t('dispatch.duty.from'), from, (x) => set([x, until]))}
      {time(t('dispatch.duty.until'), until, (x) => set([from, x]))}
      {from !== '' && from === until && <p role="alert">{t('dispatch.status.quietSame')}</p>}
    </div>
  )
}
