import { LeftOutlined, RightOutlined } from '@ant-design/icons'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Button } from 'antd'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { useMe } from '~/shared/me/me'
import { Choice } from '~/shared/ui/Choice'
import { Page, Section } from '~/shared/ui/Page'
import { Empty, More, Show, Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useNow } from '~/shared/ui/useNow'
import { useTerms } from '~/shared/profile/profile'
import { usePrefs } from '~/shared/prefs/prefs'
import { wall } from '~/shared/ui/zone'
import { useWords } from '~/shared/words/words'
import { oversightAddress, recordAddress, submissionAddress, unitAddress } from '../address'
import { submissionTones } from '../components/Submissions'
import { monthsBefore, today } from '../days'
import { Leaders } from '../components/Attended'
import { arrivedQuery, helpQuery, items, leadersQuery, overviewQuery, type Cell, type Kind, type Row } from '../queries'
import styles from './lists.module.css'

const steps = ['due', 'planned', 'held', 'signed', 'reported', 'accepted'] as const

/** What was due, planned, held, signed, reported and accepted below a unit; whom to help; what waits for an answer. */
export function OversightPage() {
  const { unit = '' } = useParams()
  const { t } = useWords()
  const me = useMe()
  const now = useNow()
  const [day, setDay] = useState(() => today(now))
  const [chosen, choose] = useState<string>()
  const overview = useInfiniteQuery(overviewQuery(unit, day))
  const help = useInfiniteQuery(helpQuery(unit, day))
  const first = overview.data?.pages[0]
  // The officers of a body see how it stands; what is handed in waits for its overseers.
  const oversees = me.units.some((u) => u.roles.includes('overseer') && (u.id === unit || items(first?.above).some((a) => a.id === u.id)))
  const arrived = useQuery({ ...arrivedQuery(unit), enabled: oversees })
  const leaders = useQuery({ ...leadersQuery(unit, day), enabled: first?.leads ?? false })
  if (!first) {
    return (
      <Page title={t('record.oversight.title')} back={{ to: unitAddress(unit), label: t('common.back') }}>
        <Show query={overview}>{() => null}</Show>
      </Page>
    )
  }
  const kinds = items(first.kinds)
  const kind = kinds.find((k) => k.key === chosen) ?? kinds.find((k) => first.unit.cells[k.key]) ?? kinds[0]
  const rows = overview.data?.pages.flatMap((p) => items(p.rows)) ?? []
  const above = items(first.above).at(-1)
  const waiting = items(arrived.data?.items)
  const name = (key: string) => kinds.find((k) => k.key === key)?.name ?? key
  const months = kind?.per === 'year' ? 12 : kind?.per === 'quarter' ? 3 : 1
  const current = kind?.to ? new Date(kind.to) > now : true
  return (
    <Page
      title={t('record.oversight.of', { unit: first.unit.name })}
      lead={t('record.oversight.lead')}
      back={above ? { to: oversightAddress(above.id), label: above.name } : { to: unitAddress(unit), label: first.unit.name }}
    >
      {waiting.length > 0 && (
        <Section title={t('record.oversight.waiting', { count: waiting.length })}>
          <ul className={styles.links}>
            {waiting.map((s) => (
              <li key={s.id}>
                <Link to={submissionAddress(s.id)}>
                  <span>
                    {s.unit_name} · {t(`record.oversight.${s.kind}`)}
                  </span>
                  <span className={styles.quiet}>
                    {s.theme} · {s.at && <TimeText at={s.at} />}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {kind && (
        <Section title={t('record.oversight.progress')}>
          <div className={styles.lines}>
            <Choice label={t('record.oversight.kind')} value={kind.key} choose={choose} options={kinds.map((k) => ({ value: k.key, label: k.name }))} />
            <div className={styles.period}>
              <Button icon={<LeftOutlined aria-hidden />} aria-label={t('record.oversight.earlier')} onClick={() => setDay(monthsBefore(day, months))} />
              <p aria-live="polite">
                <strong>
                  <Period kind={kind} />
                </strong>
                <span className={styles.quiet}>{t('record.oversight.need', { count: kind.need })}</span>
              </p>
              <Button icon={<RightOutlined aria-hidden />} aria-label={t('record.oversight.later')} disabled={current} onClick={() => setDay(monthsBefore(day, -months))} />
            </div>
            <Table rows={[first.unit, ...rows]} kind={kind} />
            <More list={overview} />
            <p className={styles.quiet}>{t('record.oversight.note')}</p>
          </div>
        </Section>
      )}
      <Section title={t('record.oversight.help')} aside={t('record.oversight.helpAside')}>
        <Show query={help}>
          {(data) => {
            const all = data.pages.flatMap((p) => items(p.items))
            if (all.length === 0) return <Empty>{t('record.oversight.helpNone')}</Empty>
            return (
              <ul className={styles.links}>
                {all.map((h) => (
                  <li key={h.unit_id}>
                    <Link to={unitAddress(h.unit_id)}>
                      <span>{h.name}</span>
                      <span className={styles.quiet}>{items(h.needs).map((n) => t(`record.oversight.needs.${n.what}`, { kind: name(n.kind) })).join(t('record.list.semicolon'))}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            )
          }}
        </Show>
        <More list={help} />
      </Section>
      {leaders.data && (
        <Section title={t('record.leaders.title')}>
          <p className={styles.lead}>{t('record.leaders.lead')}</p>
          {items(leaders.data.items).length === 0 ? (
            <Empty>{t('record.leaders.none')}</Empty>
          ) : (
            <Leaders lines={items(leaders.data.items)} />
          )}
        </Section>
      )}
      {items(first.own).length > 0 && (
        <Section title={t('record.oversight.own')}>
          <ul className={styles.links}>
            {items(first.own).map((m) => (
              <li key={m.id}>
                <Link to={m.report_id ? submissionAddress(m.report_id) : m.plan_id ? submissionAddress(m.plan_id) : recordAddress(m.id)}>
                  <span>
                    {m.theme} {m.signed && <Tag tone="good">{t('record.page.signed')}</Tag>} {m.report && <Tag tone={submissionTones[m.report]}>{t(`record.submit.state.${m.report}`)}</Tag>}
                  </span>
                  <span className={styles.quiet}>
                    {name(m.kind)} · {m.starts_at && <TimeText at={m.starts_at} />}
                  </span>
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Page>
  )
}

/** The month, quarter or year, as people call it. */
function Period({ kind }: { kind: Kind }) {
  const { t } = useWords()
  const { language } = usePrefs()
  if (!kind.from) return null
  const from = wall(new Date(kind.from))
  const year = String(from.getUTCFullYear())
  if (kind.per === 'year') return t('record.oversight.period.year', { year })
  if (kind.per === 'quarter') return t('record.oversight.period.quarter', { year, quarter: from.getUTCMonth() / 3 + 1 })
  return new Intl.DateTimeFormat(language.startsWith('zh') ? 'zh-CN' : 'en-GB', { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(from)
}

function Table({ rows, kind }: { rows: Row[]; kind: Kind }) {
  const { t } = useWords()
  const terms = useTerms()
  const shown = steps.filter((s) => kind.reports || (s !== 'reported' && s !== 'accepted'))
  const lines = rows.map((row, i) => ({ row, cell: row.cells[kind.key], sum: i === 0 })).filter((x): x is { row: Row; cell: Cell; sum: boolean } => x.cell !== undefined)
  if (lines.length === 0) return <Empty>{t('record.oversight.nobody')}</Empty>
  return (
    <div className={styles.wide}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t('record.oversight.unit')}</th>
            {shown.map((s) => (
              <th key={s} scope="col">
                {t(`record.oversight.step.${s}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ row, cell, sum }) => (
            <tr key={row.unit_id} data-sum={sum || undefined}>
              <th scope="row">
                {sum ? t('record.oversight.sum') : <Link to={oversightAddress(row.unit_id)}>{row.name}</Link>} {!sum && terms.kind(row.unit_kind) !== row.name && <span className={styles.quiet}>{terms.kind(row.unit_kind)}</span>}
              </th>
              {shown.map((s, i) => (
                <td key={s} data-label={t(`record.oversight.step.${s}`)} data-none={cell[s] === 0 || undefined} data-idle={(s === 'planned' && cell[s] === 0) || undefined} data-short={(kind.over && i > 0 && cell[s] < cell.due) || undefined}>
                  <span>{cell[s]}</span>
                  {s === 'planned' && cell[s] === 0 && <span className={styles.none}>{t(kind.over ? 'record.oversight.noneHeld' : 'record.oversight.nonePlanned')}</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
