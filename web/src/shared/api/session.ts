// Whether the session has ended under an open page. The page stays as it is,
// with what was being entered; a dialog asks to sign in in another window.
import { useSyncExternalStore } from 'react'

const keepers: Keeper[] = []
let over = false
const listeners = new Set<() => void>()

function set(value: boolean) {
  if (over === value) return
  over = value
  if (over) for (const { ended } of keepers) void ended?.().catch(() => undefined)
  listeners.forEach((f) => f())
}

export const reportSignedOut = () => set(true)
export const reportSignedIn = () => set(false)

export function useSignedOut(): boolean {
  return useSyncExternalStore(
    (f) => {
      listeners.add(f)
      return () => listeners.delete(f)
    },
    () => over,
  )
}

/** What waits on this device to be sent, and how it is wiped: slices that keep something say so. */
export interface Keeper {
  unsent?: () => number
  listen?: (hear: () => void) => () => void
  wipe: () => Promise<unknown>
  /** The session ended, not by its person's will: what has yet to be sent stays. */
  ended?: () => Promise<unknown>
}

export const keepsHere = (keeper: Keeper) => void keepers.push(keeper)
const unsentHere = () => keepers.reduce((n, k) => n + (k.unsent?.() ?? 0), 0)

/** How much waits on this device; it is read from the disk some time after the page is there. */
export function useUnsentHere(): number {
  return useSyncExternalStore((f) => {
    const ends = keepers.flatMap((k) => k.listen?.(f) ?? [])
    return () => ends.forEach((end) => end())
  }, unsentHere)
}

/** Ends this browser's session; what was kept on the device goes with it. */
export async function signOut(end: () => Promise<unknown>) {
  await end()
  await Promise.allSettled(keepers.map((k) => k.wipe()))
  location.assign('/signin')
}

/** Leaves for the sign-in page, which comes back here. */
export function signInAddress(back = location.pathname + location.search): string {
  return back === '/' ? '/signin' : `/signin?next=${encodeURIComponent(back)}`
}
