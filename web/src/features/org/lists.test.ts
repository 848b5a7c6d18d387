import { expect, test } from 'vitest'
import { csv } from './csv'
import { changedFields, wordChange } from './audit'
import { keys, stale, type RollItem, type WhereItem } from './queries'
import { gathered, matches } from './roll'
import { careFirst, countPlaces } from './whereabouts'
import { makeTerms } from '~/shared/profile/profile'
import type { Me } from '~/shared/me/me'

const at = (person_id: string, place: string, more: Partial<WhereItem> = {}) =>
  ({ person_id, name: person_id, care: false, over: false, where: { place, note: '', until: '', updated_at: null }, ...more }) as WhereItem

test('places are counted in the order of the profile; silence is last and never left out', () => {
  const list = [at('1', 'home'), at('2', ''), at('3', 'office'), at('4', 'home'), at('5', 'a place of an older profile')]
  expect(countPlaces(list, ['office', 'home', 'hospital'])).toEqual([
    { place: 'office', count: 1 },
    { place: 'home', count: 2 },
    { place: 'a place of an older profile', count: 1 },
    { place: '', count: 1 },
  ])
  expect(countPlaces([], ['office'])).toEqual([])
})

test('those who may need help come first, then those whose date has passed; the rest keep their order', () => {
  const list = [at('a', 'home'), at('b', 'home', { over: true }), at('c', 'hospital', { care: true }), at('d', 'office')]
  expect(careFirst(list).map((w) => w.person_id)).toEqual(['c', 'b', 'a', 'd'])
  expect(list[0]?.person_id).toBe('a') // the list itself stays as it is
})

test('somebody with two positions is one line of the roll, where they first stand', () => {
  const item = (id: string, person_id: string, position: string) => ({ id, person_id, name: `Li ${person_id}`, position, sign_in: false }) as RollItem
  const lines = gathered([item('1', 'a', 'secretary'), item('2', 'b', 'member'), item('3', 'a', 'recorder')])
  expect(lines.map((l) => [l.personId, l.items.map((m) => m.position)])).toEqual([
    ['a', ['secretary', 'recorder']],
    ['b', ['member']],
  ])
  expect(matches(lines[0]!, ' li A')).toBe(true)
  expect(matches(lines[0]!, 'b')).toBe(false)
})

test('the audit names the fields that differ, never a value', () => {
  expect(changedFields({ name: 'Old', code: '7' }, { name: 'New', code: '7', phone: 'changed' })).toEqual(['name', 'phone'])
  expect(changedFields(null, undefined)).toEqual([])
  const said: string[] = []
  const t = ((key: string, params?: Record<string, unknown>) => {
    said.push(key)
    return `${key} ${JSON.stringify(params ?? {})}`
  }) as never
  expect(wordChange(t, makeTerms(undefined, 'en'), { action: 'person.change', before: { name: 'Old' }, after: { name: 'New' } })).not.toMatch(/Old|New/)
  expect(said).toContain('org.field.name')
})

test('an event makes stale what shows it, and nothing else', () => {
  const me = { person: { id: '7', name: '' } } as Me
  const event = (topic: string, kind: string, id = '') => stale({ topic, kind, id, version: 1 }, me)
  expect(event('whereabouts:5', 'whereabouts')).toEqual([keys.unitWhere('5')])
  expect(event('unit:5', 'people')).toEqual([keys.roll('5'), keys.unit('5')])
  expect(event('person:me', 'person', '7')).toContainEqual(['me'])
  expect(event('person:me', 'person', '8')).not.toContainEqual(['me'])
  expect(event('room:5', 'people')).toEqual([])
})

test('a table for a spreadsheet quotes what must be and disarms formulas', () => {
  expect(csv([['行', '原因'], [3, '“a”,b'], [4, 'x"y'], [5, '=1+1'], [6, '-']])).toBe("\uFEFF行,原因\r\n3,\"“a”,b\"\r\n4,\"x\"\"y\"\r\n5,'=1+1\r\n6,'-\r\n")
})
