// A day in February: the steps of the guided walk, each in the real pages. Words stand under
// walk.step.<key>; who is the demonstration's sign-in that sees it best.
import type { Me } from '~/shared/me/me'

export interface Places {
  branch?: string
  meeting?: string
  committee?: string
}

export interface Step {
  key: string
  who: 'anyone' | 'secretary' | 'overseer'
  /** Where it happens; undefined when this person has no such place. */
  to: (p: Places) => string | undefined
  /** The room is a program of its own. */
  plain?: boolean
}

export const steps: Step[] = [
  { key: 'where', who: 'anyone', to: () => '/me' },
  { key: 'rollcall', who: 'anyone', to: (p) => p.branch && '/rollcalls' },
  { key: 'dispatch', who: 'anyone', to: (p) => p.branch && '/dispatches/new' },
  { key: 'branch', who: 'anyone', to: (p) => p.branch && `/units/${p.branch}` },
  { key: 'meeting', who: 'secretary', to: (p) => p.meeting && `/meetings/${p.meeting}` },
  { key: 'links', who: 'secretary', to: (p) => p.meeting && `/meetings/${p.meeting}/links` },
  { key: 'room', who: 'anyone', to: (p) => p.meeting && `/room/${p.meeting}`, plain: true },
  { key: 'record', who: 'secretary', to: (p) => p.meeting && `/meetings/${p.meeting}/record` },
  { key: 'counts', who: 'overseer', to: (p) => p.committee && '/rollcalls' },
  { key: 'overview', who: 'overseer', to: (p) => p.committee && `/units/${p.committee}` },
]

/** The units of a person that the steps lead to. */
export function placesOf(me: Pick<Me, 'units'>): Pick<Places, 'branch' | 'committee'> {
  return {
    branch: me.units.find((u) => u.kind === 'branch')?.id,
    committee: me.units.find((u) => u.kind.endsWith('committee') && u.roles.includes('overseer'))?.id,
  }
}
