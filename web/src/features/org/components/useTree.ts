import { useQueries, useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { childrenQuery, items } from '../queries'
import { pathIds, rowsOf, type Known, type Row } from '../tree'

// Which units stand open is kept while the window lives: who comes back finds the tree as it was.
const kept = new Map<string, ReadonlySet<string>>()

/** A tree's rows; a branch is read when it is opened, a long one piece by piece. */
export function useTree(treeKey: string, mine: string[]) {
  const top = `tree:${treeKey}`
  const client = useQueryClient()
  const [open, setOpen] = useState<ReadonlySet<string>>(() => kept.get(treeKey) ?? new Set(mine.flatMap(pathIds)))
  const [wanted, setWanted] = useState<ReadonlyMap<string, number>>(new Map())

  const chain = (parent: string): { after: string; known: Known }[] => {
    const out: { after: string; known: Known }[] = []
    let after = ''
    for (let n = wanted.get(parent) ?? 1; n > 0; n--) {
      const state = client.getQueryState(childrenQuery(parent, after).queryKey)
      if (!state?.data) {
        out.push({ after, known: state?.status === 'error' ? 'failed' : 'waiting' })
        break
      }
      out.push({ after, known: { piece: { items: items(state.data.items), next: state.data.next } } })
      if (!state.data.next) break
      after = state.data.next
    }
    return out
  }
  const needed = [top, ...open].flatMap((parent) => chain(parent).map(({ after }) => childrenQuery(parent, after)))
  // Subscribes to every piece in sight; what they hold is read through the cache.
  useQueries({ queries: needed, combine: done })
  const rows: Row[] = rowsOf(top, open, (parent) => chain(parent).map((c) => c.known))

  const toggle = useCallback(
    (id: string) =>
      setOpen((before) => {
        const after = new Set(before)
        if (!after.delete(id)) after.add(id)
        kept.set(treeKey, after)
        return after
      }),
    [treeKey],
  )
  const more = useCallback((parent: string) => setWanted((w) => new Map(w).set(parent, (w.get(parent) ?? 1) + 1)), [])
  const retry = useCallback((parent: string) => void client.refetchQueries({ queryKey: childrenQuery(parent, '').queryKey.slice(0, 3) }), [client])
  return { rows, toggle, more, retry }
}

// A new value whenever a piece arrives, changes or fails, so that the rows are made anew.
function done(results: { dataUpdatedAt: number; errorUpdatedAt: number; status: string }[]): string {
  return results.map((r) => `${r.status}${r.dataUpdatedAt}${r.errorUpdatedAt}`).join()
}
