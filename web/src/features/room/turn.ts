// Where somebody stands with speaking, as the large button says it.
import type { Person, Plan, State, Turn } from './types'

export type Standing =
  | { kind: 'speaking'; turn: Turn }
  /** Reads somebody's statement aloud, or relays the telephone. */
  | { kind: 'reading'; turn: Turn }
  /** Was interrupted by the host; goes on afterwards. */
  | { kind: 'interrupted' }
  | { kind: 'next' }
  /** place counts from 1. */
  | { kind: 'queued'; place: number }
  | { kind: 'early' }
  | { kind: 'vote' }
  | { kind: 'idle'; heard: boolean; mayPass: boolean }

export function standing(state: State, plan: Plan, person: string): Standing {
  const turns = state.turns ?? []
  const mine = turns.find((t) => t.person === person && !t.reader && t.kind !== 'statement')
  if (mine) return { kind: 'speaking', turn: mine }
  const reads = turns.find((t) => t.reader === person)
  if (reads) return { kind: 'reading', turn: reads }
  if (state.interrupted?.person === person) return { kind: 'interrupted' }
  const place = (state.hands ?? []).indexOf(person) + 1
  if (state.next === person) return { kind: 'next' }
  if (place > 0) return { kind: 'queued', place }
  if (state.phase === 'early') return { kind: 'early' }
  const mode = plan.stages?.find((s) => s.key === state.stage)?.mode
  if (mode === 'vote') return { kind: 'vote' }
  const everyone = mode === 'round' || mode === 'everyone_speaks'
  const unheard = (state.unheard.people ?? []).includes(person)
  return { kind: 'idle', heard: !unheard && state.unheard.count <= (state.unheard.people ?? []).length, mayPass: everyone && unheard }
}

/** What the meeting waits for its host to do, while nobody speaks. */
export type HostStep =
  | { kind: 'open' }
  | { kind: 'begin'; stage: string }
  /** Lets who was interrupted go on. */
  | { kind: 'return'; person: string }
  | { kind: 'grant'; person: string }

export function hostStep(state: State, plan: Plan): HostStep | undefined {
  if (plan.practice || (state.turns ?? []).length > 0 || state.motion?.state === 'open') return undefined
  if (state.phase === 'early') return { kind: 'open' }
  if (state.phase !== 'open') return undefined
  if (state.interrupted) return { kind: 'return', person: state.interrupted.person }
  if (state.next) return { kind: 'grant', person: state.next }
  const pending = state.stage ? undefined : state.stages?.find((s) => s.state === 'pending')
  return pending && { kind: 'begin', stage: pending.key }
}

/** Everybody who sits at the same screen, the one whose session it is first. */
export function atMySeat(people: Person[], seat: string | undefined, me: string): Person[] {
  if (!seat) return []
  return people.filter((p) => p.seat === seat).sort((a, b) => Number(b.id === me) - Number(a.id === me))
}

/** The seats whose picture is large: who speaks; nobody speaking, the chair. */
export function speakers(state: State, people: Person[]): string[] {
  const seats = (state.turns ?? []).map((t) => t.seat).filter(Boolean)
  if (seats.length) return [...new Set(seats)]
  const chair = people.find((p) => p.id === state.chair)?.seat
  return chair ? [chair] : []
}
