// Bad luck, as people meet it: no camera, no permission, no safe address, no WebRTC, a wrong
// clock, another zone, a link that is not theirs, a second device, a network that goes away. Each
// gets a clear word, comes in all the same where that is possible, and loses nothing.
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'

const enter = { name: '进入会议' }
const devices = { permissions: ['camera', 'microphone'] }

/** A page on which a person of the demonstration is signed in. */
async function as(open, demo, role, options, url = demo.url) {
  const page = await open(options)
  const { login, password } = demo.info.sign_ins.find((s) => s.role === role)
  const answer = await page.context().request.post(`${url}/api/v1/session`, { data: { login, password } })
  assert.ok(answer.ok(), await answer.text())
  return page
}

/** Through the door of the demonstration's meeting. */
async function comeIn(page, demo, url = demo.url) {
  await page.goto(`${url}/room/${demo.info.meeting_id}`)
  await page.getByRole('button', enter).click()
  await page.getByRole('navigation', { name: '会议工具' }).waitFor()
}

const api = (demo, url = demo.url) => `${url}/api/v1/meetings/${demo.info.meeting_id}/room`
const view = async (page, demo, url) => (await page.context().request.get(api(demo, url))).json()

let sent = 0
async function command(page, demo, body) {
  const { state } = await view(page, demo)
  const answer = await page.context().request.post(`${api(demo)}/commands`, { data: { id: `trouble-${++sent}`, version: state.version, ...body } })
  assert.ok(answer.ok(), await answer.text())
}

test('devices that are missing, refused or taken keep nobody out', async (t) => {
  const demo = await startDemo(t)
  const host = await as((await openBrowser(t)).desk, demo, 'secretary')
  await comeIn(host, demo)
  await host.context().request.post(`${api(demo)}/open`)

  const cases = {
    'no camera and no microphone': { browser: { media: false }, page: devices, says: '没有找到麦克风或摄像头' },
    'permission refused': { browser: { media: false, args: ['--use-fake-device-for-media-stream'] }, page: {}, says: '浏览器没有允许使用麦克风或摄像头' },
    // What a browser answers when another program has the camera; two of them in one machine cannot be had here.
    'device in use': {
      browser: {},
      page: {},
      says: '麦克风或摄像头正被别的程序占用',
      before: () => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Could not start video source', 'NotReadableError'))
      },
    },
  }
  for (const [name, c] of Object.entries(cases)) {
    await t.test(name, async (t) => {
      const { phone } = await openBrowser(t, c.browser)
      const page = await as(phone, demo, 'member', c.page)
      if (c.before) await page.addInitScript(c.before)
      await page.goto(`${demo.url}/room/${demo.info.meeting_id}`)
      await page.getByRole('button', { name: '试一下设备' }).click()
      await page.getByText(c.says).waitFor()
      await accessible(page)
      await page.shot(`trouble ${name} door`)
      await page.getByRole('button', enter).click()
      await page.getByRole('navigation', { name: '会议工具' }).waitFor()
      const { me } = await view(page, demo)
      assert.equal(me.where, 'inside')
      // When the turn comes, the word is said where it matters, with what to do.
      await command(host, demo, { kind: 'give', person: me.person })
      await page.getByRole('alert').filter({ hasText: c.says }).waitFor()
      await page.shot(`trouble ${name} turn`)
      await command(host, demo, { kind: 'take' })
      await page.getByRole('alert').filter({ hasText: c.says }).waitFor({ state: 'detached' })
    })
  }

  await t.test('a browser without WebRTC reads, writes and votes', async (t) => {
    const { phone } = await openBrowser(t)
    const page = await as(phone, demo, 'member')
    await page.addInitScript(() => {
      delete window.RTCPeerConnection
      delete window.webkitRTCPeerConnection
    })
    await page.goto(`${demo.url}/room/${demo.info.meeting_id}`)
    await page.getByText('这个浏览器听不到会议的声音').waitFor()
    await page.getByText(/用电话把您接入会议/).waitFor()
    await accessible(page)
    await page.shot('trouble no webrtc door')
    await page.getByRole('button', enter).click()
    await page.getByRole('navigation', { name: '会议工具' }).waitFor()
    assert.equal((await view(page, demo)).me.where, 'inside')
    await page.shot('trouble no webrtc room')

    const guest = await phone()
    await guest.addInitScript(() => delete window.RTCPeerConnection)
    await guest.goto(demo.info.link)
    await guest.getByText('可能是版本太旧').waitFor()
    await guest.getByText('打电话参加').waitFor()
    await accessible(guest)
    await guest.shot('trouble no webrtc link')
  })
})

