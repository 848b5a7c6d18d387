// What the pages of what comes after a meeting read, and which of it an event makes stale.
import { infiniteQueryOptions, queryOptions, type QueryKey } from '@tanstack/react-query'
import { api, got } from '~/shared/api/client'
import type { components } from '~/shared/api/schema.gen'
import type { LiveEvent } from '~/shared/live/live'

type Schemas = components['schemas']
export type MeetingRecord = Schemas['Record']
export type Section = Schemas['RecordSection']
export type Prose = Schemas['RecordText']
export type Attendee = Schemas['RecordAttendee']
export type Remark = Schemas['Remark']
export type RecordAction = Schemas['RecordAction']
export type Action = Schemas['Action']
export type Submission = Schemas['Submission']
export type Overview = Schemas['Overview']
export type Row = Schemas['OverviewRow']
export type Cell = Schemas['OverviewCell']
export type Kind = Schemas['OverviewKind']
export type OwnMeeting = Schemas['OverviewMeeting']
export type HelpLine = Schemas['HelpLine']
export type Notice = Schemas['Notice']
export type Attended = Schemas['MyMeeting']
export type LeaderLine = Schemas['LeaderLine']

/** Lists of the API may be null when empty. */
export const items = <T>(list: T[] | null | undefined): T[] => list ?? []

export const keys = {
  all: ['record'] as const,
  one: (meeting: string) => ['record', 'of', meeting] as const,
  actions: ['record', 'actions'] as const,
  submission: (id: string) => ['record', 'submission', id] as const,
  overview: ['record', 'overview'] as const,
  inbox: ['record', 'inbox'] as const,
}

export const recordQuery = (meeting: string) =>
  queryOptions({
    queryKey: keys.one(meeting),
    queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}/record', { params: { path: { meeting } }, signal })),
  })

export const versionsQuery = (meeting: string, key: string) =>
  queryOptions({
    queryKey: [...keys.one(meeting), 'versions', key] as const,
    queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}/record/texts/{key}/versions', { params: { path: { meeting, key } }, signal })),
    staleTime: 0,
  })

export const previewQuery = (meeting: string, document: 'minutes' | 'report') =>
  queryOptions({
    queryKey: [...keys.one(meeting), 'preview', document] as const,
    queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}/record/preview/{document}', { params: { path: { meeting, document } }, signal })),
    staleTime: 0,
  })

export const meetingActionsQuery = (meeting: string) =>
  queryOptions({
    queryKey: [...keys.one(meeting), 'actions'] as const,
    queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}/actions', { params: { path: { meeting }, query: { limit: 200 } }, signal })),
  })

export const submissionsQuery = (meeting: string) =>
  queryOptions({
    queryKey: [...keys.one(meeting), 'submissions'] as const,
    queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}/submissions', { params: { path: { meeting } }, signal })),
  })

export const submissionQuery = (id: string) =>
  queryOptions({
    queryKey: keys.submission(id),
    queryFn: ({ signal }) => got(api.GET('/submissions/{submission}', { params: { path: { submission: id } }, signal })),
  })

const pieceSize = 50

/** Actions of mine, or of a unit ("" is mine). */
export const actionsQuery = (unit: string, open: boolean) =>
  infiniteQueryOptions({
    queryKey: [...keys.actions, unit, open] as const,
    queryFn: ({ signal, pageParam }) => {
      const query = { open, limit: pieceSize, ...(pageParam && { before: pageParam }) }
      return unit === ''
        ? got(api.GET('/me/actions', { params: { query }, signal }))
        : got(api.GET('/units/{unit}/actions', { params: { path: { unit }, query }, signal }))
    },
    initialPageParam: '',
    getNextPageParam: (last) => (items(last.items).length < pieceSize ? undefined : items(last.items).at(-1)?.id),
  })

export const groupsQuery = (unit: string) =>
  queryOptions({
    queryKey: ['record', 'groups', unit] as const,
    queryFn: ({ signal }) => got(api.GET('/units', { params: { query: { parent: unit, limit: 100 } }, signal })),
  })

/** Whom a unit's action can be given to. */
export const membersQuery = (unit: string) =>
  queryOptions({
    queryKey: ['record', 'members', unit] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/people', { params: { path: { unit }, query: { limit: 200 } }, signal })),
  })

export const overviewQuery = (unit: string, day: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.overview, unit, day] as const,
    queryFn: ({ signal, pageParam }) =>
      got(api.GET('/units/{unit}/overview', { params: { path: { unit }, query: { day, limit: pieceSize, ...(pageParam && { after_sort: pageParam.sort, after_id: pageParam.id }) } }, signal })),
    initialPageParam: undefined as { sort: number; id: string } | undefined,
    getNextPageParam: (last) => (last.next_id ? { sort: last.next_sort ?? 0, id: last.next_id } : undefined),
  })

const helpPiece = 10

export const helpQuery = (unit: string, day: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.overview, unit, day, 'help'] as const,
    queryFn: ({ signal, pageParam }) =>
      got(api.GET('/units/{unit}/overview/help', { params: { path: { unit }, query: { day, limit: helpPiece, ...(pageParam && { after: pageParam }) } }, signal })),
    initialPageParam: '',
    getNextPageParam: (last) => (items(last.items).length < helpPiece ? undefined : items(last.items).at(-1)?.path),
  })

/** What waits to be accepted or sent back. */
export const arrivedQuery = (unit: string) =>
  queryOptions({
    queryKey: [...keys.overview, unit, 'arrived'] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/submissions', { params: { path: { unit }, query: { state: 'submitted', limit: 100 } }, signal })),
  })

export const attendanceQuery = queryOptions({
  queryKey: [...keys.all, 'attendance'] as const,
  queryFn: ({ signal }) => got(api.GET('/me/attendance', { params: { query: { limit: 200 } }, signal })),
})

export const leadersQuery = (unit: string, day: string) =>
  queryOptions({
    queryKey: [...keys.overview, unit, day, 'leaders'] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/overview/leaders', { params: { path: { unit }, query: { day } }, signal })),
  })

export const inboxQuery = queryOptions({
  queryKey: keys.inbox,
  queryFn: ({ signal }) => got(api.GET('/me/notices', { params: { query: { limit: 100 } }, signal })),
})

export function stale(event: LiveEvent): QueryKey[] {
  const [on, id = ''] = event.topic.split(':')
  if (on === 'meeting' && ['record', 'action', 'submission'].includes(event.kind)) {
    return [keys.one(id), ...(event.kind === 'action' ? [keys.actions] : []), ...(event.kind === 'submission' ? [keys.submission(event.id), keys.overview] : [])]
  }
  if (on === 'person' && event.kind === 'notice') return [keys.inbox, keys.actions]
  return []
}
