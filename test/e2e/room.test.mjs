// A meeting that is alive when somebody comes alone: simulated members are there, show their faces,
// queue and speak, by themselves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'
import { enter, framesGrow, loudest, roomOf, signedIn } from './lib/room.mjs'

/** Somebody of the demonstration, in its meeting. */
async function comes(open, demo, role) {
  const page = await signedIn(open, demo, role)
  await page.goto(`${demo.url}/room/${demo.info.meeting_id}`)
  await enter(page)
  return page
}

test('who comes alone finds a living meeting', async (t) => {
  const demo = await startDemo(t, { bots: 4, seconds: 120 })
  const { phone } = await openBrowser(t, { args: ['--autoplay-policy=no-user-gesture-required'] })
  const page = await signedIn(phone, demo, 'member')
  await page.goto(`${demo.url}/room/${demo.info.meeting_id}`)
  await page.getByRole('button', { name: '进入会议' }).waitFor()
  await accessible(page)
  await page.shot('room door phone')
  await enter(page)

  await framesGrow(page, 'ul video')
  const heard = await loudest(page, { seconds: 60 })
  assert.ok(heard >= 0.01, `sound of whoever speaks: ${heard}`)
  await accessible(page)
  await page.shot('room phone')

  await page.getByRole('button', { name: '我要发言' }).click()
  await page.getByRole('button', { name: '先不讲了' }).click()
  await page.getByRole('button', { name: '我要发言' }).waitFor()
  const { state } = await roomOf(demo, demo.info.meeting_id).view(page)
  assert.equal(state.counts.here, 5)
})

