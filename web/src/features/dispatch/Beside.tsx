import { useQuery } from '@tanstack/react-query'
import type { BesideNameProps } from '~/shared/besideName'
import { useMe } from '~/shared/me/me'
import { StatusTag } from './components/StatusTag'
import { colleaguesQuery, colleagueQuery } from './queries'

/** Beside a name, for who may ask them: free, busy, off until, on duty. */
export function Beside({ person, unit, abilities }: BesideNameProps) {
  const me = useMe()
  const may = abilities.includes('dispatch.ask') || me.units.some((u) => u.id === unit)
  const list = useQuery({ ...colleaguesQuery(unit ?? ''), enabled: may && unit !== undefined })
  const one = useQuery({ ...colleagueQuery(person), enabled: may && unit === undefined })
  const found = unit ? list.data?.items?.find((c) => c.person_id === person) : one.data
  return found ? <StatusTag of={found} /> : null
}
