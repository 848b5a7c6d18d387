// What a form asks, given what is filled in so far; the server checks it all again.
import type { Field, Form, Sending } from './queries'

export type Row = Record<string, unknown>
export type Filled = Record<string, unknown>

export const answerAddress = (period: string, answerer: string) => `/rollcalls/periods/${period}/answers/${answerer}`
export const periodAddress = (period: string, unit?: string) => `/rollcalls/periods/${period}${unit ? `?unit=${unit}` : ''}`
export const returnAddress = (period: string, answerer: string) => `/rollcalls/periods/${period}/returns/${answerer}`
export const rollcallAddress = (rollcall: string) => `/rollcalls/${rollcall}`

const empty = (v: unknown) => v === undefined || v === null || v === '' || (Array.isArray(v) && v.length === 0)

/** A number as it was typed: a comma of a Chinese or European keyboard too. Not one: undefined. */
export function numberOf(v: unknown): number | undefined {
  if (typeof v === 'number') return v
  if (typeof v !== 'string' || !/^\s*-?\d+([.,，]\d*)?\s*$/.test(v)) return undefined
  return Number(v.trim().replace(/[,，]/, '.'))
}

/** Which fields are asked now: a condition looks back, at fields that are asked themselves. */
export function askedFields(form: Form, filled: Filled): Field[] {
  const asked: Field[] = []
  for (const f of form.fields ?? []) {
    const { when } = f
    if (!when) {
      asked.push(f)
      continue
    }
    if (!asked.some((a) => a.key === when.field)) continue
    const v = filled[when.field]
    const chosen = Array.isArray(v) ? v : [v]
    const n = numberOf(v)
    if (when.is?.some((o) => chosen.includes(o)) || (when.above !== undefined && n !== undefined && n > when.above)) asked.push(f)
  }
  return asked
}

/** What a total adds up to so far; undefined while nothing of it is filled in. */
export function totalOf(f: Field, form: Form, filled: Filled): number | undefined {
  const asked = new Set(askedFields(form, filled).map((a) => a.key))
  const parts = (f.of ?? []).flatMap((of) => {
    const [key = '', column] = of.split('.')
    if (!asked.has(key)) return []
    return column ? ((filled[key] as Row[] | undefined) ?? []).map((row) => numberOf(row[column])) : [numberOf(filled[key])]
  })
  const numbers = parts.filter((n) => n !== undefined)
  return numbers.length === 0 ? undefined : numbers.reduce((a, b) => a + b, 0)
}

const typed = (f: Field, v: unknown): unknown => (f.kind === 'number' ? (numberOf(v) ?? v) : v)

/** The values as they are sent: what is asked and filled in, numbers as numbers, totals left to the server. */
export function toSend(form: Form, filled: Filled): NonNullable<Sending['values']> {
  const out: Filled = {}
  for (const f of askedFields(form, filled)) {
    const v = filled[f.key]
    if (f.kind === 'total' || empty(v)) continue
    if (f.kind !== 'table') {
      out[f.key] = typed(f, v)
      continue
    }
    const rows = (v as Row[]).map((row) => Object.fromEntries((f.columns ?? []).filter((c) => !empty(row[c.key])).map((c) => [c.key, typed(c, row[c.key])])))
    const kept = rows.filter((row) => Object.keys(row).length > 0)
    if (kept.length > 0) out[f.key] = kept
  }
  return out
}

/** What is read from an answer or a draft, ready to be changed. */
export function fromSent(form: Form, values: Record<string, unknown> | undefined): Filled {
  const known = new Set((form.fields ?? []).filter((f) => f.kind !== 'total').map((f) => f.key))
  return Object.fromEntries(Object.entries(values ?? {}).filter(([key]) => known.has(key)))
}

/** Where a fault of the server is shown: at a field, else under "" on top. A check stands at its left side. */
export function placeOf(form: Form, fault: string): string {
  const [, check] = /^checks\.([a-z0-9_]+)$/.exec(fault) ?? []
  if (check) return (form.checks ?? []).find((c) => c.key === check)?.left.split('.')[0] ?? ''
  const [, field] = /^values\.([a-z0-9_]+)/.exec(fault) ?? []
  return field ?? (fault === 'reason' ? 'reason' : '')
}
