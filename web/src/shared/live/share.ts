// All windows of a browser share one stream: HTTP/1.1 allows only six
// connections to a server. Whoever holds the lock has the stream and passes on
// what it hears; when that window closes, the next one gets the lock.
// Without locks (plain http in a local network) each window has its own.
import { LiveStream, type LiveEvent, type LiveNews, type LiveStatus } from './stream'

type Note =
  | { type: 'want'; window: string; topics: string[] }
  | { type: 'bye'; window: string }
  | { type: 'who' } // the new leader asks what everybody wants
  | { type: 'retry' }
  | { type: 'news'; news: LiveNews }

interface Surroundings {
  url: string
  locks?: Pick<LockManager, 'request'>
  channel?: Pick<BroadcastChannel, 'postMessage' | 'close'> & { onmessage: BroadcastChannel['onmessage'] }
  fetch?: typeof fetch
}

// A window that was killed says no goodbye; it is forgotten after this long.
// Windows in the background get their timers once a minute.
const repeatEvery = 60_000
const forgetAfter = 200_000

export class Live {
  #me = Math.random().toString(36).slice(2)
  #stream: LiveStream | undefined
  #around: Surroundings
  #wanted = new Map<string, Set<(e: LiveEvent) => void>>()
  #others = new Map<string, { topics: string[]; heard: number }>()
  #ended = new Set<string>()
  #states = new Map<string, LiveEvent>()
  #status: LiveStatus = 'idle'
  #statusListeners = new Set<() => void>()
  #eventListeners = new Set<(e: LiveEvent) => void>()
  #resyncListeners = new Set<() => void>()
  #release: (() => void) | undefined
  #timer: ReturnType<typeof setInterval> | undefined
  #telling = false

  constructor(around: Surroundings) {
    this.#around = around
    const { channel, locks } = around
    if (channel && locks) {
      channel.onmessage = (m: MessageEvent<Note>) => this.#read(m.data)
      void locks.request('wozai-live', () => {
        this.#lead()
        return new Promise<void>((resolve) => (this.#release = resolve))
      })
      this.#timer = setInterval(() => this.#tell(), repeatEvery)
    } else {
      this.#lead()
    }
  }

  /** Hears a topic until the returned function is called. The latest state comes at once if there is one. */
  subscribe(topic: string, hear: (e: LiveEvent) => void): () => void {
    const first = !this.#wanted.has(topic)
    if (first) this.#wanted.set(topic, new Set())
    this.#wanted.get(topic)!.add(hear)
    const state = this.#states.get(topic)
    if (state) hear(state)
    this.#ended.delete(topic)
    if (first) this.#tell()
    return () => {
      const hearers = this.#wanted.get(topic)
      if (hearers?.delete(hear) && hearers.size === 0) {
        this.#wanted.delete(topic)
        this.#states.delete(topic)
        this.#tell()
      }
    }
  }

  /** Every event of every topic, for caches. */
  onEvent(hear: (e: LiveEvent) => void): () => void {
    this.#eventListeners.add(hear)
    return () => this.#eventListeners.delete(hear)
  }

  /** Called when something may have been missed. */
  onResync(hear: () => void): () => void {
    this.#resyncListeners.add(hear)
    return () => this.#resyncListeners.delete(hear)
  }

  onStatus = (hear: () => void): (() => void) => {
    this.#statusListeners.add(hear)
    return () => this.#statusListeners.delete(hear)
  }

  status = (): LiveStatus => this.#status

  /** Tries to connect at once. */
  retry = () => {
    if (this.#stream) this.#stream.retry()
    else this.#post({ type: 'retry' })
  }

  close() {
    clearInterval(this.#timer)
    this.#post({ type: 'bye', window: this.#me })
    this.#stream?.close()
    this.#stream = undefined
    this.#release?.()
    this.#around.channel?.close()
  }

  #lead() {
    this.#stream = new LiveStream({ url: this.#around.url, fetch: this.#around.fetch, onNews: (n) => this.#publish(n) })
    this.#post({ type: 'who' })
    this.#listen()
  }

  #listen() {
    const old = Date.now() - forgetAfter
    for (const [window, { heard }] of this.#others) if (heard < old) this.#others.delete(window)
    const topics = [...this.#wanted.keys(), ...[...this.#others.values()].flatMap((o) => o.topics)]
    this.#stream?.listen(topics.filter((t) => !this.#ended.has(t)))
  }

  /** What one rendering begins and ends to listen to is told once: each change of the topics is a new connection. */
  #tell() {
    if (this.#telling) return
    this.#telling = true
    queueMicrotask(() => {
      this.#telling = false
      if (this.#stream) this.#listen()
      else this.#post({ type: 'want', window: this.#me, topics: [...this.#wanted.keys()] })
    })
  }

  #post(note: Note) {
    this.#around.channel?.postMessage(note)
  }

  #publish(news: LiveNews) {
    this.#post({ type: 'news', news })
    this.#hear(news)
  }

  #read(note: Note) {
    switch (note.type) {
      case 'news':
        return this.#hear(note.news)
      case 'who':
        return this.#stream ? undefined : this.#tell()
      case 'retry':
        return this.#stream?.retry()
      case 'bye':
        this.#others.delete(note.window)
        return this.#stream && this.#listen()
      case 'want': {
        if (!this.#stream) return
        const before = this.#others.get(note.window)?.topics ?? []
        this.#others.set(note.window, { topics: note.topics, heard: Date.now() })
        const fresh = note.topics.filter((t) => !before.includes(t))
        // A window that comes later has not heard how things are.
        if (before.length === 0) this.#post({ type: 'news', news: { type: 'status', status: this.#status } })
        for (const topic of fresh) {
          this.#ended.delete(topic)
          const state = this.#states.get(topic)
          if (state) this.#post({ type: 'news', news: { type: 'event', event: state } })
        }
        this.#listen()
      }
    }
  }

  #hear(news: LiveNews) {
    switch (news.type) {
      case 'event': {
        const { event } = news
        if (event.state !== undefined) this.#states.set(event.topic, event)
        // "person:me" is asked for; what comes bears the person's number, and nobody else's ever comes.
        this.#wanted.get(event.topic.startsWith('person:') ? 'person:me' : event.topic)?.forEach((hear) => hear(event))
        this.#eventListeners.forEach((hear) => hear(event))
        break
      }
      case 'resync':
        this.#resyncListeners.forEach((hear) => hear())
        break
      case 'ended':
        this.#ended.add(news.topic)
        this.#states.delete(news.topic)
        // Whoever shows it reads again and learns why from the API.
        this.#eventListeners.forEach((hear) => hear({ topic: news.topic, kind: 'ended', id: '', version: 0 }))
        break
      case 'status':
        this.#status = news.status
        this.#statusListeners.forEach((hear) => hear())
    }
  }
}