test('an address that is not safe still lets in', async (t) => {
  const other = Object.values(networkInterfaces()).flat().find((a) => a.family === 'IPv4' && !a.internal)
  if (!other) {
    assert.ok(!process.env.CI, 'this machine has no second address, and CI skips nothing')
    return t.skip('this machine has no second address')
  }
  const demo = await startDemo(t, { addr: '0.0.0.0:0' })
  const url = `http://${other.address}:${new URL(demo.url).port}`
  const { phone } = await openBrowser(t)
  const page = await as(phone, demo, 'member', {}, url)
  await page.goto(`${url}/room/${demo.info.meeting_id}`)
  assert.equal(await page.evaluate(() => window.isSecureContext), false)
  page.expectProblem(/Cross-Origin-Opener-Policy header has been ignored/) // which asks for HTTPS, rightly
  await page.getByText('这个地址不能用摄像头和麦克风').waitFor()
  await accessible(page)
  await page.shot('trouble insecure door')
  await page.getByRole('button', enter).click()
  await page.getByRole('navigation', { name: '会议工具' }).waitFor()
  assert.equal((await view(page, demo, url)).me.where, 'inside')

  const guest = await phone()
  guest.expectProblem(/Cross-Origin-Opener-Policy header has been ignored/)
  await guest.goto(demo.info.link.replace(demo.url, url))
  await guest.getByText('这个网址没有加密').waitFor()
  await guest.shot('trouble insecure link')
})

test('a network that goes away brings back the same place', async (t) => {
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  const host = await as(desk, demo, 'secretary')
  await comeIn(host, demo)
  await host.context().request.post(`${api(demo)}/open`)
  const page = await as(phone, demo, 'member')
  await comeIn(page, demo)
  const waiting = async () => (await view(host, demo)).state.hands.length
  const { me } = await view(page, demo)
  // Somebody else speaks, so that a hand waits.
  await command(host, demo, { kind: 'give', person: (await view(host, demo)).me.person })
  await page.getByRole('button', { name: '我要发言' }).click()
  await page.getByRole('button', { name: '先不讲了' }).waitFor()
  assert.equal(await waiting(), 1)

  await t.test('for some seconds: place in line, seat and count are as before', async () => {
    page.expectProblem(/ERR_INTERNET_DISCONNECTED/)
    await page.context().setOffline(true)
    await page.getByText('和会议断开了，正在重新连接').waitFor({ timeout: 20_000 })
    await page.getByText('您的位置、排队和签到都保留着').waitFor()
    await page.shot('trouble offline')
    await page.context().setOffline(false)
    await page.getByText('和会议断开了，正在重新连接').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: '先不讲了' }).waitFor()
    assert.equal(await waiting(), 1)
    assert.equal((await view(page, demo)).me.where, 'inside')
  })

  // How long away is too long is the server's to say, by its own clock (its tests move that
  // clock); here it has said so.
  await t.test('for longer than the seat is kept: seated anew by itself, and told so', async () => {
    await page.context().setOffline(true)
    await page.getByText('和会议断开了，正在重新连接').waitFor({ timeout: 20_000 })
    const { me: now } = await view(page, demo)
    page.expectProblem(/410|404 .*sfu/)
    assert.ok((await page.context().request.post(`${api(demo)}/leave`, { data: { seat: now.seat } })).ok())
    await page.context().setOffline(false)
    await page.getByText('已重新入座').waitFor()
    await accessible(page)
    const after = await view(page, demo)
    assert.equal(after.me.where, 'inside')
    assert.equal(after.me.person, me.person)
    assert.notEqual(after.me.seat, now.seat)
  })

  await t.test('a newer device takes over, the older one is told and may take back', async () => {
    // The older device is told by the room, by its next sign of life or by the media, whichever comes first.
    page.allowProblem(/409|410|404 .*sfu/)
    const newer = await as(phone, demo, 'member')
    await newer.goto(`${demo.url}/room/${demo.info.meeting_id}`)
    await newer.getByText('您已在另一台设备上开会').waitFor()
    await newer.getByRole('button', enter).click()
    await newer.getByRole('navigation', { name: '会议工具' }).waitFor()
    await page.getByRole('heading', { name: '您已在另一台设备上进入会议' }).waitFor()
    await accessible(page)
    await page.shot('trouble elsewhere')
    newer.allowProblem(/409|410|404 .*sfu/)
    await page.getByRole('button', { name: '在这台设备上开会' }).click()
    await page.getByRole('navigation', { name: '会议工具' }).waitFor()
    await newer.getByRole('heading', { name: '您已在另一台设备上进入会议' }).waitFor()
    const { roster } = await view(host, demo)
    assert.equal(roster.people.filter((p) => p.id === me.person).length, 1)
  })
})

