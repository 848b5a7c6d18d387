// A meeting that is alive when somebody comes alone: simulated members are there, show their faces,
// queue and speak, by themselves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'
import { enter, framesGrow, loudest, roomOf, signedIn } from './lib/room.mjs'

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

test('who waits has the microphone ready, and is heard with the turn', async (t) => {
  const demo = await startDemo(t)
  const { desk, phone } = await openBrowser(t, { args: ['--autoplay-policy=no-user-gesture-required'] })
  const { api, view, command } = roomOf(demo, demo.info.meeting_id)
  async function comes(open, role) {
    const page = await signedIn(open, demo, role)
    await page.goto(`${demo.url}/room/${demo.info.meeting_id}`)
    await enter(page)
    return page
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
