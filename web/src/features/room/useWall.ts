// The page of the wall that is looked at, as one picture, read anew every few seconds.
import { useEffect, useState } from 'react'
import { faces } from './queries'

const every = 5_000
const stale = 20_000 // without an answer the faces are no longer those of now
const columns = 7 // at most, as the server lays them out

interface Sheet {
  address: string
  seats: Map<string, number>
}

const part = (n: number, of: number) => `${of > 1 ? (n / (of - 1)) * 100 : 0}%`

/** How to show one seat's face out of the page's picture; undefined: it shows none. */
export type FaceStyle = (seat: string | undefined) => { backgroundImage: string; backgroundSize: string; backgroundPosition: string } | undefined

export function useWall(meeting: string, seat: string | undefined, page: number, size: number, looking: boolean): FaceStyle {
  const [sheet, set] = useState<Sheet>()
  useEffect(() => {
    if (!seat || !looking) return
    const stop = new AbortController()
    let tag: string | undefined
    let good = Date.now()
    let address = ''
    const show = (next: Sheet | undefined) => {
      if (address) URL.revokeObjectURL(address)
      address = next?.address ?? ''
      set(next)
    }
    async function read() {
      if (document.visibilityState === 'hidden') return
      try {
        const got = await faces(meeting, seat!, page, size, tag, stop.signal)
        good = Date.now()
        if (got === null) return
        tag = got?.tag
        if (!got) return show(undefined)
        const fresh = URL.createObjectURL(got.picture)
        // Shown once it is unpacked: no flicker between two pictures.
        const image = new Image()
        image.src = fresh
        await image.decode().catch(() => {})
        if (stop.signal.aborted) return URL.revokeObjectURL(fresh)
        show({ address: fresh, seats: new Map(got.seats.map((s, i) => [s, i])) })
      } catch {
        if (!stop.signal.aborted && Date.now() - good > stale) {
          tag = undefined
          show(undefined)
        }
      }
    }
    void read()
    const timer = setInterval(() => void read(), every)
    const back = () => void read()
    document.addEventListener('visibilitychange', back)
    return () => {
      stop.abort()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', back)
      show(undefined)
    }
  }, [meeting, seat, page, size, looking])
  return (of) => {
    const i = of === undefined ? undefined : sheet?.seats.get(of)
    if (!sheet || i === undefined) return undefined
    const wide = Math.min(columns, sheet.seats.size)
    const high = Math.ceil(sheet.seats.size / columns)
    return {
      backgroundImage: `url(${sheet.address})`,
      backgroundSize: `${wide * 100}% ${high * 100}%`,
      backgroundPosition: `${part(i % columns, wide)} ${part(Math.floor(i / columns), high)}`,
    }
  }
}