test('an invitation fetches the room ahead, which asks for nothing twice', async (t) => {
  const demo = await startDemo(t, { bots: 4, seconds: 120 })
  const { phone } = await openBrowser(t, { args: ['--autoplay-policy=no-user-gesture-required'] })
  const page = await phone()
  const requests = []
  page.on('request', (r) => requests.push(`${r.method()} ${new URL(r.url()).pathname}`))
  const sockets = []
  page.on('websocket', (s) => sockets.push(new URL(s.url()).searchParams))
  await page.goto(demo.info.link)
  const button = page.getByRole('button', { name: '进入会议' })
  await button.waitFor()
  await page.waitForFunction(() => performance.getEntriesByType('resource').some((r) => /tracks-.*js/.test(r.name) && r.responseEnd > 0))
  const files = (wanted) => requests.filter((r) => /^GET .assets/.test(r) && wanted(r))
  assert.ok(files(() => true).length >= 8, `fetched ahead: ${files(() => true)}`)
  await button.click()
  await page.waitForURL(/\/room\//)
  const door = page.getByRole('radio').first()
  await door.waitFor({ state: 'attached' })
  // What the door shows came with the page, and the files from before.
  assert.deepEqual(requests.filter((r) => /^GET .api.v1.meetings.\d+.room$/.test(r)), [])
  const fetched = await page.evaluate(() => performance.getEntriesByType('resource').filter((r) => r.name.includes('/assets/') && r.transferSize > 0).map((r) => r.name))
  assert.deepEqual(fetched, [])
  await enter(page)
  assert.ok((await loudest(page, { seconds: 60 })) >= 0.01, 'nobody is heard')
  // The media did not wait for the seat, and the room is read once.
  assert.equal(sockets.length, 1)
  assert.ok(sockets[0].get('device') && !sockets[0].get('seat'))
  assert.equal(requests.filter((r) => /^GET .api.v1.meetings.\d+.room$/.test(r)).length, 1, requests.join('\n'))
})

test('who waits has the microphone ready, and is heard with the turn', async (t) => {
  const demo = await startDemo(t)
  const { desk, phone } = await openBrowser(t, { args: ['--autoplay-policy=no-user-gesture-required'] })
  const { api, view, command } = roomOf(demo, demo.info.meeting_id)
  const host = await comes(desk, demo, 'secretary')
  const speaker = await comes(phone, demo, 'member')
  assert.ok((await host.context().request.post(`${api}/open`)).ok())
  await command(host, { kind: 'open', stage: (await view(host)).plan.stages[0].key })
  await command(host, { kind: 'take' })
  await speaker.getByRole('button', { name: '我要发言' }).click()
  await speaker.getByText('麦克风已备好').waitFor()
  await accessible(speaker)
  await speaker.shot('room ready')
  // A whole second of the fake microphone's beeps: none of them comes through.
  assert.ok((await loudest(host, { seconds: 1.5, enough: 1 })) < 0.001, 'somebody who waits is heard')
  const { me } = await view(speaker)
  await command(host, { kind: 'give', person: me.person })
  assert.ok((await loudest(host)) >= 0.01, 'who has the turn is not heard')
  await host.waitForFunction(() => document.querySelector('section video')?.videoHeight >= 360)
  // Interrupted, the microphone is taken down, and got ready anew.
  await command(host, { kind: 'take' })
  await speaker.getByText('麦克风已备好').waitFor()
  assert.ok((await loudest(host, { seconds: 1.5, enough: 1 })) < 0.001, 'who was interrupted is heard')
  await command(host, { kind: 'return' })
  assert.ok((await loudest(host)) >= 0.01, 'who goes on is not heard')
})

test('the stage has an order of its own, papers lie on the table, people write', async (t) => {
  const demo = await startDemo(t)
  const { desk, phone } = await openBrowser(t, { args: ['--autoplay-policy=no-user-gesture-required'] })
  const { api, view, command } = roomOf(demo, demo.info.meeting_id)
  const host = await comes(desk, demo, 'secretary')
  const member = await comes(phone, demo, 'member')

  await t.test('the large button of the host is what all wait for', async () => {
    await host.getByRole('button', { name: '宣布开会' }).click()
    await host.getByRole('button', { name: /^开始“/ }).click()
    await command(host, { kind: 'give', person: (await view(host)).me.person })
    await member.getByRole('button', { name: '我要发言' }).click()
    await host.getByRole('button', { name: '讲完了' }).click()
    // The first stage is passed on by the host.
    await host.getByRole('button', { name: /^请.+发言$/ }).click()
    await member.getByRole('button', { name: '讲完了' }).click()
    await member.getByRole('button', { name: '我要发言' }).waitFor()
  })

  await t.test('who is next by the order says that the microphone may be got ready', async () => {
    const { plan, me } = await view(host)
    const stage = plan.stages.find((s) => s.mode === 'everyone_speaks').key
    await command(host, { kind: 'order', stage, people: [me.person, (await view(member)).me.person] })
    await command(host, { kind: 'open', stage })
    if (!(await view(host)).state.turns.length) await command(host, { kind: 'grant' })
    const ready = member.getByRole('button', { name: '备好麦克风' })
    await ready.waitFor()
    await accessible(member)
    await member.shot('room next by order')
    await ready.click()
    await member.getByText('麦克风已备好').waitFor()
    await ready.waitFor({ state: 'detached' })
    assert.ok((await loudest(host, { seconds: 1.5, enough: 1 })) < 0.001, 'who only got ready is heard')
    await host.getByRole('button', { name: '讲完了' }).click()
    if (!(await view(host)).state.turns.length) await command(host, { kind: 'grant' })
    assert.ok((await loudest(host)) >= 0.01, 'who got ready and has the turn is not heard')
  })

  await t.test('a paper is shown to all, turned and enlarged', async () => {
    await host.keyboard.press('f')
    await host.getByRole('button', { name: '展示给大家' }).click({ timeout: 60_000 }) // its pages are being made
    const page = member.getByRole('img', { name: /第 1 页$/ })
    await page.waitFor()
    assert.ok((await page.evaluate((image) => image.decode().then(() => image.naturalWidth))) >= 900)
    await host.getByRole('button', { name: '下一页', exact: true }).first().click()
    await member.getByRole('img', { name: /第 2 页$/ }).waitFor()
    const second = member.getByRole('img', { name: /第 2 页$/ })
    const before = (await second.boundingBox()).width
    await member.getByRole('button', { name: '放大这一页' }).click()
    assert.ok((await second.boundingBox()).width > 1.9 * before)
    await accessible(member)
    await member.shot('room paper enlarged')
  })

  await t.test('what is written is read while one looks', async () => {
    await host.keyboard.press('c')
    for (const text of ['大家好，声音听得清楚吗？', '我这边听得很清楚。']) {
      assert.ok((await member.context().request.post(`${api}/chat`, { data: { id: `room-test-chat-${text.length}`, text } })).ok())
      await host.getByRole('list', { name: '文字交流' }).getByText(text).waitFor()
    }
    await accessible(host)
    await host.keyboard.press('l')
    await host.getByRole('button', { name: /陈|于|萧/ }).first().waitFor()
  })
})
