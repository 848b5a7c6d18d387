// Where answers wait on this device. Nothing sensitive is kept where it cannot be encrypted.
import { canSeal, database, drawer } from '~/shared/device/drawer'
import type { Text } from '~/shared/profile/profile'
import type { Form, Sending } from '../queries'

export interface Refusal {
  status: number
  code: string
  params: Record<string, unknown>
}

/** An answer that was handed in and has not reached the server. */
export interface Kept {
  /** Who handed it in. */
  person: string
  period: string
  answerer: string
  /** The same for every attempt. */
  key: string
  title: Text
  /** Of the answerer. */
  name: string
  form: Form
  body: Sending
  /** Why the server did not take it; it is not sent again by itself. */
  refused?: Refusal
}

export interface Shelf {
  all: () => Promise<Kept[]>
  /** False: it must not be kept here. */
  put: (kept: Kept) => Promise<boolean>
  remove: (kept: Kept) => Promise<void>
  wipe: () => Promise<void>
}

export const idOf = (k: Pick<Kept, 'person' | 'period' | 'answerer'>) => `${k.person}:${k.period}:${k.answerer}`

export const sensitive = (form: Form, body: Sending) => (form.fields ?? []).some((f) => f.sensitive && body.values?.[f.key] !== undefined)

/** Answers and files that have not reached the server, under one key. */
export const waiting = database('wozai-rollcall', ['answers', 'files'], 2)
const lines = drawer<Kept>(waiting)

export const deviceShelf: Shelf = {
  all: lines.all,
  async put(kept) {
    if (!canSeal() && sensitive(kept.form, kept.body)) return false
    await lines.put(idOf(kept), kept)
    return true
  },
  remove: (kept) => lines.remove(idOf(kept)),
  wipe: lines.wipe,
}
