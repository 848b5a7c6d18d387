import { Button, Input } from 'antd'
import { useId, type ReactNode } from 'react'
import { useTerms } from '~/shared/profile/profile'
import { useWords } from '~/shared/words/words'
import type { AnswerView, Field, Form } from '../queries'
import { askedFields, totalOf, type Filled, type Row } from '../state'
import { FileField, FileList } from './FileField'
import styles from './parts.module.css'

interface Props {
  form: Form
  filled: Filled
  set: (key: string, value: unknown) => void
  faults?: Record<string, string[]>
}

/** The questions of a form, one under another, with room for a thumb. */
export function Questions({ form, filled, set, faults = {} }: Props) {
  return (
    <div className={styles.questions}>
      {askedFields(form, filled).map((f) => (
        <Question key={f.key} f={f} form={form} filled={filled} set={(v) => set(f.key, v)} faults={faults[f.key] ?? []} />
      ))}
    </div>
  )
}

function Question({ f, form, filled, set, faults }: { f: Field; form: Form; filled: Filled; set: (value: unknown) => void; faults: string[] }) {
  const { t } = useWords()
  const { say } = useTerms()
  const id = useId()
  const help = `${id}-help`
  const title = (
    <>
      {say(f.label)}
      {!f.required && f.kind !== 'total' && <span className={styles.optional}>{t('common.optional')}</span>}
    </>
  )
  const foot = (
    <div id={help}>
      {say(f.hint) && <p className={styles.quiet}>{say(f.hint)}</p>}
      {f.sensitive && <p className={styles.quiet}>{t('rollcall.sheet.sensitive')}</p>}
      {faults.map((line) => (
        <p key={line} className={styles.fault} role="alert">
          {line}
        </p>
      ))}
    </div>
  )
  if (f.kind === 'total') {
    const sum = totalOf(f, form, filled)
    return (
      <div className={styles.question} data-field={f.key}>
        <p>{title}</p>
        <output className={styles.total}>{sum === undefined ? '—' : `${Number(sum.toFixed(4))}${say(f.measure)}`}</output>
        {foot}
      </div>
    )
  }
  if (f.kind === 'choice') {
    const chosen = filled[f.key]
    const list = Array.isArray(chosen) ? (chosen as string[]) : []
    return (
      <fieldset className={styles.question} data-field={f.key} aria-describedby={help}>
        <legend>{title}</legend>
        <div className={styles.options}>
          {(f.options ?? []).map((o) => (
            <label key={o.key} className={styles.option}>
              <input
                type={f.multiple ? 'checkbox' : 'radio'}
                name={id}
                checked={f.multiple ? list.includes(o.key) : chosen === o.key}
                onChange={(e) => set(f.multiple ? (e.target.checked ? [...list, o.key] : list.filter((k) => k !== o.key)) : o.key)}
              />
              {say(o.label)}
            </label>
          ))}
        </div>
        {foot}
      </fieldset>
    )
  }
  if (f.kind === 'table') {
    const rows = (filled[f.key] as Row[] | undefined) ?? []
    return (
      <fieldset className={styles.question} data-field={f.key} aria-describedby={help}>
        <legend>{title}</legend>
        {rows.map((row, i) => (
          <div key={i} className={styles.tableRow}>
            {(f.columns ?? []).map((c) => (
              <Cell key={c.key} f={c} value={row[c.key]} set={(v) => set(rows.map((r, k) => (k === i ? { ...r, [c.key]: v } : r)))} />
            ))}
            <Button onClick={() => set(rows.filter((_, k) => k !== i))} aria-label={t('rollcall.sheet.removeRow', { n: i + 1 })}>
              {t('common.remove')}
            </Button>
          </div>
        ))}
        <div>
          <Button size="large" onClick={() => set([...rows, {}])}>
            {t('rollcall.sheet.addRow')}
          </Button>
        </div>
        {foot}
      </fieldset>
    )
  }
  if (f.kind === 'file') {
    return (
      <fieldset className={styles.question} data-field={f.key} aria-describedby={help}>
        <legend>{title}</legend>
        <FileField id={id} describedBy={help} f={f} value={filled[f.key]} set={set} bad={faults.length > 0} />
        {foot}
      </fieldset>
    )
  }
  return (
    <div className={styles.question} data-field={f.key}>
      <label htmlFor={id}>{title}</label>
      <One id={id} describedBy={help} f={f} value={filled[f.key]} set={set} bad={faults.length > 0} />
      {foot}
    </div>
  )
}

