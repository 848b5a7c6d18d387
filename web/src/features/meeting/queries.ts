// What the pages of meetings read, and which of it an event makes stale.
import { infiniteQueryOptions, queryOptions, type QueryKey } from '@tanstack/react-query'
import { api, got } from '~/shared/api/client'
import type { components } from '~/shared/api/schema.gen'
import type { LiveEvent } from '~/shared/live/live'

type Schemas = components['schemas']
export type Meeting = Schemas['MeetingDetail']
export type Item = Schemas['MeetingItem']
export type Participant = Schemas['Participant']
export type Kind = Schemas['MeetingKind']
export type DueLine = Schemas['DueLine']
export type Task = Schemas['PreparationTask']
export type StageView = Schemas['StageView']

/** Lists of the API may be null when empty. */
export const items = <T>(list: T[] | null | undefined): T[] => list ?? []

export const keys = {
  all: ['meeting'] as const,
  one: (id: string) => ['meeting', id] as const,
  people: (id: string) => ['meeting', id, 'people'] as const,
  mine: ['meeting', 'mine'] as const,
  ofUnit: (unit: string) => ['meeting', 'unit', unit] as const,
}

export const meetingQuery = (id: string) =>
  queryOptions({
    queryKey: keys.one(id),
    queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}', { params: { path: { meeting: id } }, signal })),
  })

export const peopleQuery = (id: string) =>
  queryOptions({
    queryKey: keys.people(id),
    queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}/people', { params: { path: { meeting: id } }, signal })),
  })

/** Names of a meeting's list by their ids, in the order of the ids. */
export const namesOf = (list: Participant[], ids: string[] | null | undefined): string[] => items(ids).flatMap((id) => list.find((p) => p.person_id === id)?.name ?? [])

export const guideQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.one(id), 'guide'] as const,
    queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}/guide', { params: { path: { meeting: id } }, signal })),
    staleTime: Infinity,
  })

export const comingQuery = queryOptions({
  queryKey: [...keys.mine, 'coming'] as const,
  queryFn: ({ signal }) => got(api.GET('/me/meetings', { params: { query: { past: false } }, signal })),
})

const pieceSize = 30
const lastStart = (page: { items: Item[] | null }) => {
  const list = items(page.items)
  const last = list.at(-1)?.starts_at
  return list.length === pieceSize && last ? Date.parse(last) : undefined
}

export const pastQuery = infiniteQueryOptions({
  queryKey: [...keys.mine, 'past'] as const,
  queryFn: ({ signal, pageParam }) => got(api.GET('/me/meetings', { params: { query: { past: true, before: pageParam, limit: pieceSize } }, signal })),
  initialPageParam: 0,
  getNextPageParam: lastStart,
})

export const unitMeetingsQuery = (unit: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.ofUnit(unit), 'list'] as const,
    queryFn: ({ signal, pageParam }) =>
      got(api.GET('/units/{unit}/meetings', { params: { path: { unit }, query: { before: pageParam, limit: pieceSize } }, signal })),
    initialPageParam: 0,
    getNextPageParam: lastStart,
  })

export const dueQuery = (unit: string) =>
  queryOptions({
    queryKey: [...keys.ofUnit(unit), 'due'] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/meetings/due', { params: { path: { unit } }, signal })),
  })

export const kindsQuery = (unit: string) =>
  queryOptions({
    queryKey: [...keys.ofUnit(unit), 'kinds'] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/meetings/kinds', { params: { path: { unit } }, signal })),
    staleTime: Infinity,
  })

export const stale = (event: LiveEvent): QueryKey[] => {
  if (event.topic.startsWith('meeting:')) return [keys.one(event.topic.slice('meeting:'.length)), keys.mine]
  if (event.topic.startsWith('person:') && event.kind === 'notice') return [keys.mine]
  return []
}
