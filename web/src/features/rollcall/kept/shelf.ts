// Where answers wait on this device: IndexedDB, encrypted with a key that no script can read out and
// that is deleted with them. Whoever can unlock the device and its browser could still open the page:
// the key guards files that are copied, not an open telephone. On plain http there is no encryption in
// browsers; nothing sensitive is kept then.
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

const sensitive = ({ form, body }: Kept) => (form.fields ?? []).some((f) => f.sensitive && body.values?.[f.key] !== undefined)

type Line = { id: string; open: Kept } | { id: string; iv: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer }

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
  })
}

/** One transaction over one store. The connection is closed: a page that stays open blocks nobody. */
export async function within<T>(store: 'answers' | 'files' | 'keys', mode: IDBTransactionMode, run: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open('wozai-rollcall', 2)
  opening.onupgradeneeded = ({ oldVersion }) => {
    if (oldVersion < 1) {
      opening.result.createObjectStore('answers', { keyPath: 'id' })
      opening.result.createObjectStore('keys')
    }
    opening.result.createObjectStore('files')
  }
  const db = await done(opening)
  try {
    const tx = db.transaction(store, mode)
    const committed = new Promise<void>((resolve, reject) => {
      tx.oncomplete = () => resolve()
      tx.onabort = () => reject(tx.error ?? new Error('IndexedDB'))
    })
    const result = await done(run(tx.objectStore(store)))
    await committed
    return result
  } finally {
    db.close()
  }
}

export const subtle = (): SubtleCrypto | undefined => globalThis.crypto?.subtle

/** Whether this browser encrypts what is kept: on https it does. */
export const canSeal = () => subtle() !== undefined

export async function sealingKey(cipher: SubtleCrypto): Promise<CryptoKey> {
  const known = await within<CryptoKey | undefined>('keys', 'readonly', (s) => s.get('answers'))
  if (known) return known
  const fresh = await cipher.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  await within('keys', 'readwrite', (s) => s.put(fresh, 'answers'))
  return fresh
}

async function open(line: Line): Promise<Kept | undefined> {
  if ('open' in line) return line.open
  const cipher = subtle()
  if (!cipher) return undefined
  try {
    const text = await cipher.decrypt({ name: 'AES-GCM', iv: line.iv }, await sealingKey(cipher), line.sealed)
    return JSON.parse(new TextDecoder().decode(text)) as Kept
  } catch {
    return undefined // its key is gone
  }
}

export const deviceShelf: Shelf = {
  async all() {
    const lines = await within<Line[]>('answers', 'readonly', (s) => s.getAll() as IDBRequest<Line[]>)
    return (await Promise.all(lines.map(open))).filter((k) => k !== undefined)
  },
  async put(kept) {
    const cipher = subtle()
    if (!cipher && sensitive(kept)) return false
    let line: Line = { id: idOf(kept), open: kept }
    if (cipher) {
      const iv = crypto.getRandomValues(new Uint8Array(12))
      line = { id: idOf(kept), iv, sealed: await cipher.encrypt({ name: 'AES-GCM', iv }, await sealingKey(cipher), new TextEncoder().encode(JSON.stringify(kept))) }
    }
    await within('answers', 'readwrite', (s) => s.put(line))
    return true
  },
  async remove(kept) {
    await within('answers', 'readwrite', (s) => s.delete(idOf(kept)))
  },
  async wipe() {
    await within('answers', 'readwrite', (s) => s.clear())
    await within('keys', 'readwrite', (s) => s.clear())
  },
}
