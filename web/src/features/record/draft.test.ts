import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Problem } from '~/shared/api/problem'
import { Draft, type Saved, type Shelf } from './draft'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function shelf(value: string | null = null): Shelf & { held: () => string | null } {
  return { get: () => value, put: (v) => void (value = v), held: () => value }
}
const from = { text: 'a', version: 1 }
const good = () => vi.fn(async (text: string, version: number): Promise<Saved> => ({ text, version: version + 1 }))

test('typing is saved once it pauses, and the copy in the browser goes', async () => {
  const save = good()
  const kept = shelf()
  const d = new Draft({ from, save, shelf: kept })
  d.type('ab')
  d.type('abc')
  expect(kept.held()).toContain('abc')
  await vi.runAllTimersAsync()
  expect(save.mock.calls).toEqual([['abc', 1]])
  expect(d.get()).toEqual({ value: 'abc', state: 'saved' })
  expect(kept.held()).toBeNull()
})

test('what is typed while saving is saved next, on the new version', async () => {
  const save = good()
  const d = new Draft({ from, save })
  d.type('b')
  const first = d.flush()
  d.type('bc')
  await first
  expect(d.get().state).toBe('typing')
  await vi.runAllTimersAsync()
  expect(save.mock.calls).toEqual([['b', 1], ['bc', 2]])
})

test('where another was quicker both texts stand until one decides', async () => {
  const save = good()
  save.mockRejectedValueOnce(new Problem(412, 'record_text_changed', { text: 'theirs', version: 5, by: 'Yu', at: '2020-02-20T00:00:00Z', yours: 'mine' }))
  const kept = shelf()
  const d = new Draft({ from, save, shelf: kept })
  d.type('mine')
  await vi.runAllTimersAsync()
  expect(d.get()).toMatchObject({ value: 'mine', state: 'conflict', theirs: { text: 'theirs', version: 5, by: 'Yu' } })
  d.type('mine, better')
  await vi.runAllTimersAsync()
  expect(save).toHaveBeenCalledTimes(1)
  expect(kept.held()).toContain('better')
  d.hear({ text: 'theirs', version: 5 })
  expect(d.get().value).toBe('mine, better')
  d.resolve('both')
  await vi.runAllTimersAsync()
  expect(save.mock.calls[1]).toEqual(['both', 5])
  expect(d.get()).toEqual({ value: 'both', state: 'saved' })
})

test('without a network it stays and is tried again; a refusal is said', async () => {
  const save = good()
  save.mockRejectedValueOnce(new Problem(0, 'network'))
  const d = new Draft({ from, save })
  d.type('b')
  await d.flush()
  expect(d.get()).toMatchObject({ value: 'b', state: 'failed' })
  await vi.runAllTimersAsync()
  expect(d.get().state).toBe('saved')
  save.mockRejectedValueOnce(new Problem(409, 'record_signed'))
  d.type('c')
  await vi.runAllTimersAsync()
  expect(d.get()).toMatchObject({ value: 'c', state: 'failed' })
  expect(save).toHaveBeenCalledTimes(3)
})

test('after a reload the unsaved text is back and is sent against what it was written on', async () => {
  const save = good()
  const d = new Draft({ from: { text: 'newer', version: 4 }, save, shelf: shelf(JSON.stringify({ text: 'kept', version: 3 })) })
  expect(d.get()).toMatchObject({ value: 'kept', restored: true })
  await vi.runAllTimersAsync()
  expect(save.mock.calls).toEqual([['kept', 3]])
})

test('what others save shows where nothing is being written', () => {
  const d = new Draft({ from, save: good() })
  d.hear({ text: 'new', version: 2 })
  expect(d.get()).toEqual({ value: 'new', state: 'saved' })
  d.type('mine')
  d.hear({ text: 'newest', version: 3 })
  expect(d.get().value).toBe('mine')
})
