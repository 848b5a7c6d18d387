// The tree as the list of rows that are in sight: pure, so that it can be tested.
import type { UnitItem } from './queries'

export interface UnitRow {
  kind: 'unit'
  unit: UnitItem
  level: number // from 1
  open: boolean
  /** Its place among its siblings, from 1; how many there are, -1 when not all are known. */
  place: number
  of: number
}

export interface OtherRow {
  /** waiting: being read. more: there is another piece. failed: could not be read. */
  kind: 'waiting' | 'more' | 'failed'
  parent: string
  level: number
}

export type Row = UnitRow | OtherRow

export interface Piece {
  items: UnitItem[]
  next: string
}

/** One piece of a list of children as far as it is known. */
export type Known = { piece: Piece } | 'waiting' | 'failed'

/** Gives the pieces of a parent that are wanted, in order; the last one may be on its way. */
export type Pieces = (parent: string) => Known[]

/**
 * The rows of a tree, from the top. Only units in `open` show what is under them, and only as
 * many pieces of it as are wanted.
 */
export function rowsOf(top: string, open: ReadonlySet<string>, pieces: Pieces): Row[] {
  const rows: Row[] = []
  const walk = (parent: string, level: number, expected: number | undefined) => {
    const known = pieces(parent)
    let place = 0
    const total = known.every((k) => typeof k === 'object') && lastNext(known) === '' ? count(known) : (expected ?? -1)
    for (const k of known) {
      if (typeof k === 'string') {
        rows.push({ kind: k, parent, level })
        return
      }
      for (const unit of k.piece.items) {
        const isOpen = open.has(unit.id) && unit.children > 0
        rows.push({ kind: 'unit', unit, level, open: isOpen, place: ++place, of: total })
        if (isOpen) walk(unit.id, level + 1, unit.children)
      }
    }
    if (lastNext(known) !== '') rows.push({ kind: 'more', parent, level })
  }
  walk(top, 1, undefined)
  return rows
}

function count(known: Known[]): number {
  return known.reduce((n, k) => n + (typeof k === 'object' ? k.piece.items.length : 0), 0)
}

function lastNext(known: Known[]): string {
  const last = known.at(-1)
  return typeof last === 'object' ? last.piece.next : ''
}

/** The ids in a path: "/1/20/" → ["1", "20"]. */
export function pathIds(path: string): string[] {
  return path.split('/').filter(Boolean)
}

/** Where the arrow keys lead from a row; undefined: stay. */
export function step(rows: Row[], at: number, key: string): { go: number } | { toggle: string } | undefined {
  const row = rows[at]
  if (!row) return undefined
  const next = (from: number, by: 1 | -1) => {
    for (let i = from + by; i >= 0 && i < rows.length; i += by) if (rows[i]?.kind === 'unit') return { go: i }
    return undefined
  }
  switch (key) {
    case 'ArrowDown':
      return next(at, 1)
    case 'ArrowUp':
      return next(at, -1)
    case 'Home':
      return next(-1, 1)
    case 'End':
      return next(rows.length, -1)
    case 'ArrowRight':
      if (row.kind !== 'unit' || row.unit.children === 0) return undefined
      return row.open ? next(at, 1) : { toggle: row.unit.id }
    case 'ArrowLeft': {
      if (row.kind === 'unit' && row.open) return { toggle: row.unit.id }
      for (let i = at - 1; i >= 0; i--) {
        const above = rows[i]
        if (above?.kind === 'unit' && above.level < row.level) return { go: i }
      }
      return undefined
    }
  }
  return undefined
}
