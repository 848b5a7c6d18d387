// What a large meeting and a weak line need: a wall of faces where more are
// seated than moving pictures are affordable, and statements recorded in one
// browser that everybody hears in their author's turn.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { cleanup } from './lib/cleanup.mjs'
import { out, startDemo } from './lib/demo.mjs'
import { byLink, crowd } from './lib/room.mjs'

/** The demonstration's meeting, and ways into it. */
async function gathering(t, browserArgs = []) {
  const demo = await startDemo(t, { seconds: 120 })
  const browser = await openBrowser(t, { args: browserArgs })
  const meeting = demo.info.meeting_id
  const api = `${demo.url}/api/v1/meetings/${meeting}`
  let sent = 0
  const house = {
    demo,
    api,
    async signIn(page, role) {
      const { login, password } = demo.info.sign_ins.find((s) => s.role === role)
      assert.ok((await page.context().request.post(`${demo.url}/api/v1/session`, { data: { login, password } })).ok())
      return page
    },
    async comes(page, role) {
      if (role) await house.signIn(page, role)
      await page.goto(`${demo.url}/room/${meeting}`)
      await page.getByRole('button', { name: /进入会议|Enter the meeting/ }).click()
      await page.getByRole('navigation', { name: /会议工具|Meeting/ }).waitFor()
      return page
    },
    byLink: (page, host, person) => byLink(page, demo, host, person),
    view: async (page) => (await page.context().request.get(`${api}/room`)).json(),
    async command(page, body) {
      const { state } = await house.view(page)
      const answer = await page.context().request.post(`${api}/room/commands`, { data: { id: `faces-test-${++sent}`, version: state.version, ...body } })
      assert.ok(answer.ok(), await answer.text())
    },
  }
  return { ...house, browser }
}

