import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Live } from './share'
import { sseParser, type Message } from './sse'
import { LiveStream, type LiveEvent, type LiveNews } from './stream'

// A server whose connections the test holds in its hands.
class Server {
  asked: { topics: string; last: string | null; push: (text: string) => void; drop: () => void; aborted: () => boolean }[] = []
  refuse: (() => Response) | undefined
  offline = false
  fetch = (async (url: string, init: RequestInit) => {
    if (this.offline) throw new TypeError('network')
    if (this.refuse) {
      const response = this.refuse()
      this.refuse = undefined
      return response
    }
    let out!: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({ start: (c) => void (out = c) })
    let aborted = false
    init.signal!.addEventListener('abort', () => {
      aborted = true
      try { out.error(new DOMException('', 'AbortError')) } catch { /* ended before */ }
    })
    this.asked.push({
      topics: new URL(url, 'http://x').searchParams.get('topics')!,
      last: new Headers(init.headers).get('Last-Event-ID'),
      push: (text) => out.enqueue(new TextEncoder().encode(text)),
      drop: () => out.close(),
      aborted: () => aborted,
    })
    return new Response(body, { status: 200 })
  }) as unknown as typeof fetch
  get latest() {
    return this.asked[this.asked.length - 1]!
  }
}

const hello = (resumed: boolean) => `event: hello\ndata: {"resumed":${resumed}}\n\n`
const change = (id: string, e: Partial<LiveEvent>) => `id: ${id}\nevent: change\ndata: ${JSON.stringify({ topic: 'unit:1', kind: 'unit.changed', id: '1', version: 1, ...e })}\n\n`
const settle = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the format survives any cut', () => {
  const text = `: beat\r\n\r\nid: 7.1\nevent: change\ndata: {"a":\ndata: "字"}\n\ndata: x\n\n`
  const want: Message[] = [{ event: 'change', id: '7.1', data: '{"a":\n"字"}' }, { event: 'message', id: undefined, data: 'x' }]
  for (let cut = 0; cut <= text.length; cut++) {
    const heard: Message[] = []
    const parse = sseParser((m) => heard.push(m))
    parse(text.slice(0, cut))
    parse(text.slice(cut))
    expect(heard).toEqual(want)
  }
})

function stream(server: Server) {
  const news: LiveNews[] = []
  const s = new LiveStream({ url: '/live', fetch: server.fetch, onNews: (n) => news.push(n) })
  const status = () => news.filter((n) => n.type === 'status').map((n) => n.status)
  return { s, news, status }
}

test('it comes back where it was, with a growing pause', async () => {
  const server = new Server()
  const { s, news, status } = stream(server)
  s.listen(['unit:1', 'person:me', 'unit:1'])
  await settle()
  expect(server.latest).toMatchObject({ topics: 'person:me,unit:1', last: null })
  server.latest.push(hello(false) + change('5.9', {}))
  await settle()
  expect(news.filter((n) => n.type === 'event')).toHaveLength(1)
  server.latest.drop()
  await settle()
  expect(status()).toEqual(['connecting', 'open', 'waiting'])
  server.offline = true
  await vi.advanceTimersByTimeAsync(8000)
  server.offline = false
  await vi.advanceTimersByTimeAsync(30_000)
  expect(server.asked).toHaveLength(2)
  expect(server.latest.last).toBe('5.9')
  server.latest.push(hello(true))
  await settle()
  expect(status().at(-1)).toBe('open')
  expect(news.some((n) => n.type === 'resync')).toBe(false)
})

test('what was missed is read anew', async () => {
  const server = new Server()
  const { s, news } = stream(server)
  s.listen(['unit:1'])
  await settle()
  server.latest.push(hello(false))
  await settle()
  expect(news.some((n) => n.type === 'resync')).toBe(false) // nothing came before
  server.latest.drop()
  await vi.advanceTimersByTimeAsync(1000)
  server.latest.push(hello(false))
  await settle()
  expect(news.filter((n) => n.type === 'resync')).toHaveLength(1)
})

