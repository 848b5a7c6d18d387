import { useEffect, useRef, useState } from 'react'
import { api, got } from '~/shared/api/client'
import { asProblem, unreached } from '~/shared/api/problem'
import { useMe } from '~/shared/me/me'
import { dropBegun, keepBegun } from '../kept/begun'
import { files } from '../kept/files'
import type { Sending, Sheet } from '../queries'

export type DraftState = 'none' | 'typing' | 'kept' | 'here' | 'failed'

const pause = 800 // milliseconds after the last key

/** Keeps what is begun by itself: shortly after the last key, and when the page is left. On the server; without it, on this device until it is back. */
export function useDraft(s: Sheet, answerer: string) {
  const [state, setState] = useState<DraftState>('none')
  const whose = { person: useMe().person.id, period: s.id, answerer }
  const last = useRef<Sending>(undefined) // while it is on this device alone
  const waiting = useRef<{ timer: number; body: Sending }>(undefined)
  const flush = useRef(async (leaving?: boolean) => {
    const w = waiting.current
    if (!w) return
    clearTimeout(w.timer)
    waiting.current = undefined
    try {
      await got(api.PUT('/rollcall-periods/{period}/answers/{answerer}/draft', { params: { path: { period: s.id, answerer } }, body: files.elsewhere(w.body), keepalive: leaving }))
      if (last.current) await dropBegun(whose)
      last.current = undefined
      setState('kept')
    } catch (error) {
      const here = (unreached(error) || asProblem(error).status === 401) && (await keepBegun(whose, s.form, w.body))
      last.current = here ? w.body : undefined
      setState(here ? 'here' : 'failed') // what is on the page stays there, and the next key tries again
    }
  })
  useEffect(() => {
    const now = flush.current
    const hide = () => document.visibilityState === 'hidden' && void now(true)
    const back = () => {
      if (!last.current || waiting.current) return
      waiting.current = { timer: 0, body: last.current }
      void now()
    }
    document.addEventListener('visibilitychange', hide)
    addEventListener('online', back)
    return () => {
      document.removeEventListener('visibilitychange', hide)
      removeEventListener('online', back)
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
    /** What was begun on this device goes to the server as soon as there is one. */
    bring(body: Sending) {
      last.current = body
      waiting.current = { body, timer: window.setTimeout(() => void flush.current(), 0) }
    },
    /** It was handed in: there is nothing to keep any more. */
    drop() {
      clearTimeout(waiting.current?.timer)
      waiting.current = undefined
      last.current = undefined
      void dropBegun(whose)
      setState('none')
    },
  }
}
