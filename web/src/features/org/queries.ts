// What the pages of the organisation read, and which of it an event makes stale.
import { infiniteQueryOptions, keepPreviousData, queryOptions, type QueryKey } from '@tanstack/react-query'
import { api, got } from '~/shared/api/client'
import type { components } from '~/shared/api/schema.gen'
import type { LiveEvent } from '~/shared/live/live'
import type { Me } from '~/shared/me/me'

type Schemas = components['schemas']
export type UnitItem = Schemas['UnitItem']
export type UnitPageData = Schemas['UnitPage']
export type RollItem = Schemas['RollItem']
export type MembershipRow = Schemas['MembershipRow']
export type PersonPageData = Schemas['PersonPage']
export type Whereabouts = Schemas['Whereabouts']
export type WhereItem = Schemas['WhereItem']
export type AuditLine = Schemas['AuditLine']
export type UnitHit = Schemas['UnitHit']
export type PersonHit = Schemas['PersonHit']
export type Slip = Schemas['SignInSlip']

/** Lists of the API may be null when empty. */
export const items = <T>(list: T[] | null | undefined): T[] => list ?? []

export const keys = {
  all: ['org'] as const,
  trees: ['org', 'trees'] as const,
  /** Of a unit; or of the top of a tree, whose key no unit's id equals. */
  children: (of: string) => ['org', 'children', of] as const,
  unit: (id: string) => ['org', 'unit', id] as const,
  roll: (id: string) => ['org', 'roll', id] as const,
  search: ['org', 'search'] as const,
  person: (id: string) => ['org', 'person', id] as const,
  unitWhere: (id: string) => ['org', 'where', id] as const,
  myWhere: ['org', 'my-where'] as const,
  held: ['org', 'held'] as const,
  imports: ['org', 'imports'] as const,
  import: (id: string) => ['org', 'import', id] as const,
}

export const treesQuery = queryOptions({
  queryKey: keys.trees,
  queryFn: ({ signal }) => got(api.GET('/trees', { signal })),
})

export const pieceSize = 200

/** A piece of the units under a unit ("tree:party" for the top of a tree). */
export const childrenQuery = (of: string, after: string) =>
  queryOptions({
    queryKey: [...keys.children(of), after] as const,
    queryFn: ({ signal }) => {
      const [, tree] = /^tree:(.*)$/.exec(of) ?? []
      return got(api.GET('/units', { params: { query: { ...(tree === undefined ? { parent: of } : { tree }), after, limit: pieceSize } }, signal }))
    },
  })

export const childListQuery = (of: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.children(of), 'list'] as const,
    queryFn: ({ signal, pageParam }) => got(api.GET('/units', { params: { query: { parent: of, after: pageParam, limit: pieceSize } }, signal })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
  })

export const unitQuery = (id: string) =>
  queryOptions({
    queryKey: keys.unit(id),
    queryFn: ({ signal }) => got(api.GET('/units/{unit}', { params: { path: { unit: id } }, signal })),
  })

export const unitHistoryQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.unit(id), 'history'] as const,
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/history', { params: { path: { unit: id } }, signal })),
  })

export const rollQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.roll(id),
    queryFn: ({ signal, pageParam }) =>
      got(api.GET('/units/{unit}/people', { params: { path: { unit: id }, query: { after: pageParam, limit: pieceSize } }, signal })),
    initialPageParam: '',
    getNextPageParam: (last) => last.next || undefined,
  })

export type What = 'unit' | 'person'

export const searchQuery = (q: string, what?: What) =>
  queryOptions({
    queryKey: [...keys.search, q, what ?? ''] as const,
    queryFn: ({ signal }) => got(api.GET('/org/search', { params: { query: { q, what, limit: 30 } }, signal })),
    enabled: q !== '',
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })

// Reading another's page is recorded, so it is not read again without need.
export const personQuery = (id: string) =>
  queryOptions({
    queryKey: keys.person(id),
    queryFn: ({ signal }) => got(api.GET('/people/{person}', { params: { path: { person: id } }, signal })),
  })

const auditPiece = 50

