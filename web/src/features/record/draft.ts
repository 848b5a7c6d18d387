// One text that saves itself. It never throws away what somebody wrote: what could not be saved
// stays in this browser, and where another was quicker both texts are kept until one decides.
import { asProblem } from '~/shared/api/problem'

export interface Saved {
  text: string
  version: number
}

export interface Theirs extends Saved {
  by: string
  at: string
}

export type DraftState = 'saved' | 'typing' | 'saving' | 'failed' | 'conflict'

export interface DraftView {
  value: string
  state: DraftState
  /** What another saved meanwhile. */
  theirs?: Theirs
  /** Why it was not saved. */
  error?: unknown
  /** Brought back from this browser after a reload. */
  restored?: boolean
}

/** Where unsaved text waits; localStorage, or nothing where that is forbidden. */
export interface Shelf {
  get: () => string | null
  put: (value: string | null) => void
}

export interface DraftOptions {
  from: Saved
  save: (text: string, version: number) => Promise<Saved>
  shelf?: Shelf
  /** Milliseconds without a key before it is saved. */
  pause?: number
  /** Milliseconds before another attempt when the network was away. */
  again?: number
}

export class Draft {
  private base: Saved
  private view: DraftView
  private timer: ReturnType<typeof setTimeout> | undefined
  private running: Promise<void> | undefined
  private hearers = new Set<() => void>()
  private readonly pause: number
  private readonly again: number

  constructor(private readonly options: DraftOptions) {
    this.pause = options.pause ?? 1200
    this.again = options.again ?? 8000
    this.base = options.from
    this.view = { value: options.from.text, state: 'saved' }
    const kept = readShelf(options.shelf)
    if (kept && kept.text !== options.from.text) {
      // Written against an older text: the server sees that and answers with both.
      this.base = { text: options.from.text, version: kept.version }
      this.view = { value: kept.text, state: 'typing', restored: true }
      this.later(0)
    }
  }

  get = () => this.view

  listen = (hear: () => void) => {
    this.hearers.add(hear)
    return () => void this.hearers.delete(hear)
  }

  type(value: string) {
    this.options.shelf?.put(JSON.stringify({ text: value, version: this.base.version }))
    if (this.view.state === 'conflict') return this.show({ ...this.view, value })
    this.show({ value, state: 'typing' })
    this.later(this.pause)
  }

  /** The record was read anew. */
  hear(from: Saved) {
    if (from.version <= this.base.version || this.view.state === 'conflict') return
    if (this.view.state !== 'saved' || this.running) return // saving will tell
    this.base = from
    this.show({ value: from.text, state: 'saved' })
  }

  /** Saves now what is not saved yet. */
  flush = async (): Promise<void> => {
    clearTimeout(this.timer)
    while (this.running) await this.running
    if (this.view.state !== 'typing' && this.view.state !== 'failed') return
    this.running = this.send()
    await this.running
  }

  /** Ends a conflict: this text stands. */
  resolve(value: string) {
    const { theirs } = this.view
    if (!theirs) return
    this.base = theirs
    this.view = { value, state: 'typing' }
    if (value === theirs.text) return this.settled()
    this.type(value)
    void this.flush()
  }

  close() {
    clearTimeout(this.timer)
    void this.flush()
  }

  private async send() {
    const { value } = this.view
    this.show({ ...this.view, state: 'saving' })
    try {
      const saved = await this.options.save(value, this.base.version)
      this.base = saved
      this.running = undefined
      if (this.view.value === value) return this.settled()
      this.options.shelf?.put(JSON.stringify({ text: this.view.value, version: saved.version }))
      this.show({ value: this.view.value, state: 'typing' })
      this.later(this.pause)
    } catch (error) {
      this.running = undefined
      const problem = asProblem(error)
      const { text, version, by, at } = problem.params
      if (problem.status === 412 && typeof text === 'string') {
        const theirs = { text, version: Number(version), by: String(by), at: String(at) }
        if (text === this.view.value.trim()) {
          this.base = theirs
          return this.settled()
        }
        return this.show({ value: this.view.value, state: 'conflict', theirs })
      }
      this.show({ value: this.view.value, state: 'failed', error })
      if (problem.status === 0) this.later(this.again)
    }
  }

  private settled() {
    this.options.shelf?.put(null)
    this.show({ value: this.view.value, state: 'saved' })
  }

  private later(ms: number) {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.flush(), ms)
  }

  private show(view: DraftView) {
    this.view = view
    this.hearers.forEach((hear) => hear())
  }
}

function readShelf(shelf: Shelf | undefined): Saved | undefined {
  try {
    const kept = JSON.parse(shelf?.get() ?? 'null') as Partial<Saved> | null
    if (kept && typeof kept.text === 'string' && typeof kept.version === 'number') return { text: kept.text, version: kept.version }
  } catch {
    // what cannot be read is not ours
  }
  return undefined
}

/** A place in this browser for one person's unsaved text. */
export function shelfFor(name: string): Shelf {
  const key = `wozai-draft:${name}`
  return {
    get: () => {
      try {
        return localStorage.getItem(key)
      } catch {
        return null
      }
    },
    put: (value) => {
      try {
        if (value === null) localStorage.removeItem(key)
        else localStorage.setItem(key, value)
      } catch {
        // full or forbidden: the text still stands in the page
      }
    },
  }
}
