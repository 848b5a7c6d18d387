// Networks that let little through: without UDP sound comes by ICE over TCP; where nothing but HTTPS gets out, by the relay on
// the same port. The real program and a real browser, on two machines of their own.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { openBrowser } from './lib/browser.mjs'
import { startDemo, startEmpty } from './lib/demo.mjs'
import { makeNet, serverAddress } from './lib/net.mjs'
import { inside } from './lib/room.mjs'

test('whatever the network lets through, two hear each other', async (t) => {
  const net = await makeNet(t)
  if (!net) return
  const demo = await startDemo(t, {
    at: net.server, addr: `${serverAddress}:443`, seconds: 120, args: ['--tls-self', '--media-ip', serverAddress],
  })
  const { phone } = await openBrowser(t, { at: net.client, args: ['--autoplay-policy=no-user-gesture-required', '--ignore-certificate-errors'] })
  const meeting = demo.info.meeting_id
  const room = `/api/v1/meetings/${meeting}/room`
  let given = false
  for (const [what, passes, way] of [
    ['everything', 'all', { protocol: 'udp', relayProtocol: undefined }],
    ['no UDP', 'tcp', { protocol: 'tcp', relayProtocol: undefined }],
    ['nothing but HTTPS', 443, { candidateType: 'relay', relayProtocol: 'tls' }],
  ]) {
    await net.lets(passes)
    const listener = await comes('secretary')
    const speaker = await comes('member')
    if (!given) {
      const { me, state } = await ask(speaker, room)
      await ask(listener, `${room}/commands`, { id: 'reach-test', version: state.version, kind: 'give', person: me.person })
      given = true
    }
    await hears(listener)
    for (const page of [speaker, listener]) {
      const taken = await ways(page)
      assert.ok(taken.length > 0)
      for (const one of taken) assert.deepEqual({ ...one, ...way }, one, `what passes: ${what}; by ${JSON.stringify(taken)}`)
      await page.context().close()
    }
  }
  assert.equal(await net.opened(), 0, 'the server turned to somebody during the meetings')

  async function comes(role) {
    const page = await phone({ ignoreHTTPSErrors: true })
    await page.addInitScript(() => {
      window.connections = []
      window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...settings) {
          super(...settings)
          window.connections.push(this)
        }
      }
    })
    const { login, password } = demo.info.sign_ins.find((s) => s.role === role)
    await page.goto(`${demo.url}/signin`)
    await ask(page, '/api/v1/session', { login, password })
    await page.goto(`${demo.url}/room/${meeting}`)
    await page.getByRole('button', { name: '进入会议' }).click()
    await inside(page)
    return page
  }
})

test('the server turns to nobody whom it was not told of', async (t) => {
  const net = await makeNet(t)
  if (!net) return
  await net.lets('all')
  const server = await startEmpty(t, { at: net.server, addr: `${serverAddress}:80` })
  const { desk } = await openBrowser(t, { at: net.client })
  const page = await desk()
  page.expectProblem(/Cross-Origin-Opener-Policy/) // over plain HTTP
  await page.goto(server.info.setup)
  await page.getByRole('button').first().waitFor()
  assert.equal(await net.opened(), 0)
  // The count counts: a name looked up, a connection tried, by either protocol.
  for (const [i, to] of ['udp/192.0.2.53/53', 'udp/2001:db8:1::53/53', 'udp/224.0.0.251/5353'].entries()) {
    execFileSync(net.server[0], [...net.server.slice(1), 'bash', '-c', `echo > /dev/${to}`])
    assert.equal(await net.opened(), i + 1, to)
  }
})

/** Asks from within the page: the test itself is on neither machine. */
const ask = (page, path, body) =>
  page.evaluate(
    async ([path, body]) => {
      const answer = await fetch(path, body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
      return answer.status === 204 ? undefined : answer.json()
    },
    [path, body],
  )

/** The ways that a page's media take, as the browser tells, of the connections that are up. */
const ways = (page) =>
  page.evaluate(async () => {
    const found = []
    for (const connection of window.connections.filter((c) => c.connectionState === 'connected')) {
      const stats = await connection.getStats()
      for (const transport of [...stats.values()].filter((s) => s.type === 'transport' && s.selectedCandidatePairId)) {
        const { protocol, candidateType, relayProtocol } = stats.get(stats.get(transport.selectedCandidatePairId).localCandidateId)
        found.push({ protocol, candidateType, relayProtocol })
      }
    }
    return found
  })

/** Waits until sound has been played in a page: energy, not packets alone. */
const hears = (page) =>
  page.evaluate(async () => {
    for (const until = performance.now() + 60_000; performance.now() < until; await new Promise((next) => setTimeout(next, 100))) {
      for (const connection of window.connections) {
        for (const s of (await connection.getStats()).values()) {
          if (s.type === 'inbound-rtp' && s.kind === 'audio' && s.totalAudioEnergy > 0.001) return
        }
      }
    }
    throw new Error('silence for a minute')
  })
