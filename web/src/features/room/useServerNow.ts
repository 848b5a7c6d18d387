import { useEffect, useState } from 'react'
import { useTheRoom } from './room'

/** The server's present moment in ms, kept up every so many ms while on. */
export function useServerNow(every = 250, on = true): number {
  const { offset } = useTheRoom()
  const [now, set] = useState(() => Date.now() + offset.ahead)
  useEffect(() => {
    if (!on) return
    const tick = () => set(Date.now() + offset.ahead)
    tick()
    const timer = setInterval(tick, every)
    return () => clearInterval(timer)
  }, [every, on, offset])
  return now
}