function Cell({ f, value, set }: { f: Field; value: unknown; set: (value: unknown) => void }) {
  const { say } = useTerms()
  if (f.kind === 'choice')
    return (
      <label>
        {say(f.label)}
        <select value={text(value)} onChange={(e) => set(e.target.value)}>
          <option value="" />
          {(f.options ?? []).map((o) => (
            <option key={o.key} value={o.key}>
              {say(o.label)}
            </option>
          ))}
        </select>
      </label>
    )
  return (
    <label>
      {say(f.label)}
      <One f={f} value={value} set={set} />
    </label>
  )
}

const text = (v: unknown) => (typeof v === 'string' || typeof v === 'number' ? String(v) : '')

function One({ id, describedBy, f, value, set, bad }: { id?: string; describedBy?: string; f: Field; value: unknown; set: (value: unknown) => void; bad?: boolean }): ReactNode {
  const { say } = useTerms()
  const common = { id, size: 'large' as const, value: text(value), 'aria-describedby': describedBy, 'aria-invalid': bad, status: bad ? ('error' as const) : undefined }
  switch (f.kind) {
    case 'number':
      return <Input {...common} inputMode={f.min !== undefined && f.min >= 0 ? (f.decimals ? 'decimal' : 'numeric') : 'text'} suffix={say(f.measure)} onChange={(e) => set(e.target.value)} />
    case 'date':
      return <Input {...common} type="date" min={f.from} max={f.to} onChange={(e) => set(e.target.value)} />
    case 'text':
      return <Input.TextArea {...common} autoSize={{ minRows: 2 }} maxLength={f.limit || 500} onChange={(e) => set(e.target.value)} />
    default:
      return <Input {...common} maxLength={100} onChange={(e) => set(e.target.value)} />
  }
}

/** What was answered, to be read. */
export function Answered({ form, values }: { form: Form; values: Record<string, unknown> | undefined }) {
  const { say } = useTerms()
  const word = (f: Field, v: unknown): string => {
    if (f.kind === 'choice') {
      const chosen = Array.isArray(v) ? (v as unknown[]) : [v]
      return (f.options ?? []).filter((o) => chosen.includes(o.key)).map((o) => say(o.label)).join(' · ')
    }
    if (f.kind === 'table') return ((v as Row[] | undefined) ?? []).map((row) => (f.columns ?? []).map((c) => word(c, row[c.key])).filter(Boolean).join(' · ')).join('\n')
    return v === undefined || v === null ? '' : `${text(v)}${say(f.measure)}`
  }
  return (
    <dl className={styles.dl}>
      {(form.fields ?? [])
        .filter((f) => values?.[f.key] !== undefined)
        .map((f) => (
          <div key={f.key}>
            <dt>{say(f.label)}</dt>
            <dd>{f.kind === 'file' ? <FileList value={values?.[f.key]} /> : word(f, values?.[f.key])}</dd>
          </div>
        ))}
    </dl>
  )
}

/** An answer of any kind, to be read. */
export function Said({ form, answer }: { form: Form; answer: Pick<AnswerView, 'kind' | 'values' | 'reason'> }) {
  const { t } = useWords()
  if (answer.kind === 'given') return <p>{t('rollcall.anonymous.given')}</p>
  if (answer.kind === 'nil') return <p>{t('rollcall.kind.nilSaid')}</p>
  if (answer.kind === 'na') return <p>{t('rollcall.kind.naSaid', { reason: answer.reason })}</p>
  return <Answered form={form} values={answer.values} />
}
