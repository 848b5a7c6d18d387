// What the server answers when it did not do what was asked (RFC 9457), and
// how that is worded. Codes are stable; sentences live in /locales (fault.*).
import type { TFunction } from 'i18next'

export interface FieldProblem {
  field: string
  code: string
  params?: Record<string, unknown>
}

export class Problem extends Error {
  override name = 'Problem'
  constructor(
    readonly status: number,
    readonly code: string,
    readonly params: Record<string, unknown> = {},
    readonly errors: FieldProblem[] = [],
  ) {
    super(code)
  }
}

/** Nothing came back: the request may or may not have arrived. */
export function unreachable(): Problem {
  return new Problem(0, navigator.onLine === false ? 'offline' : 'network')
}

/** Reads an answer that is not a success; anything unknown is "internal". */
export function problemOf(status: number, body: unknown): Problem {
  const b = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const code = typeof b.code === 'string' ? b.code : status === 401 ? 'sign_in_required' : status === 404 ? 'not_found' : 'internal'
  return new Problem(
    status,
    code,
    (b.params as Record<string, unknown> | undefined) ?? {},
    Array.isArray(b.errors) ? (b.errors as FieldProblem[]) : [],
  )
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(500, 'internal')
}

/** Nothing came back, or the server cannot work just now: it is worth another attempt. */
export const unreached = (error: unknown) => [0, 502, 503, 504].includes(asProblem(error).status)

/** A sentence for a code; a code nobody has worded says that something went wrong, and no more. */
export function wordCode(t: TFunction, code: string, params: Record<string, unknown> = {}): string {
  return t(`fault.${code}`, { ...params, defaultValue: t('fault.internal') })
}

export function wordProblem(t: TFunction, error: unknown): string {
  const { code, params } = asProblem(error)
  return wordCode(t, code, params)
}

/** What is wrong with each field, in words; fields with several faults get them all. */
export function wordFields(t: TFunction, error: unknown): { name: string; errors: string[] }[] {
  const byField = new Map<string, string[]>()
  for (const { field, code, params } of asProblem(error).errors) {
    const words = t(`fault.${code}`, { ...params, defaultValue: t('fault.format') })
    byField.set(field, [...(byField.get(field) ?? []), words])
  }
  return [...byField].map(([name, errors]) => ({ name, errors }))
}
