// The stream as pages use it.
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { prefix } from '../api/client'
import { Live } from './share'
import type { LiveEvent, LiveStatus } from './stream'

export type { LiveEvent, LiveStatus }

export const live = new Live({
  url: prefix + '/live',
  locks: navigator.locks,
  channel: typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('wozai-live'),
})
addEventListener('online', live.retry)
addEventListener('pagehide', (e) => {
  if (!e.persisted) live.close()
})
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') live.retry()
})

const nothing = () => {}

/** Keeps a topic alive while the page shows it; the caches hear of its changes. */
export function useLive(topic: string | undefined, hear: (e: LiveEvent) => void = nothing) {
  useEffect(() => (topic ? live.subscribe(topic, hear) : undefined), [topic, hear])
}

/** The latest whole state of a topic that has one; undefined until it is here. */
export function useLiveState<T>(topic: string): T | undefined {
  const [seen, see] = useState<{ topic: string; state: T }>()
  useLive(
    topic,
    useCallback((e: LiveEvent) => e.state !== undefined && see({ topic: e.topic, state: e.state as T }), []),
  )
  return seen?.topic === topic ? seen.state : undefined
}

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(live.onStatus, live.status)
}
