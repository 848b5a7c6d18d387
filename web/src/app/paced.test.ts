import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { paced } from './paced'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('works at once, and once more for all that was asked meanwhile', async () => {
  const a = { name: 'a' }
  const b = { name: 'b' }
  const done: string[] = []
  const ask = paced(({ name }: { name: string }) => Promise.resolve(done.push(name)))
  ask(a)
  ask(b)
  expect(done).toEqual(['a', 'b'])
  for (let i = 0; i < 100; i++) ask(a)
  expect(done).toEqual(['a', 'b'])
  await vi.advanceTimersByTimeAsync(400)
  expect(done).toEqual(['a', 'b', 'a'])
  await vi.advanceTimersByTimeAsync(2000)
  expect(done).toEqual(['a', 'b', 'a'])
  ask(a)
  expect(done).toEqual(['a', 'b', 'a', 'a'])
})

test('rests longer after what took long, and goes on after what failed', async () => {
  const key = {}
  let times = 0
  const ask = paced(() => {
    times++
    return new Promise((_, no) => setTimeout(() => no(new Error('gone')), 1000))
  })
  ask(key)
  ask(key)
  await vi.advanceTimersByTimeAsync(3900)
  expect(times).toBe(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(times).toBe(2)
})
