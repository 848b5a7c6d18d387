// A push service: towards servers that ring it is one by RFC 8030 over HTTPS, towards Firefox one by the protocol of
// Mozilla's (a WebSocket: hello, register, notification, ack).
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createPlain } from 'node:http'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocketServer } from 'ws'
import { cleanup } from './cleanup.mjs'

/**
 * Starts a push service for the length of the test.
 *
 * @param {import('node:test').TestContext} t
 */
export async function startPush(t) {
  const dir = mkdtempSync(join(tmpdir(), 'wozai-e2e-'))
  cleanup(t, () => rmSync(dir, { recursive: true, force: true }))
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(dir, name))
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=push']
  execFileSync('openssl', ['req', ...kind, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' })

  const changed = new EventEmitter()
  const browsers = new Map() // by channel
  /** What servers sent: `{headers, body, code}`. */
  const rings = []
  /** What browsers made of it: 100 is decrypted and told to the service worker. */
  const acks = []

  const outside = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (q, r) => {
    const parts = []
    for await (const part of q) parts.push(part)
    const [body, channel] = [Buffer.concat(parts), q.url.slice(1)]
    const browser = q.method === 'POST' && browsers.get(channel)
    const code = browser ? 201 : 410
    r.writeHead(code).end()
    browser?.tell({ messageType: 'notification', channelID: channel, version: randomUUID(), data: body.toString('base64url'), headers: { encoding: q.headers['content-encoding'] } })
    rings.push({ headers: q.headers, body, code })
    changed.emit('change')
  })

  const inside = createPlain()
  const sockets = new WebSocketServer({ server: inside })
  sockets.on('connection', (socket) => {
    const tell = (message) => socket.send(JSON.stringify(message))
    socket.on('message', (data) => {
      const { messageType, channelID, key: by, uaid, updates } = JSON.parse(data)
      if (messageType === 'hello') tell({ messageType, status: 200, uaid: uaid ?? randomUUID().replaceAll('-', ''), use_webpush: true, broadcasts: {} })
      if (messageType === 'ack') acks.push(...updates.map((u) => u.code))
      if (messageType === 'register') {
        browsers.set(channelID, { tell, key: by })
        tell({ messageType, status: 200, channelID, pushEndpoint: `https://${host}/${channelID}` })
      }
      if (messageType === 'unregister') {
        browsers.delete(channelID)
        tell({ messageType, status: 200, channelID })
      }
      changed.emit('change')
    })
  })

  for (const server of [outside, inside]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    cleanup(t, () => (server.closeAllConnections(), server.close()))
  }
  cleanup(t, () => sockets.clients.forEach((socket) => socket.terminate()))
  const host = `127.0.0.1:${outside.address().port}`
  return {
    /** How `wozai demo` is told of it. */
    demo: { args: ['--web-push', '--outside-hosts', host], env: { SSL_CERT_FILE: cert } },
    /** How Firefox is told of it. */
    prefs: {
      'dom.push.serverURL': `ws://127.0.0.1:${inside.address().port}`,
      'dom.push.testing.allowInsecureServerURL': true,
      'dom.push.connection.enabled': true, // Playwright's profile turns it off
      'alerts.useSystemBackend': false, // a window of Firefox's own instead of the desktop's notification
    },
    browsers,
    rings,
    acks,
    /** Waits until something is so. */
    async until(what, so) {
      const signal = AbortSignal.timeout(20_000)
      while (!so()) {
        await once(changed, 'change', { signal }).catch(() => {
          throw new Error(`not within 20 s: ${what}`)
        })
      }
    },
  }
}
