// What the pages of roll calls read, and which of it an event makes stale.
import { infiniteQueryOptions, queryOptions, type QueryClient, type QueryKey } from '@tanstack/react-query'
import { api, got } from '~/shared/api/client'
import type { components, paths } from '~/shared/api/schema.gen'
import { isKept, keepOnly, keepRead, orKept, type FromDevice } from '~/shared/device/read'
import type { LiveEvent } from '~/shared/live/live'
import { meQuery, type Me } from '~/shared/me/me'
import { begunHere } from './kept/begun'

type Schemas = components['schemas']
export type Asked = Schemas['AskedItem']
/** begun_here: its draft has not reached the server. */
export type Sheet = FromDevice<Schemas['Sheet']> & { begun_here?: boolean }
export type Form = Schemas['Form']
export type Field = Schemas['FormField']
export type Check = Schemas['FormCheck']
export type Sending = Schemas['Sending']
export type Receipt = Schemas['Receipt']
export type Rollcall = Schemas['Rollcall']
export type Template = Schemas['Template']
export type Composition = Schemas['Composition']
export type Rollup = Schemas['Rollup']
export type Counts = Rollup['total']
export type List = NonNullable<paths['/rollcall-periods/{period}/units/{unit}/who']['get']['parameters']['query']>['list']

export type Asking = Schemas['Asking']
export type AnswerView = Schemas['AnswerView']
export type AnswerFile = Schemas['AnswerFile']
export type Figure = Schemas['Figure']
export type Preview = Schemas['Preview']
export type Trend = Schemas['Trend']
export type TrendField = Schemas['TrendField']
export type WhoItem = Schemas['WhoItem']

/** Lists of the API may be null when empty. */
export const items = <T>(list: T[] | null | undefined): T[] => list ?? []

export const keys = {
  all: ['rollcall'] as const,
  mine: ['rollcall', 'mine'] as const,
  period: (id: string) => ['rollcall', 'period', id] as const,
  sheet: (period: string, answerer: string) => ['rollcall', 'sheet', period, answerer] as const,
  waiting: ['rollcall', 'waiting'] as const,
  composed: ['rollcall', 'composed'] as const,
  helpers: ['rollcall', 'helpers'] as const,
}

export const mineQuery = queryOptions({
  queryKey: keys.mine,
  queryFn: (context) => keeping(context, 'mine', got(api.GET('/me/rollcalls', { signal: context.signal }))),
})

export const sheetQuery = (period: string, answerer: string) =>
  queryOptions({
    queryKey: keys.sheet(period, answerer),
    queryFn: async (context): Promise<Sheet> => {
      const sheet = await keeping(context, sheetName(period, answerer), got(api.GET('/rollcall-periods/{period}/answers/{answerer}/sheet', { params: { path: { period, answerer } }, signal: context.signal })))
      const draft = await begunHere({ person: meOf(context.client), period, answerer }, sheet.answer?.version ?? 0)
      return draft ? { ...sheet, draft, begun_here: true } : sheet
    },
  })

/** What of it has no answer yet, or has to be answered again. */
export const owed = (mine: Schemas['ListAskedItem'] | undefined): Asked[] => items(mine?.items).filter((x) => (x.version === 0 && !x.voluntary) || x.state === 'returned')

const sheetName = (period: string, answerer: string) => `sheet/${period}/${answerer}`
const meOf = (client: QueryClient) => client.getQueryData<Me>(meQuery.queryKey)?.person.id ?? ''

/** Reads it, and keeps it on the device for when there is no network. */
async function keeping<T extends object>(context: { client: QueryClient; queryKey: QueryKey }, name: string, read: Promise<T>): Promise<FromDevice<T>> {
  const id = `${meOf(context.client)}/${name}`
  const found = await orKept(context, id, read)
  if (!found.from_device) void keepRead(id, found)
  return found
}

const mostSheets = 10 // on the device of who answers for many units

/** Keeps on the device what is needed to answer without a network: the sheets of what is owed, and of nothing else. */
export async function keepSheets(client: QueryClient, owed: Asked[]) {
  const me = meOf(client)
  const wanted = new Map(owed.slice(0, mostSheets).map((x) => [`${me}/${sheetName(x.period_id, x.answerer_id)}`, x]))
  await keepOnly((id) => !id.includes('/sheet/') || wanted.has(id))
  for (const [id, x] of wanted) if (!(await isKept(id))) await client.fetchQuery(sheetQuery(x.period_id, x.answerer_id))
}

export const viewQuery = (period: string, answerer: string) =>
  queryOptions({
    queryKey: [...keys.period(period), 'view', answerer] as const,
    queryFn: ({ signal }) => got(api.GET('/rollcall-periods/{period}/answers/{answerer}', { params: { path: { period, answerer } }, signal })),
  })

