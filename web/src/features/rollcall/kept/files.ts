// Files that were chosen for an answer and have not reached the server. They are sent at once; without a
// network they wait on this device as the answers do, encrypted with the same key, until they can be sent.
import { useSyncExternalStore } from 'react'
import { intention } from '~/shared/api/client'
import { asProblem, Problem, unreached } from '~/shared/api/problem'
import { upload } from '~/shared/api/upload'
import { canSeal, type Sealed } from '~/shared/device/drawer'
import type { AnswerFile, Field, Sending } from '../queries'
import { waiting } from './shelf'

/** What the server takes, in megabytes. */
export const mostMB = 20
/** What this device keeps of all of them together, in megabytes. */
export const keptMB = 60

export const accepted = 'image/jpeg,image/png,image/webp,application/pdf'

/** For whom and what a file was chosen. */
export interface Purpose {
  /** Who chose it. */
  person: string
  period: string
  answerer: string
  form_version: number
}

/** A file that has no id of the server's yet; an answer names it by this one until it has. */
export interface Here extends Purpose {
  id: string
  field: string
  sensitive: boolean
  name: string
  size: number
}

export interface Line extends Here {
  /** It is on its way: how much of it has been sent, 0 to 1. */
  share?: number
  /** Why it did not arrive. */
  trouble?: Problem
  /** It outlives the page. */
  kept?: boolean
}

const mark = 'here:'
export const isHere = (id: unknown): id is string => typeof id === 'string' && id.startsWith(mark)

/** Where they wait. Content is read one at a time: they are large. */
export interface Drawer {
  all: () => Promise<Here[]>
  /** False: it must not be kept here. */
  put: (file: Here, content: Blob) => Promise<boolean>
  content: (file: Here) => Promise<Blob | undefined>
  remove: (id: string) => Promise<void>
  wipe: () => Promise<void>
}

type Send = (file: Here, content: Blob, key: string, progress: (share: number) => void) => Promise<AnswerFile>

export class Files {
  private list: readonly Line[] = []
  private hearers = new Set<() => void>()
  private contents = new Map<string, Blob>()
  private running = new Map<string, Promise<AnswerFile>>()
  /** What arrived while the page is open, by what it was called before. */
  private came = new Map<string, AnswerFile>()

  constructor(
    private readonly drawer: Drawer,
    private readonly post: Send,
  ) {}

  get = () => this.list

  listen = (hear: () => void) => {
    this.hearers.add(hear)
    return () => void this.hearers.delete(hear)
  }

  /** Begins for who is signed in; what somebody else chose on this device is wiped. */
  async start(person: string) {
    try {
      const all = await this.drawer.all()
      await Promise.all(all.filter((f) => f.person !== person).map((f) => this.drawer.remove(f.id)))
      const known = new Set(this.list.map((f) => f.id))
      this.show([...this.list, ...all.filter((f) => f.person === person && !known.has(f.id)).map((f) => ({ ...f, kept: true }))])
    } catch {
      // this browser keeps nothing: files wait on the page
    }
  }

  /** What was chosen, sent from now on. */
  choose(purpose: Purpose, field: Field, file: File): Line {
    const line: Line = { ...purpose, id: mark + intention(), field: field.key, sensitive: !!field.sensitive, name: file.name, size: file.size }
    this.contents.set(line.id, file)
    this.show([...this.list, line])
    this.send(line.id).catch(() => {}) // it stands in the line
    return line
  }

  /** The file as the server has it; undefined while it has not arrived. */
  arrived = (id: string) => this.came.get(id)
  /** A file of the server's that arrived while the page is open. */
  known = (id: string) => [...this.came.values()].find((f) => f.id === id)

  /** Sends a file, once however often it is asked; without a network it is kept here. */
  send(id: string): Promise<AnswerFile> {
    const there = this.came.get(id)
    if (there) return Promise.resolve(there)
    const running = this.running.get(id) ?? this.attempt(id).finally(() => this.running.delete(id))
    this.running.set(id, running)
    return running
  }

  private async attempt(id: string): Promise<AnswerFile> {
    const line = this.list.find((f) => f.id === id)
    const content = line && (this.contents.get(id) ?? (await this.drawer.content(line).catch(() => undefined)))
    try {
      if (!line || !content) throw new Problem(410, 'rollcall_file_lost')
      if (content.size > mostMB << 20) throw new Problem(413, 'rollcall_file_large', { limit_mb: mostMB })
      if (content.size === 0) throw new Problem(422, 'rollcall_file_empty')
      this.change(id, { share: 0, trouble: undefined })
      const progress = (share: number) => this.change(id, { share })
      const file = await this.post(line, content, id.slice(mark.length), progress).catch((error: unknown) => {
        // Long ago it arrived under this key, and it was taken away since: it is another one now.
        if (asProblem(error).code !== 'rollcall_file_gone') throw error
        return this.post(line, content, intention(), progress)
      })
      this.came.set(id, file)
      this.change(id, { share: undefined })
      return file
    } catch (error) {
      this.change(id, { share: undefined, trouble: asProblem(error) })
      if (line && content && unreached(error) && !line.kept) await this.keep(line, content)
      throw error
    }
  }

  private async keep(line: Line, content: Blob) {
    const full = this.list.filter((f) => f.kept).reduce((n, f) => n + f.size, 0) + content.size > keptMB << 20
    if (!full && (await this.drawer.put(plain(line), content).catch(() => false))) this.change(line.id, { kept: true })
  }

