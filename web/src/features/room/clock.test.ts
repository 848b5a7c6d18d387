import { expect, test } from 'vitest'
import { Offset, soundPlace, turnClock, wordClock } from './clock'
import type { Turn } from './types'

const at = (s: number) => new Date(Date.UTC(2020, 1, 14, 9, 0, s)).toISOString()
const ms = (s: number) => Date.parse(at(s))
const turn = (t: Partial<Turn>): Turn => ({ id: 1, kind: 'speech', person: '1', seat: '2', started_at: at(0), warn_at: at(150), due_at: at(180), ends_at: at(180), paused_at: null, ...t })

test('a turn runs down, warns, and goes into overtime', () => {
  expect(turnClock(turn({}), ms(0))).toEqual({ left: 180, part: 1, phase: 'calm' })
  expect(turnClock(turn({}), ms(90))).toEqual({ left: 90, part: 0.5, phase: 'calm' })
  expect(turnClock(turn({}), ms(150)).phase).toBe('warn')
  expect(turnClock(turn({}), ms(180))).toEqual({ left: 0, part: 0, phase: 'over' })
  expect(turnClock(turn({}), ms(192))).toEqual({ left: -12, part: 0, phase: 'over' })
})

test('a clock that stands shows what was left', () => {
  expect(turnClock(turn({ paused_at: at(60) }), ms(170))).toMatchObject({ left: 120, phase: 'paused' })
})

test('no limit, no countdown', () => {
  expect(turnClock(turn({ due_at: null, warn_at: null, ends_at: null }), ms(500))).toEqual({ left: undefined, part: 1, phase: 'free' })
})

test('minutes and seconds', () => {
  expect([0, 5, 65, 600, -12].map(wordClock)).toEqual(['0:00', '0:05', '1:05', '10:00', '+0:12'])
})

test('the quickest answer knows the time best, and a moved clock is noticed', () => {
  const offset = new Offset()
  offset.measure(at(100), ms(0), ms(0) + 4000)
  expect(offset.ahead).toBe(98_000)
  offset.measure(at(100), ms(0), ms(0) + 200)
  expect(offset.ahead).toBe(99_900)
  offset.measure(at(100), ms(0), ms(0) + 3000)
  expect(offset.ahead).toBe(99_900)
  offset.measure(at(100), ms(3600), ms(3600) + 300)
  expect(offset.ahead).toBe(-3_500_150)
})

test('a recording is where its turn is', () => {
  const played = turn({ sound_ms: 30_000, due_at: at(32) }) // begins at second 2
  expect([0, 2, 12, 32].map((s) => soundPlace(played, ms(s)))).toEqual([-2, 0, 10, 30])
  // Stood still from second 12 to 20: the end moves, the place does not.
  expect(soundPlace({ ...played, paused_at: at(12) }, ms(19))).toBe(10)
  expect(soundPlace({ ...played, due_at: at(40) }, ms(20))).toBe(10)
})
