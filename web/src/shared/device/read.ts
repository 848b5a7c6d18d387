// What was read from the server and is kept for a start without it: who the reader is, and the few things
// that can be worked on. Encrypted or not at all, for one person, wiped when their session ends.
import type { QueryClient, QueryKey } from '@tanstack/react-query'
import { unreached } from '../api/problem'
import { keepsHere } from '../api/session'
import { canSeal, database, drawer } from './drawer'

/** Marked when it did not come from the server but from here. */
export type FromDevice<T> = T & { from_device?: true }

const kept = drawer<object>(database('wozai-read'))
let left = false

keepsHere({
  wipe() {
    left = true // what is being read while somebody leaves is not kept after them
    return kept.wipe()
  },
  ended: kept.wipe,
})

export async function keepRead(id: string, value: object) {
  if (canSeal() && !left) await kept.put(id, value).catch(() => undefined)
}

/** Keeps nothing but these. */
export async function keepOnly(wanted: (id: string) => boolean) {
  const ids = await kept.ids().catch(() => [])
  await Promise.all(ids.filter((id) => !wanted(id)).map(kept.remove))
}

export const isKept = (id: string) => kept.ids().then((ids) => ids.includes(id), () => false)

/** Reads from the server. At a page's first attempt, and when there is no server, what is kept here under `id`. */
export async function orKept<T extends object>({ client, queryKey }: { client: QueryClient; queryKey: QueryKey }, id: string, read: Promise<T>): Promise<FromDevice<T>> {
  try {
    return await read
  } catch (error) {
    if (!unreached(error) || client.getQueryData(queryKey) !== undefined) throw error
    const found = await kept.get(id).catch(() => undefined)
    if (!found) throw error
    return { ...(found as T), from_device: true }
  }
}
