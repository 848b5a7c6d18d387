// What tests do in a meeting's room: come in, command, listen, look, intrude.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'

/** Signs a page in by the demonstration's role, without the form. */
export async function signedIn(open, demo, role) {
  const page = await open()
  const { login, password } = demo.info.sign_ins.find((s) => s.role === role)
  assert.ok((await page.context().request.post(`${demo.url}/api/v1/session`, { data: { login, password } })).ok())
  return page
}

/** Through the room's door, from its page. All pictures are asked for, however busy the machine makes the line. */
export async function enter(page) {
  await page.getByRole('button', { name: '进入会议' }).click()
  await inside(page)
  await page.getByRole('button', { name: '更多', exact: true }).click()
  await page.getByRole('button', { name: '网络与省流量' }).click()
  await page.getByText('视频和大家的画面', { exact: true }).last().click()
  await page.getByRole('button', { name: '关闭', exact: true }).last().click()
}

/** Waits until a page is in the meeting. */
export const inside = (page) => page.getByRole('navigation', { name: '会议工具' }).waitFor()

/** The room of one meeting over the API, with the session of a page. */
export function roomOf(demo, meeting) {
  const api = `${demo.url}/api/v1/meetings/${meeting}/room`
  const view = async (page) => (await page.context().request.get(api)).json()
  let sent = 0
  return {
    api,
    view,
    /** Others act meanwhile: what is based on an older state is refused, and asked again. */
    async command(page, body) {
      let answer
      for (let attempt = 0; attempt < 5; attempt++) {
        const { state } = await view(page)
        answer = await page.context().request.post(`${api}/commands`, { data: { id: `e2e-command-${++sent}`, version: state.version, ...body } })
        if (answer.ok()) return
        if (answer.status() !== 412 && answer.status() !== 409) break
      }
      assert.fail(`${JSON.stringify(body)}: ${await answer.text()}`)
    },
  }
}

/** Signs a page in by a join link that a host makes. */
export async function byLink(page, demo, host, person) {
  const answer = await host.context().request.post(`${demo.url}/api/v1/meetings/${demo.info.meeting_id}/links`, { data: { person_ids: [person] } })
  assert.ok(answer.ok(), await answer.text())
  const { items } = await answer.json()
  assert.ok((await page.context().request.post(`${demo.url}/api/v1/session/link`, { data: { token: items[0].token } })).ok())
  return page
}

/**
 * A neighbouring branch attends: forty more, each by a link of their own, without a browser. Each
 * has a face to show (`bytes`, all of one `colour`); `look` says who shows it when `round` is called.
 *
 * @param {{demo: object, host: import('playwright-core').Page, apart?: string[]}} options apart: who does not come
 */
export async function crowd({ demo, host, apart = [] }) {
  const api = `${demo.url}/api/v1/meetings/${demo.info.meeting_id}`
  const ask = host.context().request
  const { units } = await (await ask.get(`${demo.url}/api/v1/org/search?q=${encodeURIComponent('第二业务厅党支部')}`)).json()
  const invited = await ask.post(`${api}/people`, { data: { unit_ids: [units[0].id] } })
  assert.ok(invited.ok(), await invited.text())
  const { plan, me } = await (await ask.get(`${api}/room`)).json()
  const others = plan.invited.filter((p) => p.id !== me.person && !apart.includes(p.id)).slice(0, 40)
  const issued = await ask.post(`${api}/links`, { data: { person_ids: others.map((p) => p.id) } })
  assert.ok(issued.ok(), await issued.text())
  const faces = await host.evaluate(drawFaces, others.length)
  const guests = []
  for (const [i, { person_id: id, token }] of (await issued.json()).items.entries()) {
    const json = { 'Content-Type': 'application/json' }
    const session = await fetch(`${demo.url}/api/v1/session/link`, { method: 'POST', headers: json, body: JSON.stringify({ token }) })
    assert.ok(session.ok, await session.text())
    const cookie = session.headers.get('set-cookie').split(';')[0]
    const enter = await fetch(`${api}/room/enter`, { method: 'POST', headers: { ...json, cookie }, body: JSON.stringify({ how: 'video', device: `device-of-${id}` }) })
    assert.ok(enter.ok, await enter.clone().text())
    guests.push({ id, cookie, seat: (await enter.json()).seat, name: others.find((p) => p.id === id).name, ...faces[i] })
  }
  const put = (guest) => fetch(`${api}/room/face?seat=${guest.seat}`, { method: 'PUT', headers: { 'Content-Type': 'image/jpeg', cookie: guest.cookie }, body: new Uint8Array(guest.bytes) })
  const showing = new Set(guests)
  /** What everybody's browser does every five seconds: a sign of life, and the next picture. */
  const round = () =>
    Promise.all(guests.map(async (g) => {
      await fetch(`${api}/room/beat`, { method: 'POST', headers: { 'Content-Type': 'application/json', cookie: g.cookie }, body: JSON.stringify({ seat: g.seat }) }).catch(() => {})
      if (showing.has(g)) assert.equal((await put(g)).status, 204)
    }))
  return { guests, showing, put, round }
}

