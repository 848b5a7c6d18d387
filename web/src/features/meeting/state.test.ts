import { expect, test } from 'vitest'
import { standing } from './state'

const at = (s: string) => new Date(`2020-02-20T${s}:00Z`)
const m = { status: 'announced' as const, starts_at: '2020-02-20T09:00:00Z', opened_at: null }

test('doors open half an hour before the start', () => {
  expect(standing(m, at('08:29'))).toBe('coming')
  expect(standing(m, at('08:30'))).toBe('doors')
  expect(standing(m, at('09:10'))).toBe('doors')
})

test('what was opened is going on until it is over', () => {
  expect(standing({ ...m, opened_at: '2020-02-20T08:58:00Z' }, at('12:00'))).toBe('going')
  expect(standing({ ...m, opened_at: '2020-02-20T08:58:00Z', status: 'over' }, at('12:00'))).toBe('over')
})

test('a draft is a draft whatever the clock says', () => {
  expect(standing({ ...m, status: 'draft' }, at('09:30'))).toBe('draft')
  expect(standing({ ...m, status: 'cancelled' }, at('09:30'))).toBe('cancelled')
})
