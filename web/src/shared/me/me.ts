// Who is signed in, as every page may ask.
import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { ask } from '../api/client'
import type { Language, TypeSize } from '../prefs/prefs'

export interface Me {
  /** person: signed in with an account. link: let into one meeting by a join link. */
  kind: 'person' | 'link'
  person: { id: string; name: string }
  login: string
  must_change: boolean
  lang: Language | ''
  type_size: TypeSize | ''
  meeting_id?: string
  units: { id: string; name: string; kind: string; tree: string; path: string; position: string; standing: string; roles: string[] }[]
  abilities: string[]
  profile: { id: string; name: string }
  organisation: { name: string; demo?: boolean }
  /** As this device knew it when the server was reached last. */
  from_device?: true
}

export const meQuery = queryOptions({
  queryKey: ['me'] as const,
  queryFn: ({ signal }) => ask<Me>('/me', { signal }),
  staleTime: Infinity,
})

/** The signed-in person; inside the shell this is always there. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data
}

/** The same where nobody may be signed in (a guest in a meeting): undefined then. */
export function useMeIfAny(): Me | undefined {
  return useQuery(meQuery).data
}

/** Whether the server lets this person do something at all; a thing's own `abilities` say what goes there. */
export function useCan(ability: string): boolean {
  return useMe().abilities.includes(ability)
}
