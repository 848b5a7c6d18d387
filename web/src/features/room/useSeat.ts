// My seat: coming in, the sign of life every five seconds, coming back to the
// same place after the line was gone.
import { useCallback, useEffect, useRef, useState } from 'react'
import { asProblem, type Problem } from '~/shared/api/problem'
import { Offset } from './clock'
import { rememberedEntry, rememberEntry, type Entry } from './device'
import { beat, enter, leave } from './queries'
import type { Enter, Rung } from './types'

const every = 5_000

export interface Seat {
  entry: Entry | undefined
  offset: Offset
  /** Since when nothing has come back from the server, in ms. */
  lostSince: number | undefined
  /** Back after having been away too long for the seat to be kept: it was taken anew. */
  seatedAnew: boolean
  elsewhere: boolean
  /** A seat is being taken, or just taken and the room still being read: its media need not wait for that. */
  arriving: boolean
  /** The last round trip, ms. */
  trip: number | undefined
  comeIn: (how: Enter, camera: boolean) => Promise<void>
  goOut: () => Promise<void>
  forget: () => void
}

export function useSeat(meeting: string, rung: Rung, inRoom: boolean, refresh: () => Promise<unknown>): Seat {
  const [entry, setEntry] = useState(() => rememberedEntry(meeting))
  const [offset] = useState(() => new Offset())
  const [lostSince, setLost] = useState<number>()
  const [seatedAnew, setAnew] = useState(false)
  const [elsewhere, setElsewhere] = useState(false)
  const [trip, setTrip] = useState<number>()
  const [arriving, setArriving] = useState(false)
  const last = useRef({ rung, entry })
  useEffect(() => {
    last.current = { rung, entry }
  }, [rung, entry])

  const keep = useCallback(
    (next: Entry | undefined) => {
      rememberEntry(meeting, next)
      setEntry(next)
    },
    [meeting],
  )
  const comeIn = useCallback(
    async (how: Enter, camera: boolean) => {
      setArriving(true)
      try {
        const got = await enter(meeting, how)
        setElsewhere(false)
        keep({ how, camera, seat: got.seat })
        if (got.state !== 'here') setArriving(false)
        await refresh()
      } finally {
        setArriving(false)
      }
    },
    [meeting, keep, refresh],
  )

  const seat = entry?.seat
  useEffect(() => {
    if (!seat || !inRoom || elsewhere) return
    let busy = false
    let over = false
    async function once() {
      const { entry, rung } = last.current
      if (busy || !entry) return
      busy = true
      const sent = Date.now()
      try {
        const got = await beat(meeting, entry.seat, rung)
        if (over) return
        const received = Date.now()
        if (got.now) offset.measure(got.now, sent, received)
        setTrip(received - sent)
        setLost(undefined)
      } catch (error) {
        if (!over) await failed(asProblem(error), entry, sent)
      } finally {
        busy = false
      }
    }
    async function failed(p: Problem, entry: Entry, sent: number) {
      if (p.status === 0 || p.status >= 500) return setLost((since) => since ?? sent)
      setLost(undefined)
      if (p.code === 'room_seat_elsewhere') return setElsewhere(true)
      if (p.code === 'room_seat_lost') {
        // Away too long: the place in line is gone, what was counted is not.
        try {
          const got = await enter(meeting, entry.how)
          keep({ ...entry, seat: got.seat })
          setAnew(true)
        } catch {
          keep(undefined)
        }
      }
      await refresh()
    }
    void once()
    const timer = setInterval(() => void once(), every)
    const now = () => void (document.visibilityState === 'visible' && once())
    document.addEventListener('visibilitychange', now)
    addEventListener('online', now)
    return () => {
      over = true
      clearInterval(timer)
      document.removeEventListener('visibilitychange', now)
      removeEventListener('online', now)
    }
  }, [meeting, seat, inRoom, elsewhere, offset, keep, refresh])

  const goOut = useCallback(async () => {
    if (seat) await leave(meeting, seat)
    keep(undefined)
    await refresh()
  }, [meeting, seat, keep, refresh])
  const forget = useCallback(() => {
    keep(undefined)
    setElsewhere(false)
  }, [keep])

  return { entry, offset, lostSince, seatedAnew, elsewhere, arriving, trip, comeIn, goOut, forget }
}
