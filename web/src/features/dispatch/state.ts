// What a dispatch is to the reader.
import type { Dispatch } from './queries'

export const address = (id: string) => `/dispatches/${id}`

export type Place = 'forMe' | 'holding' | 'mine' | 'others'

/** Where it stands among the reader's: what waits for a word of theirs comes first. */
export function placeOf(d: Dispatch): Place {
  if (d.mine.claim === 'holding') return 'holding'
  if (d.mine.asker) return 'mine'
  return d.abilities?.includes('claim') && !d.mine.passed ? 'forMe' : 'others'
}

/** Which of the ring's faces is shown; undefined: none any more. */
export type Face = 'ringing' | 'yours' | 'taken'

/**
 * The face of what rings here, as it was and as it is now. Who answered on another device, or where
 * there is nothing left to answer, need not be told anything.
 */
export function faceOf(d: Dispatch | undefined, answered: 'yours' | 'taken' | undefined): Face | undefined {
  if (answered) return answered
  if (!d || d.state !== 'open' || d.mine.claim || d.mine.passed) return undefined
  if (d.mine.ringing) return 'ringing'
  return d.held >= d.wanted ? 'taken' : undefined
}
