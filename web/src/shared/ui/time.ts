// Times as people say them: by the organisation's clock, and by the reader's own where that differs.
import type { TFunction } from 'i18next'
import { serverNow } from '../api/clock'
import { abroad, theZone, wall } from './zone'

/** forOthers: full, without what holds for this reader alone. */
export type TimeForm = 'day' | 'time' | 'full' | 'relativeDay' | 'inside' | 'forOthers'

/**
 * day: 2月14日 周五 · time: 09:30 · full: 2月14日 周五 09:30 ·
 * relativeDay: 今天 09:30, 明天 09:30, else full · inside: the same after other words (saved today 09:30). The year is named when it is not this one.
 * Where a moment is named whole, a reader whose own clock shows something else is told that too.
 */
export function wordTime(t: TFunction, language: string, at: Date, form: TimeForm, now = serverNow()): string {
  if (form === 'full' || form === 'relativeDay' || form === 'inside') return wordSpan(t, language, at, undefined, form, now)
  return say(t, language, at, form, now, wall, theZone())
}

/** From – to; the day once if it is the same. */
export function wordSpan(t: TFunction, language: string, from: Date, to: Date | undefined, form: TimeForm = 'relativeDay', now = serverNow()): string {
  const by = (clock: (at: Date) => Date, zone: string | undefined, first: TimeForm) => {
    const begins = say(t, language, from, first, now, clock, zone)
    return to ? `${begins} – ${say(t, language, to, sameDay(clock(from), clock(to)) ? 'time' : first, now, clock, zone)}` : begins
  }
  const said = by(wall, theZone(), form)
  if (!abroad(from)) return said
  return t('common.localTime', { said, time: by(here, undefined, sameDay(here(from), wall(from)) ? 'time' : 'full') })
}

/** What the reader's own clock shows, as `wall` gives the organisation's. */
const here = (d: Date) => new Date(d.getTime() - d.getTimezoneOffset() * 60_000)

function dayNumber(shown: Date): number {
  return Math.floor(shown.getTime() / 86_400_000)
}
const sameDay = (a: Date, b: Date) => dayNumber(a) === dayNumber(b)

function say(t: TFunction, language: string, at: Date, form: TimeForm, now: Date, clock: (at: Date) => Date, timeZone: string | undefined): string {
  const zh = language.startsWith('zh')
  const words = (o: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(zh ? 'zh-CN' : 'en-GB', { ...o, timeZone }).format(at)
  const time = words({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  if (form === 'time') return time
  const year = clock(at).getUTCFullYear() === clock(now).getUTCFullYear() ? undefined : 'numeric'
  const date = words({ year, month: zh ? 'long' : 'short', day: 'numeric' })
  const weekday = words({ weekday: 'short' })
  const day = zh ? `${date} ${weekday}` : `${weekday} ${date}`
  if (form === 'day') return day
  const away = dayNumber(clock(at)) - dayNumber(clock(now))
  if ((form === 'relativeDay' || form === 'inside') && Math.abs(away) <= 1) {
    const word = away === 0 ? 'today' : away > 0 ? 'tomorrow' : 'yesterday'
    return `${t(form === 'inside' ? `common.${word}_inside` : `common.${word}`)} ${time}`
  }
  return `${day} ${time}`
}

/** How long: 45分钟, 1小时20分; 45 min, 1 h 20 min. */
export function wordDuration(language: string, seconds: number): string {
  const zh = language.startsWith('zh')
  const minutes = Math.round(seconds / 60)
  if (seconds < 60) return zh ? `${Math.max(0, Math.round(seconds))}秒` : `${Math.max(0, Math.round(seconds))} s`
  const h = Math.floor(minutes / 60)
  const m = minutes % 60
  if (h === 0) return zh ? `${m}分钟` : `${m} min`
  if (m === 0) return zh ? `${h}小时` : `${h} h`
  return zh ? `${h}小时${m}分` : `${h} h ${m} min`
}
