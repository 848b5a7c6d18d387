// The room as it is: read once, then by the two live topics that carry it whole.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useState } from 'react'
import { live, useLive, type LiveEvent } from '~/shared/live/live'
import { keys, viewQuery } from './queries'
import type { Roster, State, View } from './types'

/** The newer of two; a late one is dropped. */
export function newer<T extends { version: number; meeting: string }>(a: T | undefined, b: T | undefined): T | undefined {
  if (!a || !b || a.meeting !== b.meeting) return b ?? a
  return a.version > b.version ? a : b
}

export function useRoom(meeting: string) {
  const client = useQueryClient()
  const query = useQuery(viewQuery(meeting))
  const view = query.data
  const [state, setState] = useState<State>()
  const [roster, setRoster] = useState<Roster>()
  const refresh = useCallback(() => client.invalidateQueries({ queryKey: keys.view(meeting) }), [client, meeting])

  const now = newer(state, view?.state)
  const over = now?.phase === 'over' // nothing more will be told, and a link's session ends with its meeting
  const inside = view?.state !== undefined && !over
  useLive(inside ? `room:${meeting}` : undefined, useCallback((e: LiveEvent) => e.state !== undefined && setState((s) => newer(s, e.state as State)), []))
  useLive(inside ? `roster:${meeting}` : undefined, useCallback((e: LiveEvent) => e.state !== undefined && setRoster((s) => newer(s, e.state as Roster)), []))
  // Let in, removed, taken over: where I stand is told to me alone.
  useLive(over ? undefined : 'person:me', useCallback((e: LiveEvent) => void (e.kind === 'room' && refresh()), [refresh]))
  useEffect(() => live.onResync(() => void refresh()), [refresh])
  useEffect(() => live.onEvent((e) => void (e.kind === 'ended' && e.topic === `room:${meeting}` && refresh())), [refresh, meeting])

  return { query, view, state: now, roster: newer(roster, view?.roster), refresh }
}

export type RoomQuery = ReturnType<typeof useRoom>
export type { View }