/** In the page: a coloured picture with a number for each. */
async function drawFaces(count) {
  const out = []
  for (let i = 0; i < count; i++) {
    const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 })
    const to = canvas.getContext('2d')
    to.fillStyle = `hsl(${(i * 37) % 360} 80% 45%)`
    to.fillRect(0, 0, 160, 120)
    const [r, g, b] = to.getImageData(80, 60, 1, 1).data
    to.fillStyle = '#fff'
    to.font = '28px sans-serif'
    to.fillText(String(i), 6, 30)
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.8))
    out.push({ colour: [r, g, b], bytes: [...new Uint8Array(await blob.arrayBuffer())] })
  }
  return out
}

/** The loudest sound that a page plays, as RMS, until one is louder than `enough` or the seconds are over. */
export function loudest(page, { enough = 0.01, seconds = 10 } = {}) {
  return page.evaluate(async ({ enough, seconds }) => {
    const context = new AudioContext()
    await context.resume()
    const meters = new Map()
    let most = 0
    const until = performance.now() + seconds * 1000
    while (most < enough && performance.now() < until) {
      for (const element of document.querySelectorAll('audio')) {
        if (meters.has(element.srcObject) || !element.srcObject) continue
        const meter = context.createAnalyser()
        context.createMediaStreamSource(element.srcObject).connect(meter)
        meters.set(element.srcObject, meter)
      }
      for (const meter of meters.values()) {
        const samples = new Float32Array(meter.fftSize)
        meter.getFloatTimeDomainData(samples)
        most = Math.max(most, Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length))
      }
      await new Promise(requestAnimationFrame)
    }
    await context.close()
    return most
  }, { enough, seconds })
}

/** Waits until a picture that arrives from somebody else has shown thirty more frames than now. */
export async function framesGrow(page, selector) {
  await page.evaluate(() => delete window.seen)
  return page.waitForFunction((selector) => {
    window.seen ??= new WeakMap()
    return [...document.querySelectorAll(selector)].some((video) => {
      const track = video.srcObject?.getVideoTracks()[0]
      if (!track || video.dataset.mirror !== undefined) return false
      const frames = video.mozPaintedFrames ?? video.getVideoPlaybackQuality().totalVideoFrames // Firefox counts none there of what is live
      if (!window.seen.has(track)) window.seen.set(track, frames)
      return frames - window.seen.get(track) >= 30
    })
  }, selector, { timeout: 30_000 })
}

// The page's own library, as one script.
const livekit = new URL('../../../web/node_modules/livekit-client/dist/livekit-client.umd.js', import.meta.url)

/**
 * Takes a seat's connection with a client of our own making that does not ask what it may: it
 * believes itself allowed and sends its microphone. Says what came of it: "published", or why not.
 */
export async function intrude(page, meeting, seat) {
  await page.evaluate(readFileSync(livekit, 'utf8')) // by the debugger's door: the page's content policy stands
  return page.evaluate(async ({ meeting, seat }) => {
    const { Room, Track, createLocalAudioTrack } = window.LivekitClient
    const room = new Room({ stopLocalTrackOnUnpublish: false })
    window.intruder = room
    await room.connect(`${location.origin.replace('http', 'ws')}/sfu?meeting=${meeting}&seat=${seat}`, 'none', { autoSubscribe: false })
    const me = room.localParticipant
    Object.defineProperty(me, 'permissions', { get: () => ({ canPublish: true, canPublishData: true, canPublishSources: [], canSubscribe: true }), set: () => {} })
    try {
      const track = await createLocalAudioTrack()
      await Promise.race([
        me.publishTrack(track, { source: Track.Source.Microphone }),
        new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 6000)),
      ])
      return 'published'
    } catch (error) {
      return String(error.message ?? error)
    }
  }, { meeting, seat })
}

/** The program's own child that forwards the media. */
export function mediaChild(parent) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, ppid] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
      if (Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('media')) return Number(pid)
    } catch {
      // ended while it was looked at
    }
  }
  throw new Error('the program has no media child')
}
