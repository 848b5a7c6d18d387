import { expect, test } from 'vitest'
import { atMySeat, hostStep, speakers, standing } from './turn'
import type { Person, Plan, State, Turn } from './types'

const plan = { stages: [{ key: 'all', mode: 'everyone_speaks' }, { key: 'talk', mode: 'queue' }, { key: 'vote', mode: 'vote' }] } as Plan
const turn = (t: Partial<Turn>) => ({ id: 7, kind: 'speech', person: '1', seat: '11', ...t }) as Turn
const state = (s: Partial<State>): State => ({ phase: 'open', stage: 'talk', turns: [], hands: [], next: '', chair: '9', unheard: { count: 0, people: [] }, ...s }) as State

test('the button says where I stand', () => {
  expect(standing(state({ turns: [turn({})] }), plan, '1').kind).toBe('speaking')
  expect(standing(state({ turns: [turn({ person: '2', reader: '1' })] }), plan, '1').kind).toBe('reading')
  expect(standing(state({ interrupted: turn({}) }), plan, '1').kind).toBe('interrupted')
  expect(standing(state({ hands: ['5', '4', '1'] }), plan, '1')).toEqual({ kind: 'queued', place: 3 })
  expect(standing(state({ hands: ['1'], next: '1' }), plan, '1').kind).toBe('next')
  expect(standing(state({ phase: 'early', stage: '' }), plan, '1').kind).toBe('early')
  expect(standing(state({ stage: 'vote' }), plan, '1').kind).toBe('vote')
})

test('passing is offered where everybody is to speak, to who has not', () => {
  const unheard = { count: 1, people: ['1'] }
  expect(standing(state({ stage: 'all', unheard }), plan, '1')).toMatchObject({ kind: 'idle', mayPass: true, heard: false })
  expect(standing(state({ stage: 'talk', unheard }), plan, '1')).toMatchObject({ mayPass: false })
  expect(standing(state({ stage: 'all', unheard }), plan, '2')).toMatchObject({ mayPass: false, heard: true })
})

test('the host is offered what the meeting waits for, while nobody speaks', () => {
  const stages = [{ key: 'all', state: 'closed' }, { key: 'talk', state: 'pending' }] as State['stages']
  expect(hostStep(state({ phase: 'early', stage: '' }), plan)).toEqual({ kind: 'open' })
  expect(hostStep(state({ stage: '', stages }), plan)).toEqual({ kind: 'begin', stage: 'talk' })
  expect(hostStep(state({ stages }), plan)).toBeUndefined() // a stage is on, and nobody wants to speak
  expect(hostStep(state({ next: '5' }), plan)).toEqual({ kind: 'grant', person: '5' })
  expect(hostStep(state({ next: '5', interrupted: turn({}) }), plan)).toEqual({ kind: 'return', person: '1' })
  expect(hostStep(state({ next: '5', turns: [turn({})] }), plan)).toBeUndefined()
  expect(hostStep(state({ next: '5', motion: { id: '1', state: 'open' } as State['motion'] }), plan)).toBeUndefined()
  expect(hostStep(state({ next: '5', phase: 'over' }), plan)).toBeUndefined()
  expect(hostStep(state({ next: '5' }), { ...plan, practice: true })).toBeUndefined()
})

test('at one screen I come first', () => {
  const people = [{ id: '3', seat: 'a' }, { id: '1', seat: 'a' }, { id: '4', seat: 'b' }, { id: '5' }] as Person[]
  expect(atMySeat(people, 'a', '1').map((p) => p.id)).toEqual(['1', '3'])
  expect(atMySeat(people, undefined, '1')).toEqual([])
})

test('large is who speaks, else the chair', () => {
  const people = [{ id: '9', seat: 'c' }] as Person[]
  expect(speakers(state({ turns: [turn({}), turn({ id: 8, person: '2', seat: '22' })] }), people)).toEqual(['11', '22'])
  expect(speakers(state({}), people)).toEqual(['c'])
  expect(speakers(state({ turns: [turn({ seat: '' })] }), people)).toEqual(['c'])
})
