import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { device } from '../device'
import type { MediaLink, MediaState, Wish } from './link'
import { canHear } from './trouble'

const none: MediaState = { status: 'connecting', audible: true, microphone: 'off', camera: 'off', screen: 'off', pictures: new Map(), heard: new Set(), own: {} }

const library = () => import('./link')
const ready = async () => {
  const link = await library()
  await link.adapt()
  return link
}
/** Fetches the library while people still choose how to come in. */
export const prepareMedia = () => void library().catch(() => {})

export interface Media extends MediaState {
  link: MediaLink | undefined
}

/** The connection of this browser's seat, while it has one or is about to. The server finds which it is, by the device. */
export function useLink(meeting: string, wanted: boolean) {
  const [link, set] = useState<MediaLink>()
  const [hearers] = useState(() => new Set<() => void>())
  useEffect(() => {
    if (!wanted || !canHear()) return
    let made: MediaLink | undefined
    let over = false
    const start = () =>
      ready().then(
        ({ MediaLink }) => {
          if (over) return
          made = new MediaLink(`${location.origin.replace(/^http/, 'ws')}/sfu?meeting=${meeting}&device=${encodeURIComponent(device())}`, () => hearers.forEach((f) => f()))
          set(made)
        },
        () => void setTimeout(() => over || void start(), 3000), // the line was too weak for the library; once more
      )
    void start()
    return () => {
      over = true
      made?.close()
      set(undefined)
    }
  }, [meeting, wanted, hearers])
  return useMemo(() => ({ link, hearers }), [link, hearers])
}

export type Link = ReturnType<typeof useLink>

/** What comes over it, and what is to be sent. */
export function useMedia({ link, hearers }: Link, wish: Wish): Media {
  const text = JSON.stringify(wish)
  const stable = useMemo(() => JSON.parse(text) as Wish, [text])
  useEffect(() => link?.set(stable), [link, stable])
  const state = useSyncExternalStore(
    useCallback((f) => (hearers.add(f), () => void hearers.delete(f)), [hearers]),
    () => link?.state() ?? none,
  )
  return useMemo(() => ({ ...state, link }), [state, link])
}
