// What a page keeps on this device: IndexedDB, encrypted with a key that no script can read out and that
// is deleted with it. Whoever can unlock the device and its browser could still open the page: the key
// guards files that are copied, not an open telephone. On plain http browsers have no encryption.

export interface Sealed {
  iv: Uint8Array<ArrayBuffer>
  sealed: ArrayBuffer
}

const subtle = (): SubtleCrypto | undefined => globalThis.crypto?.subtle

/** Whether this browser encrypts what is kept: on https it does. */
export const canSeal = () => subtle() !== undefined

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB'))
  })
}

/** A database with a key of its own. Its first store holds the lines of a drawer, others what their owners put there. */
export function database(name: string, stores = ['answers'], version = 1) {
  /** One transaction over one store. The connection is closed: a page that stays open blocks nobody. */
  async function within<R>(store: string, mode: IDBTransactionMode, run: (s: IDBObjectStore) => IDBRequest<R>): Promise<R> {
    const opening = indexedDB.open(name, version)
    opening.onupgradeneeded = () => {
      const there = opening.result.objectStoreNames
      for (const s of [...stores, 'keys']) if (!there.contains(s)) opening.result.createObjectStore(s, s === 'answers' ? { keyPath: 'id' } : {})
    }
    const db = await done(opening)
    try {
      const tx = db.transaction(store, mode)
      const committed = new Promise<void>((resolve, reject) => {
        tx.oncomplete = () => resolve()
        tx.onabort = () => reject(tx.error ?? new Error('IndexedDB'))
      })
      const [result] = await Promise.all([done(run(tx.objectStore(store))), committed])
      return result
    } finally {
      db.close()
    }
  }

  async function key(cipher: SubtleCrypto): Promise<CryptoKey> {
    const known = () => within<CryptoKey | undefined>('keys', 'readonly', (s) => s.get('answers'))
    const there = await known()
    if (there) return there
    const fresh = await cipher.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    try {
      await within('keys', 'readwrite', (s) => s.add(fresh, 'answers'))
      return fresh
    } catch (error) {
      const first = await known() // what is kept at the same moment, here or in another window, has one key
      if (!first) throw error
      return first
    }
  }

  return {
    within,
    /** Undefined where nothing can be encrypted. */
    async seal(plain: BufferSource): Promise<Sealed | undefined> {
      const cipher = subtle()
      if (!cipher) return undefined
      const iv = crypto.getRandomValues(new Uint8Array(12))
      return { iv, sealed: await cipher.encrypt({ name: 'AES-GCM', iv }, await key(cipher), plain) }
    },
    /** Undefined when its key is gone. */
    async unseal({ iv, sealed }: Sealed): Promise<ArrayBuffer | undefined> {
      const cipher = subtle()
      if (!cipher) return undefined
      try {
        return await cipher.decrypt({ name: 'AES-GCM', iv }, await key(cipher), sealed)
      } catch {
        return undefined
      }
    },
    async forgetKey() {
      await within('keys', 'readwrite', (s) => s.clear())
    },
  }
}

export interface Drawer<T> {
  all: () => Promise<T[]>
  get: (id: string) => Promise<T | undefined>
  ids: () => Promise<string[]>
  put: (id: string, value: T) => Promise<void>
  remove: (id: string) => Promise<void>
  wipe: () => Promise<void>
}

type Line<T> = { id: string; open: T } | ({ id: string } & Sealed)

/** The lines of a database, by their ids. */
export function drawer<T>({ within, seal, unseal, forgetKey }: ReturnType<typeof database>): Drawer<T> {
  async function open(line: Line<T>): Promise<T | undefined> {
    if ('open' in line) return line.open
    const text = await unseal(line)
    return text && (JSON.parse(new TextDecoder().decode(text)) as T)
  }
  return {
    async all() {
      const lines = await within<Line<T>[]>('answers', 'readonly', (s) => s.getAll() as IDBRequest<Line<T>[]>)
      return (await Promise.all(lines.map(open))).filter((v) => v !== undefined)
    },
    async get(id) {
      const line = await within<Line<T> | undefined>('answers', 'readonly', (s) => s.get(id) as IDBRequest<Line<T> | undefined>)
      return line && open(line)
    },
    ids: async () => (await within('answers', 'readonly', (s) => s.getAllKeys())) as string[],
    async put(id, value) {
      const sealed = await seal(new TextEncoder().encode(JSON.stringify(value)))
      const line: Line<T> = sealed ? { id, ...sealed } : { id, open: value }
      await within('answers', 'readwrite', (s) => s.put(line))
    },
    async remove(id) {
      await within('answers', 'readwrite', (s) => s.delete(id))
    },
    async wipe() {
      await within('answers', 'readwrite', (s) => s.clear())
      await forgetKey()
    },
  }
}
