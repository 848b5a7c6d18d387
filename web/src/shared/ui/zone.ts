// The clock of the organisation. A meeting at half past nine is at half past nine there, wherever
// its reader is; the page that the server made names the zone.
import { serverNow } from '../api/clock'

const named = document.querySelector<HTMLMetaElement>('meta[name=timezone]')?.content

/** The zone's name; undefined, the reader's own, where the server or this browser knows none. */
let zone = known(named)

function known(name: string | undefined): string | undefined {
  try {
    return name && new Intl.DateTimeFormat('en', { timeZone: name }) ? name : undefined
  } catch {
    return undefined
  }
}

export const theZone = () => zone

/** For tests: as if the organisation lived elsewhere. */
export function setZone(name: string | undefined) {
  zone = known(name)
  clock = undefined
}

let clock: Intl.DateTimeFormat | undefined

/** What the organisation's clock shows at a moment, as a Date whose UTC parts are to be read. */
export function wall(at: Date): Date {
  if (!zone) return new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  clock ??= new Intl.DateTimeFormat('en-US', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
  })
  const p = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)])) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>
  return new Date(Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second, at.getUTCMilliseconds()))
}

/** The moment at which the organisation's clock shows this; ms as from Date.UTC. */
export function momentOf(shown: number): Date {
  const off = (at: number) => wall(new Date(at)).getTime() - at
  const near = shown - off(shown)
  return new Date(shown - off(near)) // again: between the two the clocks may have been changed
}

/** Whether the reader's own clock shows another time than the organisation's at a moment. */
export function abroad(at: Date): boolean {
  return wall(at).getTime() !== at.getTime() - at.getTimezoneOffset() * 60_000
}

/** A day without a time ("2020-02-20") as a moment of it. */
export function dayOf(day: string): string {
  return momentOf(Date.parse(`${day}T12:00:00Z`)).toISOString()
}

/** The day it is now at the organisation. */
export function today(now = serverNow()): string {
  return wall(now).toISOString().slice(0, 10)
}
