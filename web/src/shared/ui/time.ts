// Times as people say them. The zone is the reader's own.
import type { TFunction } from 'i18next'

export type TimeForm = 'day' | 'time' | 'full' | 'relativeDay'

function dayNumber(d: Date): number {
  return Math.round(Date.UTC(d.getFullYear(), d.getMonth(), d.getDate()) / 86_400_000)
}

/**
 * day: 2月14日 周五 · time: 09:30 · full: 2月14日 周五 09:30 ·
 * relativeDay: 今天 09:30, 明天 09:30, else full. The year is named when it is not this one.
 */
export function wordTime(t: TFunction, language: string, at: Date, form: TimeForm, now = new Date()): string {
  const zh = language.startsWith('zh')
  const time = new Intl.DateTimeFormat(zh ? 'zh-CN' : 'en-GB', { hour: '2-digit', minute: '2-digit', hour12: false }).format(at)
  if (form === 'time') return time
  const year = at.getFullYear() === now.getFullYear() ? undefined : 'numeric'
  const date = new Intl.DateTimeFormat(zh ? 'zh-CN' : 'en-GB', { year, month: zh ? 'long' : 'short', day: 'numeric' }).format(at)
  const weekday = new Intl.DateTimeFormat(zh ? 'zh-CN' : 'en-GB', { weekday: 'short' }).format(at)
  const day = zh ? `${date} ${weekday}` : `${weekday} ${date}`
  if (form === 'day') return day
  const away = dayNumber(at) - dayNumber(now)
  if (form === 'relativeDay' && Math.abs(away) <= 1) {
    return `${t(away === 0 ? 'common.today' : away > 0 ? 'common.tomorrow' : 'common.yesterday')} ${time}`
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
