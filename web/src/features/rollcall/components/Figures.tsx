import { useQuery } from '@tanstack/react-query'
import { Form, Select } from 'antd'
import type { TFunction } from 'i18next'
import { lazy, Suspense, useId, useMemo, useState } from 'react'
import { Link } from 'react-router'
import { useTerms, type Terms } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { ballotsQuery, figuresQuery, items, rollcallQuery, trendQuery, type Figure, type Rollcall, type Rollup, type Trend as TrendData, type TrendField } from '../queries'
import { periodAddress } from '../state'
import styles from './parts.module.css'
import { Said } from './Questions'

type Say = Terms['say']

const Chart = lazy(() => import('./Chart'))
const drawing = <div className={styles.chart} aria-hidden />

/** What the answers add up to, field by field: a chart and the same as a table. Blank is never zero. */
export function Figures({ r }: { r: Rollup }) {
  const { t } = useWords()
  const query = useQuery(figuresQuery(r.id, r.unit_id))
  const fields = useQuery(trendQuery(r.rollcall_id, r.unit_id, 1, false)).data?.fields
  return (
    <Section title={t('rollcall.figures.title')}>
      <p className={styles.quiet}>{t('rollcall.figures.lead')}</p>
      <Show query={query}>
        {(data) => {
          const lines = items(data.items).flatMap((x) => items(fields).flatMap((f) => (f.key === x.key ? [{ f, x }] : [])))
          const numbers = lines.filter(({ f }) => f.kind !== 'choice')
          if (lines.length === 0) return <p className={styles.tail}>{t('rollcall.figures.none')}</p>
          return (
            <div className={`${styles.stack} ${styles.tail}`}>
              {numbers.length > 0 && <Numbers lines={numbers} />}
              {lines.filter(({ f }) => f.kind === 'choice').map(({ f, x }) => (
                <Choices key={f.key} f={f} x={x} />
              ))}
            </div>
          )
        }}
      </Show>
    </Section>
  )
}

const neat = (n: number) => Number(n.toFixed(2)).toString()

function Numbers({ lines }: { lines: { f: TrendField; x: Figure }[] }) {
  const { t } = useWords()
  const { say } = useTerms()
  const of = (f: TrendField, x: Figure, n: number) => (x.filled > 0 ? `${neat(n)}${say(f.measure)}` : '—')
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('rollcall.figures.numbers')}>
      <table className={styles.table}>
        <caption>{t('rollcall.figures.numbers')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('rollcall.figures.field')}</th>
            {(['filled', 'sum', 'mean', 'min', 'max'] as const).map((c) => (
              <th key={c} scope="col">
                {t(`rollcall.figures.${c}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ f, x }) => (
            <tr key={f.key}>
              <th scope="row">{say(f.label)}</th>
              <td>{x.filled}</td>
              <td>{of(f, x, x.sum)}</td>
              <td>{of(f, x, x.sum / x.filled)}</td>
              <td>{of(f, x, x.min)}</td>
              <td>{of(f, x, x.max)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Choices({ f, x }: { f: TrendField; x: Figure }) {
  const { t } = useWords()
  const { say } = useTerms()
  const rows = useMemo(() => items(f.options).map((o) => ({ name: say(o.label), n: x.choices?.[o.key] ?? 0 })), [f, x, say])
  const title = say(f.label)
  const chart = useMemo(() => ({ labels: rows.map((r) => r.name), series: [{ name: title, values: rows.map((r) => r.n) }] }), [rows, title])
  return (
    <div>
      <Suspense fallback={drawing}>
        <Chart kind="bar" title={t('rollcall.figures.chart', { title })} {...chart} />
      </Suspense>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={title}>
        <table className={styles.table}>
          <caption>{t('rollcall.figures.answered', { title, count: x.filled })}</caption>
          <thead>
            <tr>
              <th scope="col">{t('rollcall.figures.option')}</th>
              <th scope="col">{t('rollcall.figures.filled')}</th>
              <th scope="col">{t('rollcall.figures.share')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.name}>
                <th scope="row">{r.name}</th>
                <td>{r.n}</td>
                <td>{x.filled > 0 ? `${Math.round((100 * r.n) / x.filled)}%` : '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

const most = 30 // periods that are looked back on

/** How a roll call went over its last periods, oldest first: its counts, or what one question adds up to. One course alone, compared with no other. */
export function Trend({ r }: { r: Rollcall }) {
  const { t } = useWords()
  const { say } = useTerms()
  const id = useId()
  const [shown, show] = useState('')
  const { data } = useQuery(trendQuery(r.id, undefined, most, true))
  const lines = useMemo(() => linesOf(t, say, data, shown, r.voluntary), [t, say, data, shown, r.voluntary])
  if (!data || items(data.points).length < 2) return null
  const title = t('rollcall.trend.title')
  return (
    <Section title={title}>
      {items(data.fields).length > 0 && (
        <Form layout="vertical" component={false} requiredMark={false}>
          <Form.Item label={t('rollcall.trend.of')} htmlFor={id}>
            <Select id={id} value={shown} onChange={show} options={[{ value: '', label: t('rollcall.trend.counts') }, ...items(data.fields).map((f) => ({ value: f.key, label: say(f.label) }))]} />
          </Form.Item>
        </Form>
      )}
      <Suspense fallback={drawing}>
        <Chart kind="line" title={t('rollcall.figures.chart', { title })} {...lines} />
      </Suspense>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={title}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t('rollcall.periods')}</th>
              {lines.series.map((s) => (
                <th key={s.name} scope="col">
                  {s.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {items(data.points).map((p, i) => (
              <tr key={p.id}>
                <th scope="row">
                  <Link to={periodAddress(p.id)}>{p.name}</Link>
                </th>
                {lines.series.map((s) => (
                  <td key={s.name}>{s.values[i] ?? '—'}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

/** The lines of a trend: counts, the sum of a number, or each option of a choice. A period that has none leaves a gap. */
function linesOf(t: TFunction, say: Say, trend: TrendData | undefined, key: string, voluntary: boolean | undefined) {
  const points = items(trend?.points)
  const labels = points.map((p) => p.name)
  const field = items(trend?.fields).find((f) => f.key === key)
  if (!field) {
    const of = voluntary ? (['received'] as const) : (['expected', 'received', 'on_time'] as const)
    return { labels, series: of.map((c) => ({ name: t(`rollcall.count.${c}`), values: points.map((p) => p.counts[c]) })) }
  }
  const figures = points.map((p) => items(p.figures).find((x) => x.key === key && x.filled > 0))
  if (field.kind !== 'choice') return { labels, series: [{ name: t('rollcall.figures.sum'), values: figures.map((x) => x?.sum ?? null) }] }
  return { labels, series: items(field.options).map((o) => ({ name: say(o.label), values: figures.map((x) => (x ? (x.choices?.[o.key] ?? 0) : null)) })) }
}

/** What was said without names, mixed. */
export function Ballots({ r }: { r: Rollup }) {
  const { t } = useWords()
  const query = useQuery(ballotsQuery(r.id))
  const form = useQuery(rollcallQuery(r.rollcall_id)).data?.form
  return (
    <Section title={t('rollcall.anonymous.said')}>
      <p className={styles.quiet}>{t('rollcall.anonymous.saidLead')}</p>
      <Show query={query}>
        {(data) => (
          <ul className={styles.lines}>
            {items(data.items).map((b) => (
              <li key={b.id}>{form && <Said form={form} answer={{ kind: 'value', values: b.values }} />}</li>
            ))}
          </ul>
        )}
      </Show>
    </Section>
  )
}
