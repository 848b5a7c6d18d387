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
