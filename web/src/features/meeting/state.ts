// Where a meeting stands for its reader, from its times and the clock.
import type { Item } from './queries'

export type Standing = 'draft' | 'cancelled' | 'over' | 'going' | 'doors' | 'coming'

const doors = 30 * 60_000 // the doors open so long before the start

export function standing(m: Pick<Item, 'status' | 'starts_at' | 'opened_at'>, now: Date): Standing {
  if (m.status !== 'announced') return m.status
  if (m.opened_at) return 'going'
  return m.starts_at && now.getTime() >= Date.parse(m.starts_at) - doors ? 'doors' : 'coming'
}

/** The room is a program of its own: a plain link. */
export const roomAddress = (meeting: string) => `/room/${meeting}`
export const meetingAddress = (meeting: string) => `/meetings/${meeting}`
