import { useQueries, useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useMemo } from 'react'
import { Link } from 'react-router'
import { useTerms } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { Show } from '~/shared/ui/States'
import { useWords } from '~/shared/words/words'
import { fieldsOf } from '../build'
import { ballotsQuery, figuresQuery, items, rollcallQuery, rollupQuery, type Field, type Figure, type Rollcall, type Rollup } from '../queries'
import { periodAddress } from '../state'
import styles from './parts.module.css'
import { Said } from './Questions'

const Chart = lazy(() => import('./Chart'))
const drawing = <div className={styles.chart} aria-hidden />

/** What the answers add up to, field by field: a chart and the same as a table. Blank is never zero. */
export function Figures({ r }: { r: Rollup }) {
  const { t } = useWords()
  const query = useQuery(figuresQuery(r.id, r.unit_id))
  const form = useQuery(rollcallQuery(r.rollcall_id)).data?.form
  return (
    <Section title={t('rollcall.figures.title')}>
      <p className={styles.quiet}>{t('rollcall.figures.lead')}</p>
      <Show query={query}>
        {(data) => {
          const lines = form ? items(data.items).flatMap((x) => fieldsOf(form).flatMap((f) => (f.key === x.key ? [{ f, x }] : []))) : []
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

function Numbers({ lines }: { lines: { f: Field; x: Figure }[] }) {
  const { t } = useWords()
  const { say } = useTerms()
  const of = (f: Field, x: Figure, n: number) => (x.filled > 0 ? `${neat(n)}${say(f.measure)}` : '—')
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

function Choices({ f, x }: { f: Field; x: Figure }) {
  const { t } = useWords()
  const { say } = useTerms()
  const rows = useMemo(() => (f.options ?? []).map((o) => ({ name: say(o.label), n: x.choices?.[o.key] ?? 0 })), [f, x, say])
  const title = say(f.label)
  const chart = useMemo(() => ({ labels: rows.map((r) => r.name), series: [{ name: title, values: rows.map((r) => r.n) }] }), [rows, title])
  return (
    <div>
      <Suspense fallback={drawing}>
        <Chart kind="bar" title={t('rollcall.figures.chart', { title })} {...chart} />
      </Suspense>
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
  )
}

const most = 10 // periods that are looked back on

/** How the counts went over the last periods, oldest first. One unit's own course, compared with no other. */
export function Trend({ r }: { r: Rollcall }) {
  const { t } = useWords()
  const periods = items(r.periods)
    .filter((p) => p.state !== 'opening')
    .slice(0, most)
    .toReversed()
  const reads = useQueries({ queries: periods.map((p) => rollupQuery(p.id, undefined)) })
  const seen = reads.flatMap((q) => (q.data ? [q.data] : []))
  const known = seen.length === periods.length
  const of = r.voluntary ? (['received'] as const) : (['expected', 'received', 'on_time'] as const)
  const stamp = seen.map((p) => of.map((c) => p.total[c]).join()).join(';')
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- stamp stands for what was read
  const chart = useMemo(() => ({ labels: periods.map((p) => p.name), series: of.map((c) => ({ name: t(`rollcall.count.${c}`), values: seen.map((p) => p.total[c]) })) }), [stamp, t])
  if (periods.length < 2 || !known) return null
  return (
    <Section title={t('rollcall.trend.title')}>
      <Suspense fallback={drawing}>
        <Chart kind="line" title={t('rollcall.figures.chart', { title: t('rollcall.trend.title') })} {...chart} />
      </Suspense>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('rollcall.trend.title')}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t('rollcall.periods')}</th>
              {of.map((c) => (
                <th key={c} scope="col">
                  {t(`rollcall.count.${c}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {seen.map((p, i) => (
              <tr key={p.id}>
                <th scope="row">
                  <Link to={periodAddress(p.id)}>{periods[i]?.name}</Link>
                </th>
                {of.map((c) => (
                  <td key={c}>{p.total[c]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
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
