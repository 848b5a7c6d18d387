import { expect, test } from 'vitest'
import { byHand, byNetwork, judge, startLadder, step, type Ladder, type Sample } from './ladder'

const every = 4000
/** Feeds samples four seconds apart. */
function feed(l: Ladder, from: number, samples: Omit<Sample, 'at'>[]): Ladder {
  return samples.reduce((x, s, i) => step(x, { ...s, at: from + i * every }), l)
}
const good = (n: number) => Array.from({ length: n }, () => ({ rtt: 40, loss: 0, quality: 'good' as const }))
const lossy = { loss: 0.1, rtt: 80 }

test('it starts where the device says that the line is', () => {
  expect(startLadder(undefined, 0).rung).toBe('')
  expect(startLadder({ effectiveType: '2g' }, 0).rung).toBe('audio')
  expect(startLadder({ effectiveType: '4g', saveData: true }, 0)).toMatchObject({ rung: 'no_faces', why: 'saver' })
})

test('one bad moment is not enough, two are; the reason is kept', () => {
  const l = feed(startLadder(undefined, 0), 0, [lossy])
  expect(l.rung).toBe('')
  expect(step(l, { at: every, ...lossy })).toMatchObject({ rung: 'no_faces', why: 'loss' })
})

test('an awful line takes two steps at once', () => {
  expect(feed(startLadder(undefined, 0), 0, [{ rtt: 4000 }])).toMatchObject({ rung: 'papers', why: 'delay' })
})

test('after a step the line gets time to show the difference', () => {
  const l = feed(startLadder(undefined, 0), 0, [lossy, lossy])
  expect(step(l, { at: 2 * every, loss: 0.5 }).rung).toBe('no_faces')
  expect(step(l, { at: 4 * every, loss: 0.5 }).rung).toBe('audio')
})

test('it never goes below sound, and never above everything', () => {
  let l = startLadder(undefined, 0)
  l = feed(l, 0, Array.from({ length: 40 }, () => ({ loss: 0.4 })))
  expect(l.rung).toBe('audio')
  l = feed(l, 200_000, good(400))
  expect(l.rung).toBe('')
})

test('coming up is slow, and slower after it was too early', () => {
  let l = feed(startLadder(undefined, 0), 0, [lossy, lossy])
  l = feed(l, 10_000, good(7))
  expect(l.rung).toBe('no_faces')
  l = feed(l, 38_000, good(2))
  expect(l).toMatchObject({ rung: '', why: 'better' })
  l = feed(l, 50_000, [lossy, lossy])
  expect(l).toMatchObject({ rung: 'no_faces', patience: 60_000 })
})

test('a line that is neither good nor bad stays where it is', () => {
  const l = feed(feed(startLadder(undefined, 0), 0, [lossy, lossy]), 10_000, Array.from({ length: 60 }, () => ({ rtt: 700 })))
  expect(l.rung).toBe('no_faces')
})

test('by hand it stays, until the network may choose again', () => {
  let l = byHand(startLadder(undefined, 0), 'papers', 0)
  l = feed(l, 0, good(60))
  expect(l).toMatchObject({ rung: 'papers', why: 'hand' })
  l = feed(byNetwork(l, 300_000), 304_000, good(20))
  expect(l.rung).not.toBe('papers')
})

test('what is not known is not held against the line', () => {
  expect(judge({ at: 0, quality: 'unknown' }).verdict).toBe('good')
})
