// datetime-local speaks of a clock, here the organisation's; the server of instants.
import { momentOf, wall } from '~/shared/ui/zone'

/** An instant as the value of an <input type="datetime-local">. */
export function toLocal(at: string | Date | null | undefined): string {
  return at ? wall(new Date(at)).toISOString().slice(0, 16) : ''
}

/** Its value as an instant; null while it is empty or half typed. */
export function fromLocal(value: string | undefined): string | null {
  const shown = Date.parse(`${value ?? ''}Z`)
  return Number.isNaN(shown) ? null : momentOf(shown).toISOString()
}
