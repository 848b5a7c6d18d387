// One connection to GET /live: it connects, stays, comes back, and says how it
// is. Windows share one; see share.ts.
import { patch, type Delta } from './delta'
import { sseParser } from './sse'

export interface LiveEvent {
  topic: string
  kind: string
  id: string
  version: number
  /** Topics that have a state (a meeting's room) carry it, here always whole. */
  state?: unknown
}

/** idle: nothing to listen to. waiting: will try again by itself. refused: not signed in any more. */
export type LiveStatus = 'idle' | 'connecting' | 'open' | 'waiting' | 'refused'

export type LiveNews =
  | { type: 'event'; event: LiveEvent }
  /** Something may have been missed: read anew what is on the page. */
  | { type: 'resync' }
  /** May not be heard (any more). */
  | { type: 'ended'; topic: string }
  | { type: 'status'; status: LiveStatus }

interface Options {
  url: string
  onNews: (news: LiveNews) => void
  fetch?: typeof fetch
}

// The server says something every 15 s; after this long it is gone even if the
// network has not noticed.
const silence = 40_000
const longestPause = 30_000

export class LiveStream {
  #options: Options
  #topics: string[] = []
  #status: LiveStatus = 'idle'
  #lastId = ''
  #failures = 0
  #connection: AbortController | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #states = new Map<string, LiveEvent>() // the last of each topic on this connection; what comes next may differ from it only
  #known = false // whether a stream has ever been open: what came before it cannot have been missed

  constructor(options: Options) {
    this.#options = options
  }

  /** What to listen to; the connection is made anew if that changes, and resumes. */
  listen(topics: string[]) {
    const next = [...new Set(topics)].sort()
    if (next.join() === this.#topics.join()) return
    this.#topics = next
    this.#failures = 0
    this.#reconnect()
  }

  /** Tries at once, e.g. because the device says that it is online again. */
  retry = () => {
    if (this.#status === 'waiting' || this.#status === 'refused') {
      this.#failures = 0
      this.#reconnect()
    }
  }

  close() {
    this.#topics = []
    this.#drop()
    this.#say('idle')
  }

  #drop() {
    clearTimeout(this.#timer)
    this.#connection?.abort()
    this.#connection = undefined
  }

  #reconnect() {
    this.#drop()
    if (!this.#topics.length) return this.#say('idle')
    const connection = new AbortController()
    this.#connection = connection
    this.#states.clear()
    // A first attempt is not news; a later one stays "waiting" until it holds.
    if (this.#status !== 'waiting') this.#say('connecting')
    void this.#run(connection)
  }

  #say(status: LiveStatus) {
    if (status === this.#status) return
    this.#status = status
    this.#options.onNews({ type: 'status', status })
  }

  async #run(connection: AbortController) {
    const mine = () => this.#connection === connection
    const watch = () => {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => mine() && this.#later(), silence)
    }
    try {
      watch()
      const response = await (this.#options.fetch ?? fetch)(`${this.#options.url}?topics=${encodeURIComponent(this.#topics.join(','))}`, {
        headers: { Accept: 'text/event-stream', ...(this.#lastId && { 'Last-Event-ID': this.#lastId }) },
        credentials: 'same-origin',
        cache: 'no-store',
        signal: connection.signal,
      })
      if (!mine()) return
      if (!response.ok || !response.body) return await this.#refused(response, mine)
      const text = new TextDecoder()
      const parse = sseParser((m) => mine() && this.#hear(m.event, m.id, m.data))
      const reader = response.body.getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (!mine()) return
        if (done) break
        watch()
        parse(text.decode(value, { stream: true }))
      }
    } catch {
      // what ended it does not matter: it is tried again
    }
    if (mine()) this.#later()
  }

  async #refused(response: Response, mine: () => boolean) {
    const problem = (await response.json().catch(() => ({}))) as { params?: { topic?: string } }
    if (!mine()) return
    if (response.status === 401) {
      this.#drop()
      return this.#say('refused')
    }
    if (response.status === 403 || response.status === 404) {
      // One topic among many is not for us. Without its name all but the first
      // (one's own) go, and what is shown is read when the page is opened.
      const named = problem.params?.topic
      const out = named && this.#topics.includes(named) ? [named] : this.#topics.filter((t) => t !== 'person:me')
      if (out.length) {
        for (const topic of out) this.#options.onNews({ type: 'ended', topic })
        if (mine()) {
          this.#topics = this.#topics.filter((t) => !out.includes(t))
          this.#reconnect()
        }
        return
      }
    }
    this.#later()
  }

  #hear(event: string, id: string | undefined, data: string) {
    if (id) this.#lastId = id
    const { onNews } = this.#options
    switch (event) {
      case 'hello': {
        const { resumed } = JSON.parse(data) as { resumed: boolean }
        this.#failures = 0
        const missed = this.#known && !resumed
        this.#known = true
        this.#say('open')
        if (missed) onNews({ type: 'resync' })
        break
      }
      case 'change':
        this.#change(JSON.parse(data) as LiveEvent & { delta?: Delta })
        break
      case 'resync':
        onNews({ type: 'resync' })
        break
      case 'ended':
        onNews({ type: 'ended', topic: (JSON.parse(data) as { topic: string }).topic })
        break
    }
  }

  #change({ delta, ...event }: LiveEvent & { delta?: Delta }) {
    if (delta) {
      const before = this.#states.get(event.topic)
      // Without the one before, a new connection begins with the whole.
      if (before?.version !== event.version - 1) return this.#reconnect()
      event.state = patch(before.state, delta)
    }
    if (event.state !== undefined) this.#states.set(event.topic, event)
    this.#options.onNews({ type: 'event', event })
  }

  /** Pauses 0.5, 1, 2, 4 … 30 s, each shortened at random so that a whole office does not come back at once. */
  #later() {
    this.#drop()
    const pause = Math.min(longestPause, 500 * 2 ** this.#failures) * (0.6 + 0.4 * Math.random())
    this.#failures++
    this.#say('waiting')
    this.#timer = setTimeout(() => this.#reconnect(), pause)
  }
}
