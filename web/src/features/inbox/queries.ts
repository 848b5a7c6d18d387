// What the inbox reads, and which of it an event makes stale.
import { infiniteQueryOptions, queryOptions, type QueryKey } from '@tanstack/react-query'
import { api, got } from '~/shared/api/client'
import type { components } from '~/shared/api/schema.gen'
import type { LiveEvent } from '~/shared/live/live'

export type Notice = components['schemas']['Notice']

/** Lists of the API may be null when empty. */
export const items = <T>(list: T[] | null | undefined): T[] => list ?? []

export const keys = {
  all: ['inbox'] as const,
  todo: ['inbox', 'todo'] as const,
  list: ['inbox', 'list'] as const,
}

/** Open to-dos; with them come the numbers of what is unread and open. */
export const todoQuery = queryOptions({
  queryKey: keys.todo,
  queryFn: ({ signal }) => got(api.GET('/me/notices', { params: { query: { todo: true, limit: 100 } }, signal })),
})

const pieceSize = 50

export const listQuery = infiniteQueryOptions({
  queryKey: keys.list,
  queryFn: ({ signal, pageParam }) => got(api.GET('/me/notices', { params: { query: { before: pageParam, limit: pieceSize } }, signal })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => (items(page.items).length === pieceSize ? items(page.items).at(-1)?.id : undefined),
})

export const stale = (event: LiveEvent): QueryKey[] => (event.topic.startsWith('person:') && ['notice', 'push'].includes(event.kind) ? [keys.all] : [])
