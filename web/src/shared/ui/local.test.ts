import { expect, test } from 'vitest'
import { setZone } from '~/shared/ui/zone'
import { fromLocal, toLocal } from './local'

test('an instant survives the way through the field, to the minute', () => {
  const at = '2020-02-20T06:30:00.000Z'
  expect(fromLocal(toLocal(at))).toBe(at)
})

test('what is no time is null, not a wrong time', () => {
  expect(fromLocal('')).toBeNull()
  expect(fromLocal('2020-02')).not.toBe('')
  expect(fromLocal('nonsense')).toBeNull()
  expect(toLocal(null)).toBe('')
})

test('the field speaks of the organisation’s clock', () => {
  setZone('Asia/Shanghai')
  expect(toLocal('2020-02-29T15:30:00Z')).toBe('2020-02-29T23:30')
  expect(fromLocal('2020-02-29T23:30')).toBe('2020-02-29T15:30:00.000Z')
  setZone(undefined)
})