test('above thirty seats faces are a wall of stills', async (t) => {
  const { demo, browser, signIn, byLink, comes, view, command } = await gathering(t, ['--autoplay-policy=no-user-gesture-required'])
  const desk = await comes(await browser.desk(), 'secretary')
  assert.equal(await desk.getByRole('region', { name: '大家的画面' }).count(), 0, 'a wall for one person')

  const { plan, me } = await view(desk)
  const phone = await signIn(await browser.phone(), 'member')
  const member = (await view(phone)).me.person
  const reader = plan.invited.find((p) => p.id !== me.person && p.id !== member)
  const { guests, showing, put, round } = await crowd({ demo, host: desk, apart: [member, reader.id] })
  assert.ok(guests.length > 30, `${guests.length} guests`)
  await round()
  const rounds = setInterval(() => void round().catch(() => {}), 5_000)
  cleanup(t, () => clearInterval(rounds))

  await comes(phone)
  const wall = (page) => page.getByRole('region', { name: /大家的画面|Everybody's faces/ })
  const place = (page, name) => wall(page).getByRole('listitem').filter({ hasText: name }).filter({ has: page.getByRole('img') })

  await t.test('everybody is in their place, by name and picture', async () => {
    await wall(desk).getByRole('img').nth(30).waitFor()
    for (const i of [0, 7, 20, 30]) {
      const colour = await middle(desk, place(desk, guests[i].name))
      assert.ok(colour.every((x, k) => Math.abs(x - guests[i].colour[k]) < 40), `${guests[i].name} is ${colour}, want ${guests[i].colour}`)
    }
    await accessible(desk)
    await desk.shot('faces wall desk')
  })

  await t.test('a phone turns the pages: by button, key and finger', async () => {
    const at = (n) => wall(phone).getByRole('list', { name: new RegExp(`第 ${n} 页`) }).waitFor()
    await at(1)
    await accessible(phone)
    await phone.shot('faces wall phone')
    assert.equal(await wall(phone).getByRole('listitem').count(), 12)
    await wall(phone).getByRole('button', { name: '下一页画面' }).click()
    await at(2)
    await wall(phone).getByRole('img').first().waitFor()
    await phone.keyboard.press('ArrowLeft')
    await at(1)
    await phone.keyboard.press('ArrowRight')
    await at(2)
    await wall(phone).getByRole('list').evaluate((list) => {
      const touch = (x) => new Touch({ identifier: 1, target: list, clientX: x, clientY: 300 })
      list.dispatchEvent(new TouchEvent('touchstart', { bubbles: true, touches: [touch(300)], changedTouches: [touch(300)] }))
      list.dispatchEvent(new TouchEvent('touchend', { bubbles: true, touches: [], changedTouches: [touch(120)] }))
    })
    await at(3)
    await phone.shot('faces wall phone page 3')
  })

  await t.test('one is seen while one agrees', async () => {
    const { me } = await view(phone)
    const mine = place(desk, me.name)
    await mine.waitFor()
    const own = wall(phone).getByRole('switch', { name: '让大家看到我' })
    assert.equal(await own.isChecked(), true)
    await own.click()
    await mine.waitFor({ state: 'detached', timeout: 8_000 })
    await phone.reload()
    await phone.getByRole('navigation', { name: '会议工具' }).waitFor()
    assert.equal(await own.isChecked(), false, 'shown again by loading the page anew')
    await own.click()
    await mine.waitFor()
    await phone.getByRole('button', { name: '关闭摄像头' }).click()
    await mine.waitFor({ state: 'detached', timeout: 8_000 })
  })

  await t.test('who is removed is gone at once, and who sends nothing is forgotten', async () => {
    await command(desk, { kind: 'remove', person: guests[3].id, reason: '练习移出' })
    await wall(desk).getByRole('listitem').filter({ hasText: guests[3].name }).waitFor({ state: 'detached', timeout: 3_000 })
    const refused = await put(guests[3])
    assert.equal(refused.status, 403)
    showing.delete(guests[3])
    showing.delete(guests[5])
    await place(desk, guests[5].name).waitFor({ state: 'detached', timeout: 25_000 })
    await wall(desk).getByRole('listitem').filter({ hasText: guests[5].name }).waitFor()
  })

  await t.test('a weak line takes no pictures', async () => {
    let asked = 0
    desk.on('request', (r) => r.url().includes('/room/face') && asked++)
    await desk.keyboard.press('n')
    await desk.getByRole('radio', { name: /材料和声音/ }).check()
    await desk.keyboard.press('Escape')
    await wall(desk).waitFor({ state: 'detached' })
    asked = 0
    await desk.waitForResponse((r) => r.url().endsWith('/room/beat'))
    await desk.waitForResponse((r) => r.url().endsWith('/room/beat'))
    assert.equal(asked, 0)
  })

  await t.test('in English and large type', async () => {
    const page = await byLink(await browser.phone({ locale: 'en' }), desk, reader.id)
    await page.context().addCookies([{ name: 'wozai_lang', value: 'en', url: demo.url }, { name: 'wozai_size', value: 'largest', url: demo.url }])
    await comes(page)
    await wall(page).getByRole('img').first().waitFor()
    await accessible(page)
    await page.shot('faces wall phone en')
  })
})

test('a recorded statement is heard by everybody in its author\'s turn', async (t) => {
  const { api, browser, byLink, comes, view, command } = await gathering(t, ['--autoplay-policy=no-user-gesture-required'])
  const host = await comes(await browser.desk(), 'secretary')
  const author = await comes(await browser.phone(), 'member')
  const writer = (await view(author)).me.person
  await host.getByRole('button', { name: '宣布开会' }).click()

  await t.test('it is recorded in the browser and handed in with its words', async () => {
    await author.keyboard.press('w')
    await author.getByRole('button', { name: '不写，改为录音' }).click()
    await author.getByRole('button', { name: /录好了，停止 0:1[4-9]/ }).click({ timeout: 30_000 })
    // Closed by mistake, it is still there.
    await author.getByRole('button', { name: '把录音交上去' }).waitFor()
    await author.keyboard.press('Escape')
    await author.getByRole('dialog').waitFor({ state: 'detached' })
    await author.keyboard.press('w')
    await author.getByRole('button', { name: '把录音交上去' }).waitFor()
    await author.getByLabel(/把要点也写下来/).fill('一是学习不够深入；二是今后每周下社区一次。')
    await author.shot('recording made')
    await author.getByRole('button', { name: '把录音交上去' }).click()
    await author.getByText('已交，主持人能看到了。').waitFor()
    await author.keyboard.press('Escape')
  })

  const heard = (page) => page.waitForFunction(() => {
    const audio = document.querySelector('audio[data-recording]')
    if (!audio || audio.paused) return false
    if (!window.meter) {
      const context = new AudioContext()
      void context.resume()
      window.meter = context.createAnalyser()
      context.createMediaStreamSource(audio.captureStream()).connect(window.meter)
    }
    const samples = new Float32Array(window.meter.fftSize)
    window.meter.getFloatTimeDomainData(samples)
    return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length) > 0.01
  }, undefined, { timeout: 10_000, polling: 50 })
  /** How far a page's sound is from where the turn is, by the clock of this machine, in seconds. */
  async function beside(page) {
    const { state } = await view(page)
    const at = await page.evaluate(() => document.querySelector('audio[data-recording]').currentTime)
    const turn = state.turns[0]
    return at - (turn.sound_ms - (Date.parse(turn.due_at) - Date.now())) / 1000
  }

  const inStep = async (pages) => {
    for (const page of pages) {
      const off = await beside(page)
      assert.ok(Math.abs(off) < 1.5, `${off} s beside the turn`)
    }
  }
  await t.test('all hear it in step and read its words', async () => {
    await host.keyboard.press('h')
    await host.locator('summary', { hasText: '书面发言' }).click()
    await host.shot('recording at the host')
    await host.getByRole('button', { name: '播放' }).click()
    await host.keyboard.press('Escape')
    await Promise.all([host, author].map(heard))
    await inStep([host, author])
    await command(host, { kind: 'take' })
    assert.equal((await view(host)).state.interrupted.person, writer)
  })

  let late
  await t.test('it stands still while the chair speaks, and goes on, in the middle for who came late', async () => {
    await Promise.all([host, author].map((page) => page.waitForFunction(() => document.querySelector('audio[data-recording]').paused)))
    const { plan, me } = await view(host)
    const third = plan.invited.find((p) => p.id !== me.person && p.id !== writer)
    late = await comes(await byLink(await browser.phone(), host, third.id))
    await command(host, { kind: 'return' })
    for (const page of [host, author]) {
      await page.getByRole('region', { name: '正在发言' }).getByText('正在播放录音').waitFor()
      await page.getByText('二是今后每周下社区一次').waitFor()
    }
    assert.equal(await author.getByText('轮到您了', { exact: true }).count(), 0, 'the author is asked to speak')
    await Promise.all([heard(late), author.shot('recording playing phone'), host.shot('recording playing desk')])
    assert.ok(await late.evaluate(() => document.querySelector('audio[data-recording]').currentTime) > 0.5, 'begun at the beginning')
    await inStep([host, author, late])
    await accessible(host)
  })

  await t.test('it ends by itself and is on record as played', async () => {
    await host.waitForFunction(() => !document.querySelector('audio[data-recording]'), undefined, { timeout: 20_000 })
    assert.deepEqual((await view(host)).state.turns, [])
    // Whoever looks at a meeting that ends is told so, and their browser complains of it.
    await Promise.all([host, author, late].map((page) => page.close()))
    await command(host, { kind: 'finish', reason: '练习结束' })
    let answer
    for (const late = Date.now() + 20_000; !answer?.ok() && Date.now() < late; ) answer = await host.context().request.get(`${api}/record`)
    const record = await answer.text()
    assert.match(record, /播放录音/)
    assert.match(record, /今后每周下社区一次/)
  })
})

test('where a browser keeps a page silent, one touch lets the recording be heard', async (t) => {
  const { demo, api, browser, comes, view, command } = await gathering(t, ['--autoplay-policy=user-gesture-required'])
  const host = await comes(await browser.desk(), 'secretary')
  const listener = await comes(await browser.phone(), 'member')
  assert.ok((await host.context().request.post(`${api}/room/open`)).ok())
  // Made here rather than recorded: a plain WAV, as a browser hands in that cannot record Opus.
  const rate = 8000
  const wav = Buffer.alloc(44 + 2 * 20 * rate)
  wav.write('RIFF')
  wav.writeUInt32LE(wav.length - 8, 4)
  wav.write('WAVEfmt ', 8)
  ;[[16, 4], [1, 2], [1, 2], [rate, 4], [2 * rate, 4], [2, 2], [16, 2]].reduce((at, [v, n]) => wav.writeUIntLE(v, at, n), 16)
  wav.write('data', 36)
  wav.writeUInt32LE(wav.length - 44, 40)
  for (let i = 0; i < 20 * rate; i++) wav.writeInt16LE(Math.round(9000 * Math.sin((2 * Math.PI * 440 * i) / rate)), 44 + 2 * i)
  const made = await host.context().request.post(`${api}/room/statements/audio`, { data: wav, headers: { 'Content-Type': 'application/octet-stream' } })
  assert.ok(made.ok(), await made.text())
  // The same seat in a tab that nobody has touched yet, and that sends nothing either.
  await listener.getByRole('button', { name: '关闭摄像头' }).click()
  const kept = await listener.evaluate(() => Object.entries(sessionStorage))
  const silent = await listener.context().newPage()
  await listener.close()
  await silent.addInitScript((kept) => kept.forEach(([k, v]) => sessionStorage.setItem(k, v)), kept)
  await command(host, { kind: 'play', statement: (await made.json()).id })
  await host.waitForFunction(() => document.querySelector('audio[data-recording]')?.currentTime > 0)
  // Asking anything of a page touches it, so nothing is asked before it has tried to play.
  const tried = silent.waitForRequest(/\/statements\/.*\/audio/)
  await silent.goto(`${demo.url}/room/${demo.info.meeting_id}`)
  await tried
  const touch = silent.getByRole('button', { name: '点一下听到声音' })
  await touch.waitFor()
  assert.equal((await view(silent)).state.turns[0].sound_ms, 20_000)
  await silent.screenshot({ path: join(out, 'recording-blocked-phone.png') })
  assert.equal(await silent.evaluate(() => document.querySelector('audio[data-recording]').paused), true)
  await touch.click()
  await silent.waitForFunction(() => document.querySelector('audio[data-recording]')?.currentTime > 2)
  await touch.waitFor({ state: 'detached' })
})

/** The colour in the middle of what is shown of an element. */
async function middle(page, element) {
  const picture = (await element.screenshot()).toString('base64')
  return page.evaluate(async (text) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))]))
    const canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height })
    const to = canvas.getContext('2d')
    to.drawImage(bitmap, 0, 0)
    return [...to.getImageData(bitmap.width / 2, bitmap.height / 2, 1, 1).data].slice(0, 3)
  }, picture)
}
