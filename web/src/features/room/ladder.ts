// The ladder down for weak networks. Rights are the same on every rung; only
// what is sent over the line becomes less. Going down is quick, coming up again
// is slow, and slower each time it was too early.
import type { Rung } from './types'

/** The rungs that the network chooses among, from the top. */
export const rungs: readonly Rung[] = ['', 'no_faces', 'papers', 'audio']

export type Reason = 'start' | 'loss' | 'delay' | 'quality' | 'saver' | 'hand' | 'better'

export interface Ladder {
  rung: Rung
  /** Chosen by hand: the network does not move it until somebody says so. */
  byHand: boolean
  why: Reason
  bad: number
  goodSince: number | undefined
  /** How long it must be good before going up, in ms. */
  patience: number
  movedAt: number
}

export interface Sample {
  at: number // ms
  rtt?: number // ms
  /** Share of packets lost since the sample before, 0–1. */
  loss?: number
  quality?: 'excellent' | 'good' | 'poor' | 'lost' | 'unknown'
}

const firstPatience = 30_000
const longestPatience = 300_000
const settle = 6_000 // after a step the line needs a moment to show the difference

export interface Connection {
  saveData?: boolean
  effectiveType?: string
}

export function startLadder(connection: Connection | undefined, now: number): Ladder {
  const rung: Rung = connection?.effectiveType === 'slow-2g' || connection?.effectiveType === '2g' ? 'audio' : connection?.saveData || connection?.effectiveType === '3g' ? 'no_faces' : ''
  return { rung, byHand: false, why: rung === '' ? 'start' : connection?.saveData ? 'saver' : 'quality', bad: 0, goodSince: undefined, patience: firstPatience, movedAt: now - settle }
}

type Verdict = 'good' | 'fair' | 'bad' | 'awful'

/** What a sample says of the line, and by which sign. */
export function judge(s: Sample): { verdict: Verdict; why: Reason } {
  if ((s.loss ?? 0) > 0.2) return { verdict: 'awful', why: 'loss' }
  if (s.quality === 'lost') return { verdict: 'awful', why: 'quality' }
  if ((s.rtt ?? 0) > 2500) return { verdict: 'awful', why: 'delay' }
  if ((s.loss ?? 0) > 0.06) return { verdict: 'bad', why: 'loss' }
  if ((s.rtt ?? 0) > 1000) return { verdict: 'bad', why: 'delay' }
  if (s.quality === 'poor') return { verdict: 'bad', why: 'quality' }
  if ((s.loss ?? 0) > 0.02 || (s.rtt ?? 0) > 500) return { verdict: 'fair', why: 'better' }
  return { verdict: 'good', why: 'better' }
}

/** The ladder after one more sample. */
export function step(l: Ladder, s: Sample): Ladder {
  if (l.byHand) return l
  const { verdict, why } = judge(s)
  const i = rungs.indexOf(l.rung)
  if (verdict === 'good') {
    const since = l.goodSince ?? s.at
    if (i <= 0 || s.at - since < l.patience) return { ...l, bad: 0, goodSince: since }
    return { ...l, rung: rungs[i - 1]!, why: 'better', bad: 0, goodSince: s.at, movedAt: s.at }
  }
  if (verdict === 'fair') return { ...l, bad: 0, goodSince: undefined }
  const bad = l.bad + 1
  if (s.at - l.movedAt < settle || (verdict === 'bad' && bad < 2)) return { ...l, bad, goodSince: undefined }
  const next = Math.min(rungs.length - 1, i + (verdict === 'awful' ? 2 : 1))
  if (next === i) return { ...l, bad, goodSince: undefined }
  // Going down soon after coming up: that was too early.
  const early = l.why === 'better' && s.at - l.movedAt < 2 * l.patience
  return { rung: rungs[next]!, byHand: false, why, bad: 0, goodSince: undefined, patience: early ? Math.min(longestPatience, l.patience * 2) : l.patience, movedAt: s.at }
}

export function byHand(l: Ladder, rung: Rung, now: number): Ladder {
  return { ...l, rung, byHand: true, why: 'hand', bad: 0, goodSince: undefined, movedAt: now }
}

/** Lets the network choose again, from where it is now. */
export function byNetwork(l: Ladder, now: number): Ladder {
  return { ...l, rung: l.rung === 'statement' ? 'audio' : l.rung, byHand: false, why: 'start', goodSince: now, patience: firstPatience, movedAt: now }
}
