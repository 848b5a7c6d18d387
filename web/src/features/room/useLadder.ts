import { useCallback, useEffect, useState } from 'react'
import { byHand, byNetwork, startLadder, step, type Connection, type Ladder, type Sample } from './ladder'
import type { Rung } from './types'

const connection = () => (navigator as { connection?: Connection & EventTarget }).connection
const every = 4_000

/** The ladder, moved by the line or by hand. */
export function useLadder(sample: (() => Promise<Sample>) | undefined) {
  const [ladder, set] = useState<Ladder>(() => startLadder(connection(), Date.now()))
  useEffect(() => {
    if (!sample) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'hidden') return // timers of hidden pages tell nothing of the line
      void sample().then((s) => set((l) => step(l, s)))
    }, every)
    return () => clearInterval(timer)
  }, [sample])
  const choose = useCallback((rung: Rung | 'auto') => set((l) => (rung === 'auto' ? byNetwork(l, Date.now()) : byHand(l, rung, Date.now()))), [])
  return { ladder, choose }
}
