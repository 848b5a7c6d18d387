// What this browser remembers of a meeting, so that a page that is loaded anew
// comes back to the same seat, with place in line, floor and count.
import { intention } from '~/shared/api/client'
import type { Enter } from './types'

const deviceName = 'wozai-device'
const entryName = (meeting: string) => `wozai-room-${meeting}`
let unkept: string | undefined

/** A name that this browser keeps for itself; storage may be closed to us (private windows). */
export function device(): string {
  try {
    const known = localStorage.getItem(deviceName)
    if (known) return known
    const fresh = intention()
    localStorage.setItem(deviceName, fresh)
    return fresh
  } catch {
    return (unkept ??= intention())
  }
}

export interface Entry {
  how: Enter
  seat: string
  camera: boolean
}

export function rememberEntry(meeting: string, entry: Entry | undefined) {
  try {
    if (entry) sessionStorage.setItem(entryName(meeting), JSON.stringify(entry))
    else sessionStorage.removeItem(entryName(meeting))
  } catch {
    // Without storage a page loaded anew asks again how to come in.
  }
}

export function rememberedEntry(meeting: string): Entry | undefined {
  try {
    const text = sessionStorage.getItem(entryName(meeting))
    return text ? (JSON.parse(text) as Entry) : undefined
  } catch {
    return undefined
  }
}

const unseenName = (meeting: string) => `wozai-unseen-${meeting}`

/** Whoever took their face off the wall is not put back by loading the page anew. */
export function rememberSeen(meeting: string, seen: boolean) {
  try {
    if (seen) sessionStorage.removeItem(unseenName(meeting))
    else sessionStorage.setItem(unseenName(meeting), '1')
  } catch {
    // asked again then
  }
}

export function rememberedSeen(meeting: string): boolean {
  try {
    return sessionStorage.getItem(unseenName(meeting)) === null
  } catch {
    return true
  }
}

const resultName = (meeting: string) => `wozai-result-${meeting}`

/** The result of a vote that was put away stays away when the page is loaded anew. */
export function rememberResult(meeting: string, motion: string) {
  try {
    sessionStorage.setItem(resultName(meeting), motion)
  } catch {
    // shown again then
  }
}

export function rememberedResult(meeting: string): string | undefined {
  try {
    return sessionStorage.getItem(resultName(meeting)) ?? undefined
  } catch {
    return undefined
  }
}

/** A camera that was switched off stays off when the page is loaded anew. */
export function rememberCamera(meeting: string, camera: boolean) {
  const entry = rememberedEntry(meeting)
  if (entry && entry.camera !== camera) rememberEntry(meeting, { ...entry, camera })
}