  /** An answer with the ids of the server's, once all its files have arrived. What the server refuses is thrown as a fault of its field. */
  async attach(body: Sending): Promise<Sending> {
    const ids: Record<string, string> = {}
    for (const id of hereIn(body)) {
      try {
        ids[id] = (await this.send(id)).id
      } catch (error) {
        const { status, code, params } = asProblem(error)
        const field = Object.entries(body.values ?? {}).find(([, v]) => Array.isArray(v) && v.includes(id))?.[0]
        throw new Problem(status, code, params, [{ field: `values.${field}`, code, params }])
      }
    }
    return mapped(body, (id) => ids[id] ?? id)
  }

  /** Whether all that an answer names is on the server or outlives the page here. */
  safe = (body: Sending) => hereIn(body).every((id) => this.came.has(id) || this.list.some((f) => f.id === id && f.kept))

  /** What of an answer the server can know of: without what waits here. */
  elsewhere = (body: Sending): Sending => mapped(body, (id) => this.came.get(id)?.id)

  /** It is on its way, or waits for the network alone. */
  coming = (f: Line) => !this.came.has(f.id) && (!f.trouble || unreached(f.trouble))

  /** Sends what waits, one after another; stops where the network does. */
  async retry() {
    for (const { id } of this.list.filter(this.coming)) {
      try {
        await this.send(id)
      } catch (error) {
        if (unreached(error)) return
      }
    }
  }

  async drop(id: string) {
    this.contents.delete(id)
    this.show(this.list.filter((f) => f.id !== id))
    await this.drawer.remove(id).catch(() => {})
  }

  /** The answer has arrived, or its author does not want it: nothing of it stays here. */
  async clear({ period, answerer }: { period: string; answerer: string }) {
    await Promise.all(this.list.filter((f) => f.period === period && f.answerer === answerer).map((f) => this.drop(f.id)))
  }

  async wipe() {
    this.contents.clear()
    this.came.clear()
    this.show([])
    await this.drawer.wipe()
  }

  private change(id: string, part: Partial<Line>) {
    this.show(this.list.map((f) => (f.id === id ? { ...f, ...part } : f)))
  }

  private show(list: readonly Line[]) {
    this.list = list
    this.hearers.forEach((hear) => hear())
  }
}

const plain = ({ id, person, period, answerer, form_version, field, sensitive, name, size }: Line): Here => ({ id, person, period, answerer, form_version, field, sensitive, name, size })

const hereIn = (body: Sending) => Object.values(body.values ?? {}).flatMap((v) => (Array.isArray(v) ? v.filter(isHere) : []))

function mapped(body: Sending, map: (id: string) => string | undefined): Sending {
  if (hereIn(body).length === 0) return body
  const one = (v: unknown) => (Array.isArray(v) ? v.map((x: unknown) => (isHere(x) ? map(x) : x)).filter((x) => x !== undefined) : v)
  return { ...body, values: Object.fromEntries(Object.entries(body.values ?? {}).map(([key, v]) => [key, one(v)])) }
}

type Stored = { open: Here | Blob } | Sealed

async function opened(line: Stored | undefined): Promise<ArrayBuffer | Here | Blob | undefined> {
  if (!line) return undefined
  return 'open' in line ? line.open : waiting.unseal(line)
}

const about = (id: string) => `about ${id}`
const content = (id: string) => `content ${id}`

export const deviceDrawer: Drawer = {
  async all() {
    const lines = await waiting.within<Stored[]>('files', 'readonly', (s) => s.getAll(IDBKeyRange.bound('about ', 'about \uffff')) as IDBRequest<Stored[]>)
    const read = await Promise.all(lines.map(opened))
    return read.flatMap((x) => (x instanceof ArrayBuffer ? [JSON.parse(new TextDecoder().decode(x)) as Here] : x && !(x instanceof Blob) ? [x] : []))
  },
  async put(file, blob) {
    if (!canSeal() && file.sensitive) return false
    const put = (key: string, line: Stored) => waiting.within('files', 'readwrite', (s) => s.put(line, key))
    // The content first: a line without it would promise what is not there.
    await put(content(file.id), (canSeal() && (await waiting.seal(await blob.arrayBuffer()))) || { open: blob })
    await put(about(file.id), (await waiting.seal(new TextEncoder().encode(JSON.stringify(file)))) ?? { open: file })
    return true
  },
  async content(file) {
    const x = await opened(await waiting.within<Stored | undefined>('files', 'readonly', (s) => s.get(content(file.id)) as IDBRequest<Stored | undefined>))
    return x instanceof Blob ? x : x instanceof ArrayBuffer ? new Blob([x]) : undefined
  },
  async remove(id) {
    await waiting.within('files', 'readwrite', (s) => {
      s.delete(about(id))
      return s.delete(content(id))
    })
  },
  async wipe() {
    await waiting.within('files', 'readwrite', (s) => s.clear())
  },
}

export const filePath = (period: string, answerer: string) => `/rollcall-periods/${period}/answers/${answerer}/files`

export const files = new Files(deviceDrawer, (f, content, key, progress) => {
  const query = new URLSearchParams({ field: f.field, form_version: String(f.form_version), name: f.name })
  return upload(`${filePath(f.period, f.answerer)}?${query}`, content, { key, progress })
})

export const useFiles = () => useSyncExternalStore(files.listen, files.get)
