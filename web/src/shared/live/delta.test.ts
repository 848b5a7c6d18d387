import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { patch, type Delta } from './delta'

// The server makes these very deltas of these states (internal/live/delta_test.go).
const cases = JSON.parse(readFileSync('../internal/live/testdata/deltas.json', 'utf8')) as { says: string; before: unknown; after: unknown; delta: Delta }[]

test.each(cases)('$says', ({ before, after, delta }) => {
  const kept = structuredClone(before)
  expect(patch(before, delta)).toEqual(after)
  expect(before).toEqual(kept)
})

test('what has not changed stays the same object', () => {
  const before = { people: [{ id: '1' }, { id: '2' }], stages: [] }
  const after = patch(before, { in: { people: { put: [{ id: '2' }] } } }) as typeof before
  expect(after.stages).toBe(before.stages)
  expect(after.people[0]).toBe(before.people[0])
  expect(after.people[1]).not.toBe(before.people[1])
})