/** Changes of a unit's or a person's data, newest first. */
export const auditQuery = (of: 'units' | 'people', id: string) =>
  infiniteQueryOptions({
    queryKey: [...(of === 'units' ? keys.unit(id) : keys.person(id)), 'audit'] as const,
    queryFn: ({ signal, pageParam }) => {
      const query = { limit: auditPiece, ...(pageParam && { before: pageParam }) }
      return of === 'units'
        ? got(api.GET('/units/{unit}/audit', { params: { path: { unit: id }, query }, signal }))
        : got(api.GET('/people/{person}/audit', { params: { path: { person: id }, query }, signal }))
    },
    initialPageParam: '',
    getNextPageParam: (last) => (items(last.items).length < auditPiece ? undefined : items(last.items).at(-1)?.id),
  })

export const unitWhereQuery = (id: string) =>
  queryOptions({
    queryKey: keys.unitWhere(id),
    queryFn: ({ signal }) => got(api.GET('/units/{unit}/whereabouts', { params: { path: { unit: id } }, signal })),
  })

export const personWhereQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.person(id), 'where'] as const,
    queryFn: ({ signal }) => got(api.GET('/people/{person}/whereabouts', { params: { path: { person: id } }, signal })),
  })

export const myWhereQuery = queryOptions({
  queryKey: keys.myWhere,
  queryFn: ({ signal }) => got(api.GET('/me/whereabouts', { signal })),
})

export const heldQuery = queryOptions({
  queryKey: keys.held,
  queryFn: ({ signal }) => got(api.GET('/me/held', { signal })),
})

export const looksQuery = infiniteQueryOptions({
  queryKey: [...keys.held, 'looks'] as const,
  queryFn: ({ signal, pageParam }) => got(api.GET('/me/looks', { params: { query: { limit: auditPiece, ...(pageParam && { before: pageParam }) } }, signal })),
  initialPageParam: '',
  getNextPageParam: (last) => (items(last.items).length < auditPiece ? undefined : items(last.items).at(-1)?.id),
})

export type Import = Schemas['Import']
export type RowFault = Schemas['RowFault']

export const importsQuery = queryOptions({
  queryKey: keys.imports,
  queryFn: ({ signal }) => got(api.GET('/org/imports', { signal })),
})

export const underWay = (run: Import) => run.state === 'checking' || run.state === 'applying'

/** One import. While it is being checked or written the steps are many and small: it is asked how far it is. */
export const importQuery = (id: string) =>
  queryOptions({
    queryKey: keys.import(id),
    queryFn: ({ signal }) => got(api.GET('/org/imports/{import}', { params: { path: { import: id } }, signal })),
    refetchInterval: ({ state }) => (state.data && underWay(state.data) ? 1000 : false),
  })

const faultPiece = 500

export const importFaultsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: [...keys.import(id), 'faults'] as const,
    queryFn: ({ signal, pageParam }) =>
      got(api.GET('/org/imports/{import}/faults', { params: { path: { import: id }, query: { after: pageParam, limit: faultPiece } }, signal })),
    initialPageParam: 0,
    getNextPageParam: (last) => (items(last.items).length < faultPiece ? undefined : items(last.items).at(-1)?.n),
    staleTime: Infinity,
  })

export function stale(event: LiveEvent, me: Me | undefined): QueryKey[] {
  const [on, id = ''] = event.topic.split(':')
  if (on === 'unit') {
    switch (event.kind) {
      case 'people':
        return [keys.roll(id), keys.unit(id)]
      case 'children':
        return [keys.children(id), keys.unit(id)]
      case 'unit':
        return [keys.unit(id), keys.children(id)]
    }
  }
  if (on === 'whereabouts') return [keys.unitWhere(id)]
  if (on === 'person') {
    switch (event.kind) {
      case 'whereabouts':
        return [keys.myWhere, keys.held]
      case 'person':
        return [keys.person(event.id), ...(event.id === me?.person.id ? [['me'], keys.held] : [])]
      case 'import':
        return [keys.imports, keys.import(event.id)]
      case 'grants':
        return [['me'], keys.all]
    }
  }
  return []
}
