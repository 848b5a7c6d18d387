// A screen is shown by who has the floor, seen by everybody, and gone with the turn.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'
import { enter, framesGrow, roomOf, signedIn } from './lib/room.mjs'

test('a screen is shown with the floor and goes with it', async (t) => {
  const demo = await startDemo(t)
  const { desk, phone } = await openBrowser(t, { args: ['--autoplay-policy=no-user-gesture-required', '--auto-select-desktop-capture-source=Entire screen'] })
  const { api, view, command } = roomOf(demo, demo.info.meeting_id)
  const comes = async (open, role) => {
    const page = await signedIn(open, demo, role)
    await page.goto(`${demo.url}/room/${demo.info.meeting_id}`)
    await enter(page)
    return page
  }
  const host = await comes(phone, 'secretary')
  const speaker = await comes(desk, 'member')
  assert.ok((await host.context().request.post(`${api}/open`)).ok())
  const nobodyShares = () => host.waitForFunction((api) => fetch(api).then((r) => r.json()).then((v) => v.state.screen === undefined), api)
  const more = async () => {
    await speaker.getByRole('dialog').waitFor({ state: 'detached' })
    await speaker.getByRole('button', { name: '更多', exact: true }).click()
    await speaker.getByRole('heading', { name: '更多' }).waitFor()
    return speaker.getByRole('button', { name: '共享我的屏幕' })
  }
  const share = await more()
  assert.equal(await share.count(), 0, 'offered without the floor')
  await speaker.keyboard.press('Escape')
  const { me } = await view(speaker)
  await command(host, { kind: 'give', person: me.person })
  await speaker.getByText('轮到您了', { exact: true }).waitFor()
  // Who thinks better of it when the browser asks is offered it again.
  await speaker.evaluate(() => {
    const ask = navigator.mediaDevices.getDisplayMedia
    navigator.mediaDevices.getDisplayMedia = () => {
      navigator.mediaDevices.getDisplayMedia = ask
      return Promise.reject(new DOMException('Permission denied', 'NotAllowedError'))
    }
  })
  await (await more()).click()
  await (await more()).click()
  await host.getByText('正在共享屏幕').waitFor()
  await framesGrow(host, 'section video')
  await accessible(host)
  const [picture, caption] = await Promise.all([host.locator('section video').first().boundingBox(), host.getByText('正在共享屏幕').boundingBox()])
  assert.ok(caption.y >= picture.y + picture.height, 'words lie over the screen')
  await host.shot('screen listener phone')
  await speaker.getByText('大家正在看您共享的屏幕').waitFor()
  await accessible(speaker)
  await speaker.shot('screen presenter desk')
  // The turn ends, and with it the screen.
  await command(host, { kind: 'end' })
  await host.getByText('正在共享屏幕').waitFor({ state: 'detached' })
  await host.waitForFunction(() => ![...document.querySelectorAll('section video')].some((v) => getComputedStyle(v).objectFit === 'contain'))
  await nobodyShares()
  // Stopped by the speaker in their own turn.
  await command(host, { kind: 'give', person: me.person })
  await speaker.getByText('轮到您了', { exact: true }).waitFor()
  await (await more()).click()
  await host.getByText('正在共享屏幕').waitFor()
  await speaker.getByRole('button', { name: '停止共享屏幕' }).click()
  await host.getByText('正在共享屏幕').waitFor({ state: 'detached' })
  await nobodyShares()
})
