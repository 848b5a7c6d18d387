// Counting where the people of a unit are.
import type { WhereItem } from './queries'

export interface PlaceCount {
  /** A key of the profile; '' for those who have said nothing. */
  place: string
  count: number
}

/** How many are at each place, in the profile's order; places nobody is at are left out, silence comes last. */
export function countPlaces(list: WhereItem[], order: string[]): PlaceCount[] {
  const counts = new Map<string, number>()
  for (const { where } of list) counts.set(where.place, (counts.get(where.place) ?? 0) + 1)
  const rank = (place: string) => (place === '' ? Infinity : order.indexOf(place) < 0 ? order.length : order.indexOf(place))
  return [...counts].map(([place, count]) => ({ place, count })).sort((a, b) => rank(a.place) - rank(b.place))
}

/** Those who may need help first, then those whose word has run out, then the rest as they come. */
export function careFirst(list: WhereItem[]): WhereItem[] {
  return [...list].sort((a, b) => urgency(a) - urgency(b))
}

function urgency(w: WhereItem): number {
  return w.care ? 0 : w.over ? 1 : 2
}
