// A notice as a sentence: a key and parameters from the server, worded here for the reader.
import type { TFunction } from 'i18next'
import { wordTime } from '~/shared/ui/time'
import { dayOf } from '~/shared/ui/zone'
import type { Notice } from './queries'

const text = (value: unknown) => (typeof value === 'string' ? value : '')

/** The whole message. A kind that this version does not know says that there is something to read. */
export function wordNotice(t: TFunction, language: string, n: Pick<Notice, 'kind' | 'params'>): string {
  const params: Record<string, unknown> = { ...n.params, words: text(language === 'en' ? n.params.en : n.params.zh) }
  const starts = Date.parse(text(params.starts_at))
  if (!Number.isNaN(starts)) params.starts_at = wordTime(t, language, new Date(starts), 'full')
  const due = text(params.due_on)
  if (/^\d{4}-\d{2}-\d{2}$/.test(due)) params.due_on = wordTime(t, language, new Date(dayOf(due)), 'day')
  return t(`notice.${n.kind}`, { ...params, defaultValue: t('notice.other') }).trim()
}

/** Why, where somebody gave a reason. */
export const reasonOf = (n: Pick<Notice, 'params'>) => text(n.params.reason)

/** The page that shows what a notice is about, if there is one. */
export function addressOf(n: Pick<Notice, 'subject' | 'subject_id' | 'params'>): string | undefined {
  switch (n.subject) {
    case 'meeting':
    case 'meeting_leave':
      return `/meetings/${n.subject_id}`
    case 'record':
      return `/meetings/${n.subject_id}/record`
    case 'submission':
      return `/submissions/${n.subject_id}`
    case 'dispatch':
    case 'dispatch_asked':
      return `/dispatches/${n.subject_id}`
    case 'rollcall':
      return `/rollcalls/periods/${n.subject_id}/for-me`
    case 'duty':
      return `/units/${n.subject_id}`
    case 'action':
      // What the unit's officers are to confirm stands among the unit's.
      return text(n.params.unit_id) ? `/actions?unit=${text(n.params.unit_id)}` : '/actions'
    default:
      return undefined
  }
}
