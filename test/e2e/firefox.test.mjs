// The room in Firefox: whoever has it hears and is heard, speaks in turn, and comes back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBrowser, openFirefox, withFirefox } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'
import { enter, framesGrow, loudest, mediaChild, roomOf, signedIn } from './lib/room.mjs'
import { stepsOf } from './lib/steps.mjs'

test('a meeting between Chromium and Firefox', withFirefox(), async (t) => {
  const demo = await startDemo(t)
  const { desk } = await openBrowser(t, { args: ['--autoplay-policy=no-user-gesture-required'] })
  const { phone } = await openFirefox(t)
  const { api, view, command } = roomOf(demo, demo.info.meeting_id)
  const step = stepsOf(t)
  const host = await signedIn(desk, demo, 'secretary')
  const member = await phone()
  await step('signs in', async () => {
    const { login, password } = demo.info.sign_ins.find((s) => s.role === 'member')
    await member.goto(`${demo.url}/signin`)
    await member.locator('input[autocomplete=username]').fill(login)
    await member.locator('input[autocomplete=current-password]').fill(password)
    await member.locator('input[autocomplete=current-password]').press('Enter')
    await member.locator('#content h1').waitFor()
    await member.shot('firefox home phone')
    await member.goto(`${demo.url}/me`)
    await member.getByText('Firefox · Linux').waitFor()
  })
  await step('comes in', async () => {
    for (const page of [host, member]) {
      await page.goto(`${demo.url}/room/${demo.info.meeting_id}`)
      await enter(page)
    }
    assert.ok((await host.context().request.post(`${api}/open`)).ok())
    await command(host, { kind: 'open', stage: (await view(host)).plan.stages[0].key })
    await command(host, { kind: 'take' })
  })
  await step('hears and sees who has the floor', async () => {
    assert.ok((await loudest(member)) >= 0.01, 'the host is not heard in Firefox')
    await framesGrow(member, 'section video')
    await member.shot('firefox listens phone')
  })
  await step('waits, has the turn, is heard and seen', async () => {
    await member.getByRole('button', { name: '我要发言' }).click()
    await member.getByText('麦克风已备好').waitFor()
    assert.ok((await loudest(host, { seconds: 1.5, enough: 1 })) < 0.001, 'somebody who waits is heard')
    await command(host, { kind: 'give', person: (await view(member)).me.person })
    assert.ok((await loudest(host)) >= 0.01, 'who speaks from Firefox is not heard')
    await framesGrow(host, 'section video')
    await member.shot('firefox speaks phone')
    await member.getByRole('button', { name: '讲完了' }).click()
    await member.getByRole('button', { name: '我要发言' }).waitFor()
  })
  await step('the media server dies, and they are back', async () => {
    for (const page of [host, member]) page.allowProblem(/WebSocket|sfu|ERR_/)
    process.kill(mediaChild(demo.pid), 'SIGKILL')
    await framesGrow(member, 'ul video')
    await framesGrow(host, 'ul video')
  })
})