/** Unit undefined: the one that asks. */
export const rollupQuery = (period: string, unit: string | undefined) =>
  queryOptions({
    queryKey: [...keys.period(period), 'rollup', unit ?? ''] as const,
    queryFn: ({ signal }) =>
      unit
        ? got(api.GET('/rollcall-periods/{period}/units/{unit}', { params: { path: { period, unit } }, signal }))
        : got(api.GET('/rollcall-periods/{period}', { params: { path: { period } }, signal })),
  })

export const figuresQuery = (period: string, unit: string) =>
  queryOptions({
    queryKey: [...keys.period(period), 'figures', unit] as const,
    queryFn: ({ signal }) => got(api.GET('/rollcall-periods/{period}/units/{unit}/figures', { params: { path: { period, unit } }, signal })),
  })

export const whoQuery = (period: string, unit: string, list: List) =>
  queryOptions({
    queryKey: [...keys.period(period), 'who', unit, list] as const,
    queryFn: ({ signal }) => got(api.GET('/rollcall-periods/{period}/units/{unit}/who', { params: { path: { period, unit }, query: { list, limit: 200 } }, signal })),
  })

/** How much is attached in a unit and below. */
export const filesQuery = (period: string, unit: string) =>
  queryOptions({
    queryKey: [...keys.period(period), 'files', unit] as const,
    queryFn: ({ signal }) => got(api.GET('/rollcall-periods/{period}/units/{unit}/files', { params: { path: { period, unit } }, signal })),
  })

export const exceptionsQuery = (period: string) =>
  queryOptions({
    queryKey: [...keys.period(period), 'exceptions'] as const,
    queryFn: ({ signal }) => got(api.GET('/rollcall-periods/{period}/exceptions', { params: { path: { period } }, signal })),
  })

export const ballotsQuery = (period: string) =>
  queryOptions({
    queryKey: [...keys.period(period), 'ballots'] as const,
    queryFn: ({ signal }) => got(api.GET('/rollcall-periods/{period}/ballots', { params: { path: { period }, query: { limit: 500 } }, signal })),
  })

export const helpersQuery = (person: string) =>
  queryOptions({
    queryKey: [...keys.helpers, person] as const,
    queryFn: ({ signal }) => got(api.GET('/people/{person}/helpers', { params: { path: { person } }, signal })),
  })

/** Whom I answer for. */
export const helpedQuery = queryOptions({
  queryKey: [...keys.helpers, 'mine'] as const,
  queryFn: ({ signal }) => got(api.GET('/me/helped', { signal })),
})

/** The people of a unit, for choosing somebody. */
export const peopleQuery = (unit: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.all, 'people', unit] as const,
    queryFn: ({ signal, pageParam }) => got(api.GET('/units/{unit}/people', { params: { path: { unit }, query: { after: pageParam, limit: 200 } }, signal })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
  })

export const waitingQuery = (unit: string) =>
  queryOptions({
    queryKey: [...keys.waiting, unit] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/rollcall-returns', { params: { path: { unit } }, signal })),
  })

export const composedQuery = (unit: string) =>
  queryOptions({
    queryKey: [...keys.composed, unit] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/rollcalls', { params: { path: { unit } }, signal })),
  })

export const weekQuery = (unit: string) =>
  queryOptions({
    queryKey: [...keys.all, 'week', unit] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/asked-week', { params: { path: { unit } }, signal })),
  })

/** How a roll call went in a unit and below, over its last periods. Unit undefined: the one that asks. */
export const trendQuery = (rollcall: string, unit: string | undefined, limit: number, figures: boolean) =>
  queryOptions({
    queryKey: [...keys.composed, 'trend', rollcall, unit ?? '', limit, figures] as const,
    queryFn: ({ signal }) => got(api.GET('/rollcalls/{rollcall}/trend', { params: { path: { rollcall }, query: { unit, limit, figures } }, signal })),
  })

export const rollcallQuery = (rollcall: string) =>
  queryOptions({
    queryKey: [...keys.composed, 'one', rollcall] as const,
    queryFn: ({ signal }) => got(api.GET('/rollcalls/{rollcall}', { params: { path: { rollcall } }, signal })),
  })

export const previewQuery = (rollcall: string) =>
  queryOptions({
    queryKey: [...keys.composed, 'one', rollcall, 'preview'] as const,
    queryFn: ({ signal }) => got(api.GET('/rollcalls/{rollcall}/preview', { params: { path: { rollcall } }, signal })),
  })

export const templatesQuery = queryOptions({
  queryKey: [...keys.all, 'templates'] as const,
  queryFn: ({ signal }) => got(api.GET('/rollcall-templates', { signal })),
  staleTime: Infinity,
})

export const stale = (event: LiveEvent): QueryKey[] => {
  if (event.topic.startsWith('rollcall:')) return [keys.period(event.topic.slice('rollcall:'.length)), keys.composed]
  if (event.topic.startsWith('person:') && event.kind === 'notice') return [keys.mine, keys.waiting, keys.helpers, [...keys.all, 'sheet']]
  return []
}
