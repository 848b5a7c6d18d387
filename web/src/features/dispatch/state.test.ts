import { expect, test } from 'vitest'
import type { Dispatch } from './queries'
import { faceOf, placeOf } from './state'

const one = (part: Partial<Dispatch>, mine: Partial<Dispatch['mine']> = {}) =>
  ({ id: '1', state: 'open', held: 0, wanted: 1, abilities: [], ...part, mine: { asker: false, asked: true, ringing: false, passed: false, until_at: null, ...mine } }) as Dispatch

test('what waits for a word of mine comes first', () => {
  expect(placeOf(one({ abilities: ['claim', 'pass'] }))).toBe('forMe')
  expect(placeOf(one({ abilities: ['claim'] }, { passed: true }))).toBe('others')
  expect(placeOf(one({ held: 1 }))).toBe('others')
  expect(placeOf(one({}, { claim: 'holding' }))).toBe('holding')
  expect(placeOf(one({}, { asker: true }))).toBe('mine')
})

test('it rings while there is a seat, and tells who was a moment later', () => {
  expect(faceOf(one({}, { ringing: true }), undefined)).toBe('ringing')
  expect(faceOf(one({ held: 1 }), undefined)).toBe('taken')
  expect(faceOf(one({ held: 1 }), 'yours')).toBe('yours')
})

test('nothing is told to who answered elsewhere, passed, or where it is off', () => {
  expect(faceOf(undefined, undefined)).toBeUndefined()
  expect(faceOf(one({ held: 1 }, { claim: 'holding' }), undefined)).toBeUndefined()
  expect(faceOf(one({ held: 1 }, { passed: true }), undefined)).toBeUndefined()
  expect(faceOf(one({ state: 'cancelled' }), undefined)).toBeUndefined()
  expect(faceOf(one({}), undefined)).toBeUndefined() // off since
})
