// The words of this kind of organisation: kinds of unit, positions, standings, places. They are
// data of the installation; the pages know only their keys.
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useContext, useMemo } from 'react'
import { api, got } from '../api/client'
import type { components } from '../api/schema.gen'
import { Spoken, usePrefs, type Language } from '../prefs/prefs'

export type Profile = components['schemas']['ProfileWords']
export type Text = components['schemas']['Text']
export type Position = components['schemas']['Position']
export type UnitKind = components['schemas']['UnitKind']
type Keyed = { key: string; name: Text }

export const profileQuery = queryOptions({
  queryKey: ['profile'] as const,
  queryFn: ({ signal }) => got(api.GET('/profile', { signal })),
  staleTime: Infinity,
})

export interface Terms {
  /** Undefined until it is here; then every function below words its key. */
  profile: Profile | undefined
  say: (text: Text | null | undefined) => string
  word: (key: string) => string
  /** A word where it begins a line: a heading, a choice. */
  heading: (key: string) => string
  tree: (key: string) => string
  kind: (key: string) => string
  position: (key: string) => string
  standing: (key: string) => string
  category: (key: string) => string
  place: (key: string) => string
}

export function sayIn(language: Language, text: Text | null | undefined): string {
  return text ? (language === 'en' ? text.en : text.zh) : ''
}

/** A term that the profile no longer has (an old membership) is shown by its key: better than nothing. */
export function makeTerms(profile: Profile | undefined, language: Language): Terms {
  const say = (text: Text | null | undefined) => sayIn(language, text)
  const word = (key: string) => say(profile?.words[key])
  const of = (list: Keyed[] | null | undefined) => (key: string) => {
    if (!profile) return ''
    const found = list?.find((x) => x.key === key)
    return found ? say(found.name) : key
  }
  return {
    profile,
    say,
    word,
    heading: (key) => word(key).replace(/^./u, (c) => c.toLocaleUpperCase()),
    tree: of(profile?.trees),
    kind: of(profile?.unit_kinds),
    position: of(profile?.positions),
    standing: of(profile?.standings),
    category: of(profile?.categories),
    place: of(profile?.whereabouts),
  }
}

export function useTerms(): Terms {
  const { language: chosen } = usePrefs()
  const language = useContext(Spoken) ?? chosen
  const { data } = useQuery(profileQuery)
  return useMemo(() => makeTerms(data, language), [data, language])
}

/** The kinds that may stand under a kind; at the top of a tree if there is none. */
export function kindsUnder(profile: Profile | undefined, parent: string | undefined, tree: string): UnitKind[] {
  return (profile?.unit_kinds ?? []).filter((k) => k.tree === tree && (parent ? (k.under ?? []).includes(parent) : k.root))
}

/** The positions that a kind of unit has, in the profile's order. */
export function positionsIn(profile: Profile | undefined, kind: string): Position[] {
  return (profile?.positions ?? []).filter((p) => (p.in ?? []).includes(kind))
}

/** How one simply belongs to a kind of unit: the last of its positions that leads nothing. */
export function plainPosition(profile: Profile | undefined, kind: string): string | undefined {
  return positionsIn(profile, kind).filter((p) => !p.leads && !p.committee && !p.single).at(-1)?.key
}