test('a state grows by its differences, and is asked for anew when one is missing', async () => {
  const server = new Server()
  const { s, news } = stream(server)
  const states = () => news.flatMap((n) => (n.type === 'event' ? [n.event.state] : []))
  s.listen(['roster:1'])
  await settle()
  const at = (version: number, e: object) => change(`1.${version}`, { topic: 'roster:1', kind: 'state', version, ...e })
  const ann = { id: '1', name: 'Ann' }
  server.latest.push(hello(false) + at(4, { state: { version: 9, people: [ann] } }))
  server.latest.push(at(5, { delta: { put: { version: 10 }, in: { people: { put: [{ id: '2', name: 'Bo' }] } } } }))
  await settle()
  expect(states()).toEqual([
    { version: 9, people: [ann] },
    { version: 10, people: [ann, { id: '2', name: 'Bo' }] },
  ])
  server.latest.push(at(7, { delta: { put: { version: 12 } } }))
  await settle()
  expect(states()).toHaveLength(2)
  expect(server.asked).toHaveLength(2)
  expect(server.asked[0]!.aborted()).toBe(true)
  server.latest.push(hello(true) + at(7, { state: { version: 12, people: [] } }))
  await settle()
  expect(states().at(-1)).toEqual({ version: 12, people: [] })
})

test('silence is noticed, heartbeats are enough', async () => {
  const server = new Server()
  const { s, status } = stream(server)
  s.listen(['unit:1'])
  await settle()
  server.latest.push(hello(false))
  for (let i = 0; i < 6; i++) {
    await vi.advanceTimersByTimeAsync(15_000)
    server.latest.push(': still here\n\n')
  }
  await settle()
  expect(server.asked).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(42_000)
  expect(server.asked[0]!.aborted()).toBe(true)
  expect(status()).toContain('waiting')
})

test('without a session it stops and waits to be told', async () => {
  const server = new Server()
  server.refuse = () => new Response('{"code":"sign_in_required"}', { status: 401 })
  const { s, status } = stream(server)
  s.listen(['unit:1'])
  await vi.advanceTimersByTimeAsync(120_000)
  expect(status()).toEqual(['connecting', 'refused'])
  expect(server.asked).toHaveLength(0)
  s.retry()
  await settle()
  expect(server.asked).toHaveLength(1)
})

test('one topic that is not ours does not cost the others', async () => {
  const server = new Server()
  server.refuse = () => new Response('{"code":"not_found","params":{"topic":"unit:2"}}', { status: 404 })
  const { s, news } = stream(server)
  s.listen(['person:me', 'unit:1', 'unit:2'])
  await settle()
  expect(news).toContainEqual({ type: 'ended', topic: 'unit:2' })
  expect(server.latest.topics).toBe('person:me,unit:1')
})

// --- several windows of one browser

class Browser {
  #channels = new Set<{ onmessage: ((m: MessageEvent) => void) | null }>()
  #waiting: (() => Promise<unknown>)[] = []
  #held = false
  locks = {
    request: (_: string, hold: () => Promise<unknown>) => {
      this.#waiting.push(hold)
      void this.#next()
      return Promise.resolve()
    },
  } as unknown as Pick<LockManager, 'request'>
  async #next() {
    if (this.#held) return
    const hold = this.#waiting.shift()
    if (!hold) return
    this.#held = true
    await hold()
    this.#held = false
    void this.#next()
  }
  open(server: Server) {
    const me = { onmessage: null as ((m: MessageEvent) => void) | null }
    this.#channels.add(me)
    const channels = this.#channels
    const channel = {
      get onmessage() { return me.onmessage },
      set onmessage(f) { me.onmessage = f },
      postMessage: (data: unknown) => channels.forEach((c) => c !== me && c.onmessage?.({ data: structuredClone(data) } as MessageEvent)),
      close: () => void channels.delete(me),
    }
    return new Live({ url: '/live', locks: this.locks, channel: channel as never, fetch: server.fetch })
  }
}

