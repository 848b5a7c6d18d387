// Building a form: what is changed while it is put together, and what of it is sent. Keys are made
// here and never shown; a field keeps its own, so that periods can be compared.
import type { Text } from '~/shared/profile/profile'
import type { Check, Field, Form } from './queries'

/** What an author chooses from; one and many are both choices. */
export const offered = ['one', 'many', 'number', 'text', 'date', 'place', 'table', 'total', 'file'] as const
export type Offered = (typeof offered)[number]

export const nothing: Text = { zh: '', en: '' }
export const fieldsOf = (form: Form): Field[] => form.fields ?? []
export const checksOf = (form: Form): Check[] => form.checks ?? []
export const offeredAs = (f: Field): Offered => (f.kind === 'choice' ? (f.multiple ? 'many' : 'one') : f.kind)

/** The first of q1, q2, … that is free. */
function free(prefix: string, taken: string[]): string {
  for (let n = 1; ; n++) if (!taken.includes(`${prefix}${n}`)) return `${prefix}${n}`
}

export const newOption = (options: { key: string }[]) => ({ key: free('o', options.map((o) => o.key)), label: nothing })

export function newColumn(columns: Field[], kind: Field['kind'] = 'text'): Field {
  return { ...blank(kind), key: free('c', columns.map((c) => c.key)) }
}

function blank(kind: Field['kind']): Omit<Field, 'key'> {
  const first = newOption([])
  const field = { kind, label: nothing }
  if (kind === 'choice') return { ...field, options: [first, newOption([first])] }
  if (kind === 'table') return { ...field, columns: [newColumn([])] }
  if (kind === 'number') return { ...field, min: 0 }
  if (kind === 'total') return { ...field, of: [] }
  return field
}

export const newKey = (form: Form) => free('q', fieldsOf(form).map((f) => f.key))

export function addField(form: Form, as: Offered): Form {
  const kind = as === 'one' || as === 'many' ? 'choice' : as
  return { ...form, fields: [...fieldsOf(form), { ...blank(kind), key: newKey(form), ...(as === 'many' && { multiple: true }) }] }
}

export const changeField = (form: Form, key: string, part: Partial<Field>): Form => ({
  ...form,
  fields: fieldsOf(form).map((f) => (f.key === key ? { ...f, ...part } : f)),
})

export function moveField(form: Form, key: string, by: 1 | -1): Form {
  const fields = [...fieldsOf(form)]
  const at = fields.findIndex((f) => f.key === key)
  const [moved] = fields.slice(at, at + 1)
  if (!moved || at + by < 0 || at + by >= fields.length) return form
  fields.splice(at, 1)
  fields.splice(at + by, 0, moved)
  return { ...form, fields }
}

/** A copy stands right behind. */
export function copyField(form: Form, key: string): Form {
  const fields = fieldsOf(form)
  const at = fields.findIndex((f) => f.key === key)
  const [from] = fields.slice(at, at + 1)
  if (!from) return form
  return { ...form, fields: [...fields.slice(0, at + 1), { ...structuredClone(from), key: newKey(form) }, ...fields.slice(at + 1)] }
}

const pointsAt = (key: string) => (to: string) => to.split('.')[0] === key

/** Takes a field away with what points at it: conditions, parts of totals, checks. */
export function removeField(form: Form, key: string): Form {
  const gone = pointsAt(key)
  const fields = fieldsOf(form)
    .filter((f) => f.key !== key)
    .map((f) => {
      if (f.when?.field === key) return { ...f, when: undefined }
      return f.of?.some(gone) ? { ...f, of: f.of.filter((o) => !gone(o)) } : f
    })
  return { ...form, fields, checks: checksOf(form).filter((c) => !gone(c.left) && !(c.right ?? []).some(gone)) }
}

/** Takes a removal back, and keeps what was changed since: a field that was not touched is as before. */
export function putBack(now: Form, before: Form, after: Form): Form {
  const was = fieldsOf(before)
  const untouched = new Set([...fieldsOf(after), ...checksOf(after)].map((x) => JSON.stringify(x)))
  const fields = fieldsOf(now).map((f) => (untouched.has(JSON.stringify(f)) ? (was.find((w) => w.key === f.key) ?? f) : f))
  for (const [at, f] of was.entries()) if (!fieldsOf(after).some((a) => a.key === f.key) && !fields.some((a) => a.key === f.key)) fields.splice(at, 0, f)
  const checks = [...checksOf(now), ...checksOf(before).filter((c) => !untouched.has(JSON.stringify(c)))]
  return { ...now, fields, checks }
}

/** The fields that a field may look back at: choices and numbers before it. */
export function conditionsFor(form: Form, key: string): Field[] {
  const at = fieldsOf(form).findIndex((f) => f.key === key)
  return fieldsOf(form).slice(0, at).filter((f) => f.kind === 'number' || f.kind === 'choice')
}

/** What a total may add up: numbers before it, and number columns of tables before it. */
export function addable(form: Form, key: string): { key: string; field: Field; column?: Field }[] {
  const at = fieldsOf(form).findIndex((f) => f.key === key)
  return fieldsOf(form)
    .slice(0, at)
    .flatMap((field) => [
      ...(field.kind === 'number' ? [{ key: field.key, field }] : []),
      ...(field.kind === 'table' ? (field.columns ?? []).filter((c) => c.kind === 'number').map((column) => ({ key: `${field.key}.${column.key}`, field, column })) : []),
    ])
}

