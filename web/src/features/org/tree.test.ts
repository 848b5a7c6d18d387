import { describe, expect, test } from 'vitest'
import type { UnitItem } from './queries'
import { pathIds, rowsOf, step, type Known, type Row } from './tree'

const unit = (id: string, children = 0) => ({ id, name: id, children, members: 0 }) as unknown as UnitItem
const piece = (items: UnitItem[], next = ''): Known => ({ piece: { items, next } })
const ids = (rows: Row[]) => rows.map((r) => (r.kind === 'unit' ? `${'-'.repeat(r.level - 1)}${r.unit.id}` : `${r.kind} ${r.parent}`))

const tree: Record<string, Known[]> = {
  top: [piece([unit('a', 3), unit('b')])],
  a: [piece([unit('a1', 1), unit('a2')], 'after a2'), piece([unit('a3')])],
  a1: ['waiting'],
}
const pieces = (parent: string) => tree[parent] ?? []

describe('rows of a tree', () => {
  test('what is closed hides what is under it', () => {
    expect(ids(rowsOf('top', new Set(), pieces))).toEqual(['a', 'b'])
  })

  test('what is open shows every piece that is known, in order', () => {
    expect(ids(rowsOf('top', new Set(['a']), pieces))).toEqual(['a', '-a1', '-a2', '-a3', 'b'])
  })

  test('what is on its way, or failed, takes the place of what is under it', () => {
    expect(ids(rowsOf('top', new Set(['a', 'a1']), pieces))).toEqual(['a', '-a1', 'waiting a1', '-a2', '-a3', 'b'])
    expect(ids(rowsOf('top', new Set(), () => ['failed']))).toEqual(['failed top'])
  })

  test('another piece is asked for where it would stand', () => {
    const long = (parent: string) => (parent === 'a' ? [piece([unit('a1'), unit('a2')], 'after a2')] : pieces(parent))
    expect(ids(rowsOf('top', new Set(['a']), long))).toEqual(['a', '-a1', '-a2', 'more a', 'b'])
  })

  test('each unit knows its place among how many, also while not all are read', () => {
    const long = (parent: string) => (parent === 'a' ? [piece([unit('a1')], 'after a1')] : pieces(parent))
    const [a, a1] = rowsOf('top', new Set(['a']), long)
    expect(a).toMatchObject({ place: 1, of: 2 })
    expect(a1).toMatchObject({ place: 1, of: 3 })
  })

  test('a unit that has nothing under it does not open', () => {
    expect(rowsOf('top', new Set(['b']), pieces).find((r) => r.kind === 'unit' && r.unit.id === 'b')).toMatchObject({ open: false })
  })
})

describe('arrow keys', () => {
  const rows = rowsOf('top', new Set(['a', 'a1']), pieces) // a, a1, waiting, a2, a3, b

  test('down and up go from unit to unit and stop at the ends', () => {
    expect(step(rows, 0, 'ArrowDown')).toEqual({ go: 1 })
    expect(step(rows, 1, 'ArrowDown')).toEqual({ go: 3 }) // not to what is being read
    expect(step(rows, 3, 'ArrowUp')).toEqual({ go: 1 })
    expect(step(rows, 0, 'ArrowUp')).toBeUndefined()
    expect(step(rows, 5, 'ArrowDown')).toBeUndefined()
    expect(step(rows, 3, 'Home')).toEqual({ go: 0 })
    expect(step(rows, 0, 'End')).toEqual({ go: 5 })
  })

  test('right opens, then goes in; left closes, then goes out', () => {
    const closed = rowsOf('top', new Set(), pieces)
    expect(step(closed, 0, 'ArrowRight')).toEqual({ toggle: 'a' })
    expect(step(rows, 0, 'ArrowRight')).toEqual({ go: 1 })
    expect(step(rows, 5, 'ArrowRight')).toBeUndefined()
    expect(step(rows, 0, 'ArrowLeft')).toEqual({ toggle: 'a' })
    expect(step(rows, 4, 'ArrowLeft')).toEqual({ go: 0 })
    expect(step(closed, 1, 'ArrowLeft')).toBeUndefined()
  })
})

test('a path names the units above', () => {
  expect(pathIds('/1/20/300/')).toEqual(['1', '20', '300'])
  expect(pathIds('/')).toEqual([])
})