test('windows share one stream, and the next takes over', async () => {
  const server = new Server()
  const browser = new Browser()
  const a = browser.open(server)
  const b = browser.open(server)
  const heard: string[] = []
  a.subscribe('unit:1', (e) => heard.push(`a ${e.id}`))
  const stop = b.subscribe('unit:2', (e) => heard.push(`b ${e.id}`))
  await settle()
  expect(server.latest.topics).toBe('unit:1,unit:2')
  expect(server.asked.filter((c) => !c.aborted())).toHaveLength(1)
  server.latest.push(hello(false) + change('1.1', { topic: 'unit:2', id: '22' }) + change('1.2', { topic: 'unit:1', id: '11' }))
  await settle()
  expect(heard).toEqual(['b 22', 'a 11'])
  expect([a.status(), b.status()]).toEqual(['open', 'open'])
  a.close()
  await settle()
  expect(server.asked.filter((c) => !c.aborted())).toHaveLength(1)
  expect(server.latest.topics).toBe('unit:2')
  server.latest.push(hello(false) + change('1.3', { topic: 'unit:2', id: '23' }))
  await settle()
  expect(heard.at(-1)).toBe('b 23')
  stop()
  await settle()
  expect(server.asked.every((c) => c.aborted())).toBe(true)
})

test('a window that comes later hears how things are', async () => {
  const server = new Server()
  const browser = new Browser()
  const a = browser.open(server)
  a.subscribe('meeting:9', () => {})
  await settle()
  server.latest.push(hello(false) + change('2.1', { topic: 'meeting:9', kind: 'state', state: { floor: 'x' } }))
  await settle()
  const b = browser.open(server)
  const heard: unknown[] = []
  b.subscribe('meeting:9', (e) => heard.push(e.state))
  await settle()
  expect(heard).toEqual([{ floor: 'x' }])
  expect(b.status()).toBe('open')
  expect(server.asked).toHaveLength(1)
})

test('what one rendering listens to is one connection', async () => {
  const server = new Server()
  const alone = new Live({ url: '/live', fetch: server.fetch })
  const off = ['person:me', 'room:1', 'roster:1'].map((topic) => alone.subscribe(topic, () => {}))
  await settle()
  expect(server.asked.map((a) => a.topics)).toEqual(['person:me,room:1,roster:1'])
  off[0]!()
  off[1]!()
  await settle()
  expect(server.asked.map((a) => a.topics)).toEqual(['person:me,room:1,roster:1', 'roster:1'])
})

test('who comes back before anything has happened says where the stream stood', async () => {
  const server = new Server()
  const { s, news } = stream(server)
  s.listen(['unit:1'])
  await settle()
  server.latest.push(`id: 7.1\n${hello(false)}`)
  await settle()
  s.listen(['unit:1', 'unit:2'])
  await settle()
  expect(server.latest.last).toBe('7.1')
  server.latest.push(hello(true))
  await settle()
  expect(news.filter((n) => n.type === 'resync')).toEqual([])
})

test('without locks every window has its own', async () => {
  const server = new Server()
  const alone = new Live({ url: '/live', fetch: server.fetch })
  const off = alone.subscribe('unit:1', () => {})
  await settle()
  expect(server.asked).toHaveLength(1)
  off()
  await settle()
  expect(alone.status()).toBe('idle')
})

test('who listens to what is told to them alone hears it, whatever their number', async () => {
  const server = new Server()
  const alone = new Live({ url: '/live', fetch: server.fetch })
  const heard: string[] = []
  const off = alone.subscribe('person:me', (e) => heard.push(e.kind))
  await settle()
  server.latest.push(hello(false) + change('1.1', { topic: 'person:251', kind: 'dispatch' }))
  await settle()
  expect(heard).toEqual(['dispatch'])
  off()
})
