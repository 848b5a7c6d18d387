import { expect, test } from 'vitest'
import type { Form } from './queries'
import { askedFields, fromSent, numberOf, placeOf, toSend, totalOf } from './state'

const label = { zh: '', en: '' }
const form: Form = {
  fields: [
    { key: 'well', kind: 'choice', label, options: [{ key: 'no', label }] },
    { key: 'what', kind: 'text', label, when: { field: 'well', is: ['no'] } },
    { key: 'at_home', kind: 'number', label },
    { key: 'rows', kind: 'table', label, columns: [{ key: 'n', kind: 'number', label }, { key: 'name', kind: 'text', label }] },
    { key: 'sum', kind: 'total', label, of: ['at_home', 'rows.n'] },
  ],
  checks: [{ key: 'fits', kind: 'at_most', left: 'sum', right: ['at_home'], message: label }],
}

test('a condition opens its field, and what is not asked is not sent', () => {
  expect(askedFields(form, {}).map((f) => f.key)).toEqual(['well', 'at_home', 'rows', 'sum'])
  expect(toSend(form, { well: 'no', what: 'a cold' })).toEqual({ well: 'no', what: 'a cold' })
  expect(toSend(form, { what: 'a cold' })).toEqual({})
})

test('blank is never zero: it is left out, and a nought is sent', () => {
  expect(toSend(form, { at_home: '' })).toEqual({})
  expect(toSend(form, { at_home: '0' })).toEqual({ at_home: 0 })
  expect(totalOf(form.fields![4]!, form, {})).toBeUndefined()
  expect(totalOf(form.fields![4]!, form, { at_home: '0' })).toBe(0)
})

test('numbers as they are typed; what is none goes to the server, which says so', () => {
  expect(numberOf('36，6')).toBe(36.6)
  expect(numberOf('1e9')).toBeUndefined()
  expect(toSend(form, { at_home: 'two' })).toEqual({ at_home: 'two' })
})

test('rows: empty ones are left out, and a total adds them up', () => {
  const filled = { at_home: 2, rows: [{ n: '3', name: 'x' }, { name: '' }] }
  expect(toSend(form, filled).rows).toEqual([{ n: 3, name: 'x' }])
  expect(totalOf(form.fields![4]!, form, filled)).toBe(5)
})

test('faults find their place, totals are not read back', () => {
  expect(placeOf(form, 'values.rows[1].n')).toBe('rows')
  expect(placeOf(form, 'checks.fits')).toBe('sum')
  expect(placeOf(form, 'form_version')).toBe('')
  expect(fromSent(form, { at_home: 1, sum: 1, gone: 2 })).toEqual({ at_home: 1 })
})
