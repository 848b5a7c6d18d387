import { expect, test } from 'vitest'
import { placesOf, steps } from './steps'

const unit = (id: string, kind: string, roles: string[] = []) => ({ id, kind, roles, name: '', tree: 'party', path: '', position: '', standing: '' })

test('steps lead to the person’s own places', () => {
  const p = placesOf({ units: [unit('1', 'department'), unit('2', 'branch'), unit('3', 'authority_committee', ['overseer'])] })
  expect(p).toEqual({ branch: '2', committee: '3' })
  expect(steps.find((s) => s.key === 'branch')?.to(p)).toBe('/units/2')
  expect(steps.find((s) => s.key === 'overview')?.to(p)).toBe('/units/3')
})

test('who has no such place has no such step', () => {
  expect(steps.filter((s) => s.to(placesOf({ units: [] }))).map((s) => s.key)).toEqual(['where'])
})
