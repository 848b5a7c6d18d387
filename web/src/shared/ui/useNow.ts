import { useEffect, useState } from 'react'

/** The present moment, kept up; every so many seconds is enough for what shows it. */
export function useNow(everySeconds = 60): Date {
  const [now, set] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => set(new Date()), everySeconds * 1000)
    return () => clearInterval(timer)
  }, [everySeconds])
  return now
}
