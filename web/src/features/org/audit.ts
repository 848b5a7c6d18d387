// A line of the audit in words. Actions are stable keys of the server; one that nobody has worded
// is still said to be a change.
import type { TFunction } from 'i18next'
import type { Terms } from '~/shared/profile/profile'
import type { AuditLine } from './queries'

const fields = ['name', 'short_name', 'code', 'category', 'joined_on', 'phone', 'email', 'sort', 'kind', 'position', 'standing']

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

/** The names of the fields that differ, as the field is called on the page. */
export function changedFields(before: unknown, after: unknown): string[] {
  const b = object(before)
  const a = object(after)
  return fields.filter((f) => (f in a || f in b) && a[f] !== b[f])
}

export function wordChange(t: TFunction, terms: Terms, line: Pick<AuditLine, 'action' | 'before' | 'after'>): string {
  const b = object(line.before)
  const a = object(line.after)
  const position = terms.position(String(a.position ?? b.position ?? ''))
  if (line.action === 'person.change' || line.action === 'unit.change') {
    const names = changedFields(line.before, line.after).map((f) => t(`org.field.${f}`))
    return names.length > 0 ? t('org.audit.changed', { fields: names.join(t('org.listSeparator')) }) : t('org.audit.changedSomething')
  }
  if (line.action === 'membership.add' || line.action === 'membership.end') {
    return t(`org.audit.${line.action === 'membership.add' ? 'membershipAdd' : 'membershipEnd'}`, { position })
  }
  const key = line.action.replace(/[._](\w)/g, (_, c: string) => c.toUpperCase())
  return t(`org.audit.${key}`, { defaultValue: t('org.audit.changedSomething') })
}
