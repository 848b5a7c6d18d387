// The service worker, served at /sw.js: it keeps the program of the pages on the device, so that they
// open without a network, and shows what is pushed. It keeps no answers of the server and nothing about
// anybody. The room, the light pages and the API are not its business: what it does not answer goes to
// the server as if it were not there.
declare const self: ServiceWorkerGlobalScope
// Filled in by the build (vite.config.ts): every file of the pages, each with a hash in its name, and a hash of them all.
declare const __FILES__: string[]
declare const __VERSION__: string

const files = new Set(__FILES__)
const prefix = 'wozai-'
const mine = prefix + __VERSION__
const apart = /^\/(api|sfu|room|signin|j|setup|p|doctor|trust|metrics|healthz|readyz)(\/|$)/
const shell = '/'

/** The name of a file without its hash. */
const plain = (path: string) => path.replace(/-[\w-]{8}(\.\w+)$/, '$1')

const kept = () => caches.open(mine)

// A version is kept whole or not at all: its page, and of its files those that the page loads and those
// whose forerunners were used on this device. Then it takes over at once: pages that are open go on, as
// what they still load is from the server, which has it or not, as without a worker.
self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const page = await fetch(shell, { cache: 'no-store' }) // not asked for as HTML, it comes also to who is signed out
      const named = [...(await page.clone().text()).matchAll(/"(\/assets\/[^"]+)"/g)].map((m) => m[1]!)
      if (!page.ok || page.redirected || named.length === 0 || !named.every((f) => files.has(f))) throw new Error('not the page of this version')
      const used = new Set((await usedBefore()).map(plain))
      const cache = await kept()
      await cache.addAll([...files].filter((f) => named.includes(f) || used.has(plain(f))))
      await cache.put(shell, page)
      await self.skipWaiting()
    })(),
  )
})

async function older(): Promise<string[]> {
  return (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== mine)
}

async function usedBefore(): Promise<string[]> {
  const found = await Promise.all((await older()).map(async (name) => (await caches.open(name)).keys()))
  return found.flat().map((request) => new URL(request.url).pathname)
}

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await older()) await caches.delete(name)
      await self.registration.navigationPreload?.enable()
      await self.clients.claim()
    })(),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate') {
    if (!apart.test(pathname)) event.respondWith(page(event))
  } else if (files.has(pathname)) event.respondWith(file(event, pathname))
})

/** A page comes from the server; without one, the program opens and says so itself. */
async function page(event: FetchEvent): Promise<Response> {
  try {
    const ahead = (await event.preloadResponse) as Response | undefined
    return ahead && ahead.type !== 'error' ? ahead : await fetch(event.request) // Firefox gives what failed as an answer
  } catch (error) {
    const stored = await (await kept()).match(shell)
    if (!stored) throw error
    return stored
  }
}

/** What carries a hash in its name never changes. */
async function file(event: FetchEvent, path: string): Promise<Response> {
  const cache = await kept()
  const stored = await cache.match(path, { ignoreVary: true })
  if (stored) return stored
  const answer = await fetch(event.request)
  if (answer.ok) event.waitUntil(cache.put(path, answer.clone()).catch(() => undefined)) // no room left on the device: goes on without
  return answer
}

// A page tells what it had loaded before there was a worker.
self.addEventListener('message', (event) => {
  const loaded = (event.data as { loaded?: string[] }).loaded ?? []
  event.waitUntil(
    (async () => {
      const cache = await kept()
      const there = new Set((await cache.keys()).map((request) => new URL(request.url).pathname))
      await cache.addAll(loaded.filter((f) => files.has(f) && !there.has(f)))
    })().catch(() => undefined),
  )
})

export interface Ring {
  title: string
  body: string
  lang: string
  path: string
  tag: string
}

// What is pushed is worded by the server, and says even here no more than that somebody is looking for the reader.
self.addEventListener('push', (event) => {
  const { title, body, lang, path, tag } = event.data!.json() as Ring
  const more = { renotify: true, vibrate: [300, 150, 300] } // not in every browser, and so not in the types
  event.waitUntil(self.registration.showNotification(title, { body, lang, tag, data: path, icon: '/mark.svg', requireInteraction: true, ...more }))
})

// A window that shows the page comes to the front; others are left as they are, somebody may be writing there.
self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const path = String(event.notification.data || '/')
  event.waitUntil(
    (async () => {
      const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
      const there = windows.find((w) => new URL(w.url).pathname === path)
      await (there ? there.focus() : self.clients.openWindow(path))
    })(),
  )
})

// The push service gave this browser another address: the server hears of it while the session lasts.
self.addEventListener('pushsubscriptionchange', (event) => {
  const change = event as ExtendableEvent & { oldSubscription?: PushSubscription; newSubscription?: PushSubscription }
  change.waitUntil(
    (async () => {
      const options = change.oldSubscription?.options
      const now = change.newSubscription ?? (options && (await self.registration.pushManager.subscribe(options)))
      if (!now) return
      const { endpoint, keys } = now.toJSON()
      await fetch('/api/v1/me/push', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ endpoint, ...keys }) })
    })(),
  )
})
