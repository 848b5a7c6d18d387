// What the pages of dispatch read, and which of it an event makes stale.
import { infiniteQueryOptions, queryOptions, type QueryKey } from '@tanstack/react-query'
import { api, got } from '~/shared/api/client'
import type { components } from '~/shared/api/schema.gen'
import type { LiveEvent } from '~/shared/live/live'

type Schemas = components['schemas']
export type Dispatch = Schemas['View']
export type Detail = Schemas['Detail']
export type Colleague = Schemas['Colleague']
export type Availability = Schemas['Availability']

export const keys = {
  all: ['dispatch'] as const,
  list: ['dispatch', 'list'] as const,
  one: (id: string) => ['dispatch', 'one', id] as const,
  mine: ['dispatch', 'availability'] as const,
}

export const openQuery = queryOptions({
  queryKey: [...keys.list, 'open'] as const,
  queryFn: ({ signal }) => got(api.GET('/me/dispatches', { params: { query: { limit: 100 } }, signal })),
})

const pieceSize = 30

export const pastQuery = infiniteQueryOptions({
  queryKey: [...keys.list, 'past'] as const,
  queryFn: ({ signal, pageParam }) => got(api.GET('/me/dispatches', { params: { query: { closed: true, before: pageParam, limit: pieceSize } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => (page.items?.length === pieceSize ? page.items.at(-1)?.id : undefined),
})

export const oneQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one(id),
    queryFn: ({ signal }) => got(api.GET('/dispatches/{dispatch}', { params: { path: { dispatch: id } }, signal })),
  })

export const colleaguesQuery = (unit: string) =>
  queryOptions({
    queryKey: [...keys.all, 'unit', unit] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/availability', { params: { path: { unit } }, signal })),
    staleTime: 10_000,
  })

export const colleagueQuery = (person: string) =>
  queryOptions({
    queryKey: [...keys.all, 'person', person] as const,
    queryFn: ({ signal }) => got(api.GET('/people/{person}/availability', { params: { path: { person } }, signal })),
    staleTime: 10_000,
  })

export const rosterQuery = (unit: string) =>
  queryOptions({
    queryKey: [...keys.all, 'roster', unit] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/duty', { params: { path: { unit } }, signal })),
  })

export const groupsQuery = queryOptions({
  queryKey: [...keys.all, 'groups'] as const,
  queryFn: ({ signal }) => got(api.GET('/me/ask-groups', { signal })),
})

export const availabilityQuery = queryOptions({
  queryKey: keys.mine,
  queryFn: ({ signal }) => got(api.GET('/me/availability', { signal })),
})

export const stale = (event: LiveEvent): QueryKey[] => {
  if (event.topic.startsWith('dispatch:')) return [keys.one(event.topic.slice('dispatch:'.length)), keys.list]
  if (event.topic.startsWith('person:') && event.kind === 'dispatch') return [keys.all]
  if (event.topic.startsWith('unit:') && ['availability', 'duty'].includes(event.kind)) {
    const unit = event.topic.slice('unit:'.length)
    return [colleaguesQuery(unit).queryKey, rosterQuery(unit).queryKey]
  }
  // That enough others are on it takes the to-do away.
  if (event.topic.startsWith('person:') && event.kind === 'notice') return [keys.list]
  return []
}
