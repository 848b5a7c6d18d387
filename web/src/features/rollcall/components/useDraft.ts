import { useEffect, useRef, useState } from 'react'
import { api, got } from '~/shared/api/client'
import type { Sending } from '../queries'

export type DraftState = 'none' | 'typing' | 'kept' | 'failed'

const pause = 800 // milliseconds after the last key

/** Keeps what is begun on the server, by itself: shortly after the last key, and when the page is left. */
export function useDraft(period: string, answerer: string) {
  const [state, setState] = useState<DraftState>('none')
  const waiting = useRef<{ timer: number; body: Sending }>(undefined)
  const flush = useRef(async (leaving?: boolean) => {
    const w = waiting.current
    if (!w) return
    clearTimeout(w.timer)
    waiting.current = undefined
    try {
      await got(api.PUT('/rollcall-periods/{period}/answers/{answerer}/draft', { params: { path: { period, answerer } }, body: w.body, keepalive: leaving }))
      setState('kept')
    } catch {
      setState('failed') // what is on the page stays there, and the next key tries again
    }
  })
  useEffect(() => {
    const now = flush.current
    const hide = () => document.visibilityState === 'hidden' && void now(true)
    document.addEventListener('visibilitychange', hide)
    return () => {
      document.removeEventListener('visibilitychange', hide)
      void now(true)
    }
  }, [])
  return {
    state,
    keep(body: Sending) {
      clearTimeout(waiting.current?.timer)
      waiting.current = { body, timer: window.setTimeout(() => void flush.current(), pause) }
      setState('typing')
    },
    /** It was handed in: there is nothing to keep any more. */
    drop() {
      clearTimeout(waiting.current?.timer)
      waiting.current = undefined
      setState('none')
    },
  }
}