/** The field that has to stand before this one and does not: a condition and a total look back. */
export function tooEarly(form: Form, f: Field): Field | undefined {
  const fields = fieldsOf(form)
  const at = fields.indexOf(f)
  const looks = [f.when?.field, ...(f.of ?? []).map((o) => o.split('.')[0])]
  return fields.find((other, i) => i > at && looks.includes(other.key))
}

export const newCheck = (form: Form, kind: Check['kind']): Check => ({ key: free('k', checksOf(form).map((c) => c.key)), kind, left: '', right: [], message: nothing })

/** What may stand on either side of a check. */
export const comparable = (form: Form, kind: Check['kind']) => fieldsOf(form).filter((f) => (kind === 'not_before' ? f.kind === 'date' : f.kind === 'number' || f.kind === 'total'))

/** Words in one language alone stand for both: an answerer would rather read the other than nothing. */
export function both(text: Text | undefined): Text {
  const { zh, en } = text ?? nothing
  return { zh: zh.trim() || en.trim(), en: en.trim() || zh.trim() }
}

const maybe = (text: Text | undefined) => {
  const words = both(text)
  return words.zh ? words : undefined
}

/** An anonymous roll call remembers nothing of last time, and seals all of it alike. */
export const withoutNames = (form: Form): Form => ({ ...form, fields: fieldsOf(form).map((f) => ({ ...f, sensitive: undefined, prefill: undefined })) })

/** Without options that were begun and left empty, unless all are. */
export const dropBlank = (form: Form): Form => ({
  ...form,
  fields: fieldsOf(form).map((f) => {
    const said = (f.options ?? []).filter((o) => both(o.label).zh)
    return said.length > 0 && said.length < (f.options ?? []).length ? { ...f, options: said } : f
  }),
})

/** The form as it is sent: nothing of what belongs to another kind, no empty words. */
export function tidy(form: Form, proposed: (c: Check) => Text): Form {
  const sensitive = fieldsOf(form).some((f) => f.sensitive)
  return {
    fields: fieldsOf(dropBlank(form)).map(tidyField),
    ...(checksOf(form).length > 0 && { checks: checksOf(form).map((c) => ({ ...c, message: both(maybe(c.message) ?? proposed(c)) })) }),
    ...(sensitive && { readers: form.readers ?? [] }),
  }
}

function tidyField(f: Field): Field {
  const out: Field = { key: f.key, kind: f.kind, label: both(f.label), hint: maybe(f.hint), when: f.when, sensitive: f.sensitive || undefined, required: (f.kind !== 'total' && f.required) || undefined, prefill: (f.kind !== 'total' && f.prefill) || undefined }
  switch (f.kind) {
    case 'number':
      return { ...out, measure: maybe(f.measure), min: f.min, max: f.max, decimals: f.decimals || undefined }
    case 'total':
      return { ...out, measure: maybe(f.measure), of: f.of }
    case 'choice':
      return { ...out, multiple: f.multiple || undefined, options: (f.options ?? []).map((o) => ({ ...o, label: both(o.label) })) }
    case 'date':
      return { ...out, from: f.from || undefined, to: f.to || undefined }
    case 'table':
      return { ...out, limit: f.limit || undefined, columns: (f.columns ?? []).map(tidyField) }
    default:
      return { ...out, limit: f.limit || undefined }
  }
}

export type Main = keyof Text

/** Words that say the same in both languages are shown to their author once, in the one they write. */
export function once(text: Text | undefined, main: Main): Text {
  if (!text) return nothing
  return text.zh === text.en ? { ...nothing, [main]: text[main] } : text
}

/** Whether anything was written in the other language too. */
export const inBoth = (x: unknown): boolean =>
  typeof x === 'object' && x !== null && ('zh' in x && 'en' in x ? !!x.zh && !!x.en && x.zh !== x.en : Object.values(x).some(inBoth))

/** A form as its author changes it, of one that was kept. */
export function toBuild(form: Form, main: Main): Form {
  const single = (text: Text | undefined) => once(text, main)
  const field = (f: Field): Field => ({
    ...f,
    label: single(f.label),
    hint: single(f.hint),
    measure: single(f.measure),
    options: f.options?.map((o) => ({ ...o, label: single(o.label) })),
    columns: f.columns?.map(field),
  })
  return { ...form, fields: fieldsOf(form).map(field), checks: checksOf(form).map((c) => ({ ...c, message: single(c.message) })) }
}

/** The faults of the server inside a form, by place: "fields[2].options[0].label.zh". */
export function faultsWithin(errors: { name: string; errors: string[] }[]): Record<string, string[]> {
  const out: Record<string, string[]> = {}
  for (const { name, errors: words } of errors) {
    // What is wrong with the words of one language is said once.
    const at = /^form\.(.+?)(\.zh|\.en)?$/.exec(name)?.[1]
    if (at) out[at] = [...new Set([...(out[at] ?? []), ...words])]
  }
  return out
}

/** Whether anything is wrong at or below a place. */
export const faultyAt = (faults: Record<string, string[]>, at: string) => Object.keys(faults).some((place) => place === at || place.startsWith(`${at}.`) || place.startsWith(`${at}[`))