test('links that are unknown, somebody else’s, too early or over say so', async (t) => {
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  const secretary = await as(desk, demo, 'secretary')
  const ask = secretary.context().request

  const unknown = await phone()
  unknown.expectProblem(/404/)
  await unknown.goto(`${demo.url}/j#${'x'.repeat(22)}`)
  await unknown.getByText('没有找到这个链接对应的会议').waitFor()
  await accessible(unknown)

  const other = await as(phone, demo, 'retired')
  other.expectProblem(/409/)
  await other.goto(demo.info.link)
  await other.getByRole('button', enter).click()
  await other.getByRole('alert').filter({ hasText: '这是发给别人的链接' }).waitFor()

  // Another meeting, tomorrow.
  const { units } = await (await ask.get(`${demo.url}/api/v1/me`)).json()
  const unit = units.find((u) => u.kind === 'branch').id
  const starts = new Date(Date.now() + 24 * 3_600_000)
  const made = await ask.post(`${demo.url}/api/v1/units/${unit}/meetings`, {
    data: { kind: 'theme_day', theme: '明天的会', starts_at: starts, ends_at: new Date(starts.getTime() + 3_600_000) },
  })
  const { id } = await made.json()
  assert.ok((await ask.post(`${demo.url}/api/v1/meetings/${id}/announce`, { data: { version: 1 } })).ok())
  const { items } = await (await ask.get(`${demo.url}/api/v1/meetings/${id}/people`)).json()
  const guest = items.find((p) => p.person_id !== demo.info.sign_ins[0].person_id)
  const links = await (await ask.post(`${demo.url}/api/v1/meetings/${id}/links`, { data: { person_ids: [guest.person_id] } })).json()
  const early = await phone({ timezoneId: 'America/New_York' })
  await early.goto(`${demo.url}/j#${links.items[0].token}`)
  await early.getByText('还没到进场时间').waitFor()
  assert.ok(await early.getByRole('button', enter).isDisabled())
  await early.getByText(/您当地/).first().waitFor() // who is abroad is told both times
  await accessible(early)
  await early.shot('trouble early link abroad')

  // The door of the room says the same to who is signed in.
  const member = await as(phone, demo, 'member')
  await member.goto(`${demo.url}/room/${id}`)
  await member.getByText('会议还没到进入时间').waitFor()
  assert.equal(await member.getByRole('button', enter).count(), 0)

  const state = async () => (await ask.get(`${demo.url}/api/v1/meetings/${id}`)).json()
  const { version } = await state()
  assert.ok((await ask.post(`${demo.url}/api/v1/meetings/${id}/cancel`, { data: { version, reason: '改期另行通知' } })).ok())
  await early.reload()
  await early.getByText('这次会议已经取消').waitFor()
  assert.equal(await early.getByRole('button', enter).count(), 0)
  await early.shot('trouble cancelled link')
})

test('a wrong clock and another zone lead nobody astray', async (t) => {
  const demo = await startDemo(t)
  const { phone } = await openBrowser(t)
  const page = await as(phone, demo, 'member', { timezoneId: 'Europe/Lisbon' })
  // The device believes that it is three hours ago.
  await page.addInitScript(() => {
    const Right = Date
    const now = () => Right.now() - 3 * 3_600_000
    window.Date = class extends Right {
      constructor(...given) {
        super(...(given.length ? given : [now()]))
      }
      static now = now
    }
  })
  await page.goto(`${demo.url}/meetings/${demo.info.meeting_id}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await page.getByText(/您当地/).first().waitFor()
  await accessible(page)
  await page.shot('trouble abroad meeting')
  await comeIn(page, demo) // the doors are open, whatever the device believes
  assert.equal((await view(page, demo)).me.where, 'inside')
})

test('an issued password leads to its change, from the room too', async (t) => {
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  const secretary = await as(desk, demo, 'secretary')
  const member = await as(desk, demo, 'member')
  const { person } = await (await member.context().request.get(`${demo.url}/api/v1/me`)).json()
  const slip = await (await secretary.context().request.post(`${demo.url}/api/v1/people/${person.id}/account`, { data: {} })).json()

  const page = await phone()
  const signed = await page.context().request.post(`${demo.url}/api/v1/session`, { data: slip })
  assert.ok(signed.ok())
  page.expectProblem(/403/)
  await page.goto(`${demo.url}/room/${demo.info.meeting_id}`)
  await page.getByRole('heading', { level: 1, name: /请先换成自己的密码/ }).waitFor()
  await accessible(page)
  await page.shot('trouble issued password')
  await page.getByLabel('发给您的一次性密码').fill(slip.password)
  await page.getByLabel('新密码', { exact: true }).fill('三月的风 吹过河岸 42')
  await page.getByLabel('再输一遍新密码').fill('三月的风 吹过河岸 42')
  await page.getByRole('button', { name: '换好，开始使用' }).click()
  // On to where they were going.
  await page.getByRole('link', enter).first().waitFor()
})
