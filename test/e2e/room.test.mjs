// A meeting with real sound and pictures: two phones and simulated members come
// in, the floor is handed over, a listener hears and sees the speaker, the media
// server is killed and everybody is back.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'

test('a meeting is entered, heard and seen', async (t) => {
  const demo = await startDemo(t, { bots: 4, seconds: 120 })
  const { phone } = await openBrowser(t, { args: ['--autoplay-policy=no-user-gesture-required'] })
  const meeting = demo.info.meeting_id
  const room = `${demo.url}/room/${meeting}`
  const api = `${demo.url}/api/v1/meetings/${meeting}/room`

  async function comes(role) {
    const page = await phone()
    const { login, password } = demo.info.sign_ins.find((s) => s.role === role)
    assert.ok((await page.context().request.post(`${demo.url}/api/v1/session`, { data: { login, password } })).ok())
    await page.goto(room)
    const enter = page.getByRole('button', { name: '进入会议' })
    await enter.waitFor()
    await accessible(page)
    await page.shot(`room door ${role}`)
    await enter.click()
    await page.getByRole('navigation', { name: '会议工具' }).waitFor()
    return page
  }
  const view = async (page) => (await page.context().request.get(api)).json()
  let sent = 0
  async function command(page, body) {
    // Bots speak meanwhile: what is based on an older state is refused, and asked again.
    for (let attempt = 0; attempt < 5; attempt++) {
      const { state } = await view(page)
      const answer = await page.context().request.post(`${api}/commands`, { data: { id: `room-test-${++sent}`, version: state.version, ...body } })
      if (answer.ok()) return
      if (answer.status() !== 412 && answer.status() !== 409) assert.fail(await answer.text())
    }
    assert.fail(`refused again and again: ${JSON.stringify(body)}`)
  }

  const listener = await comes('secretary')
  const speaker = await comes('member')
  await accessible(speaker)
  await speaker.shot('room member')

  await t.test('a hand is raised and taken down', async () => {
    await speaker.getByRole('button', { name: '我要发言' }).click()
    await speaker.getByRole('button', { name: '先不讲了' }).click()
    await speaker.getByRole('button', { name: '我要发言' }).waitFor()
  })

  await t.test('who gets the floor is heard and seen', async () => {
    const { me } = await view(speaker)
    await command(listener, { kind: 'give', person: me.person })
    await speaker.getByText('轮到您了', { exact: true }).waitFor()
    await speaker.getByText('已开麦，大家能听到您').waitFor()
    await speaker.shot('room my turn')
    await accessible(speaker)
    await listener.getByRole('region', { name: '正在发言' }).getByText(me.name).waitFor()
    const heard = await loudest(listener, 10_000) // the fake microphone beeps once a second
    assert.ok(heard >= 0.01, `sound at the listener: ${heard}`)
    await framesGrow(listener, 'section video')
    await speaker.getByRole('button', { name: '讲完了' }).click()
    await speaker.getByText('轮到您了', { exact: true }).waitFor({ state: 'detached' })
  })

  await t.test('the media server dies and everybody is back', async () => {
    for (const page of [listener, speaker]) page.expectProblem(/WebSocket|sfu|ERR_/)
    process.kill(mediaChild(demo.pid), 'SIGKILL')
    await framesGrow(listener, 'ul video')
    await framesGrow(speaker, 'ul video')
    assert.equal((await view(speaker)).me.where, 'inside')
  })
})

test('who waits has the microphone ready, and is heard with the turn', async (t) => {
  const demo = await startDemo(t, { seconds: 120 })
  const { desk, phone } = await openBrowser(t, { args: ['--autoplay-policy=no-user-gesture-required'] })
  const api = `${demo.url}/api/v1/meetings/${demo.info.meeting_id}/room`
  async function comes(open, role, options) {
    const page = await open(options)
    const { login, password } = demo.info.sign_ins.find((s) => s.role === role)
    assert.ok((await page.context().request.post(`${demo.url}/api/v1/session`, { data: { login, password } })).ok())
    await page.goto(`${demo.url}/room/${demo.info.meeting_id}`)
    await page.getByRole('button', { name: /^(进入会议|Enter the meeting)$/ }).click()
    await page.getByRole('navigation', { name: /^(会议工具|Meeting tools)$/ }).waitFor()
    return page
  }
  const view = async (page) => (await page.context().request.get(api)).json()
  let sent = 0
  async function command(page, body) {
    const { state } = await view(page)
    const answer = await page.context().request.post(`${api}/commands`, { data: { id: `ready-test-${++sent}`, version: state.version, ...body } })
    assert.ok(answer.ok(), `${JSON.stringify(body)}: ${await answer.text()}`)
  }
  const host = await comes(desk, 'secretary')
  const speaker = await comes(phone, 'member')
  assert.ok((await host.context().request.post(`${api}/open`)).ok())
  await command(host, { kind: 'open', stage: (await view(host)).plan.stages[0].key })
  await command(host, { kind: 'take' })
  await speaker.getByRole('button', { name: '我要发言' }).click()
  await speaker.getByText('麦克风已备好').waitFor()
  await accessible(speaker)
  await speaker.shot('room ready')
  // A whole second of the fake microphone's beeps: none of them comes through.
  assert.ok((await loudest(host, 1_500, 1)) < 0.001, 'somebody who waits is heard')
  const { me } = await view(speaker)
  await command(host, { kind: 'give', person: me.person })
  assert.ok((await loudest(host, 10_000)) >= 0.01, 'who has the turn is not heard')
  await host.waitForFunction(() => document.querySelector('section video')?.videoHeight >= 360)
  // Interrupted, the microphone is taken down, and got ready anew.
  await command(host, { kind: 'take' })
  await speaker.getByText('麦克风已备好').waitFor()
  assert.ok((await loudest(host, 1_500, 1)) < 0.001, 'who was interrupted is heard')
  await command(host, { kind: 'return' })
  assert.ok((await loudest(host, 10_000)) >= 0.01, 'who goes on is not heard')
})

/** The loudest sound that arrives at a page within a time, or the first that is loud enough. */
function loudest(page, ms, enough = 0.01) {
  return page.evaluate(async ({ ms, enough }) => {
    const context = new AudioContext()
    await context.resume()
    const meters = new Map()
    let most = 0
    const until = performance.now() + ms
    while (most < enough && performance.now() < until) {
      for (const element of document.querySelectorAll('audio')) {
        if (meters.has(element.srcObject)) continue
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
  }, { ms, enough })
}

/** Waits until a picture that arrives from somebody else has shown thirty more frames than now. */
function framesGrow(page, selector) {
  return page.waitForFunction((selector) => {
    window.seen ??= new WeakMap()
    return [...document.querySelectorAll(selector)].some((video) => {
      const track = video.srcObject?.getVideoTracks()[0]
      if (!track || video.dataset.mirror !== undefined) return false
      const frames = video.getVideoPlaybackQuality().totalVideoFrames
      if (!window.seen.has(track)) window.seen.set(track, frames)
      return frames - window.seen.get(track) >= 30
    })
  }, selector, { timeout: 30_000 })
}

/** The program's own child that forwards the media. */
function mediaChild(parent) {
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
