// What differs between two states of a topic; the other half, with what it
// means, is internal/live/delta.go.
export interface Delta {
  /** Fields of an object with their values; of a list, whole things. */
  put?: Record<string, unknown> | Thing[]
  /** Fields of an object that change within. */
  in?: Record<string, Delta>
  /** Fields that are gone; of a list, ids. */
  drop?: string[]
}

type Thing = string | { id: string }
const idOf = (one: Thing) => (typeof one === 'string' ? one : one.id)

/** The next state. What has not changed is the same object as before; the state before is left as it was. */
export function patch(before: unknown, delta: Delta): unknown {
  return Array.isArray(before) ? patchList(before as Thing[], delta) : patchObject(before as Record<string, unknown>, delta)
}

function patchObject(before: Record<string, unknown>, { put, in: within = {}, drop = [] }: Delta) {
  const after: Record<string, unknown> = { ...before, ...put }
  for (const field of drop) delete after[field]
  for (const [field, delta] of Object.entries(within)) after[field] = patch(before[field], delta)
  return after
}

function patchList(before: Thing[], { put = [], drop = [] }: Delta) {
  const fresh = new Map((put as Thing[]).map((one) => [idOf(one), one]))
  const gone = new Set(drop)
  const after = before.filter((one) => !gone.has(idOf(one))).map((one) => fresh.get(idOf(one)) ?? one)
  const known = new Set(before.map(idOf))
  return [...after, ...[...fresh.values()].filter((one) => !known.has(idOf(one)))]
}
