import { useEffect, useState } from 'react'
import { serverNow } from '../api/clock'

/** The present moment by the server's clock, kept up; every so many seconds is enough for what shows it. */
export function useNow(everySeconds = 60): Date {
  const [now, set] = useState(serverNow)
  useEffect(() => {
    const timer = setInterval(() => set(serverNow()), everySeconds * 1000)
    return () => clearInterval(timer)
  }, [everySeconds])
  return now
}
