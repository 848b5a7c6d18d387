import type { Me } from '~/shared/me/me'

/** Units in which I take part in meetings, each once. */
export function meetingUnits(me: Me): { id: string; name: string }[] {
  const seen = new Map(me.units.filter((u) => u.roles.length > 0).map((u) => [u.id, { id: u.id, name: u.name }]))
  return [...seen.values()]
}

