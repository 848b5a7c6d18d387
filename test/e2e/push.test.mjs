// Web push: a person is found although the page is closed, on a device that was asked; and no more when it is turned
// off, its browser is gone, or nobody is signed in on it. In Firefox, as no headless Chromium has a push service.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFirefox, withFirefox } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'
import { startPush } from './lib/push.mjs'
import { signedIn } from './lib/room.mjs'
import { stepsOf } from './lib/steps.mjs'

const secret = '谁在？有个数据需要核准。'

/** In the browser's own window: taps the notification that lies over the desktop. */
const tap = `(async () => {
  for (;;) {
    const { document } = Services.wm.getMostRecentWindow('alert:alert') ?? {}
    if (document?.readyState === 'complete') return document.getElementById('alertBox').click()
    await new Promise(requestAnimationFrame)
  }
})()`

async function everything(t) {
  const push = await startPush(t)
  const demo = await startDemo(t, push.demo)
  const { phone, desk, own } = await openFirefox(t, { prefs: push.prefs })
  const asker = await signedIn(desk, demo, 'recorder')
  const api = `${demo.url}/api/v1`
  return {
    push, demo, phone, own, asker, api,
    /** The recorder looks for the member. */
    ask: async (context) => {
      const { person, units } = await (await context.request.get(`${api}/me`)).json()
      const unit = units.find((u) => u.kind === 'branch').id
      const answer = await asker.context().request.post(`${api}/units/${unit}/dispatches`, {
        data: { text: secret, mode: 'first', due_at: new Date(Date.now() + 3_600_000).toISOString(), audience: { person_ids: [person.id] } },
      })
      assert.ok(answer.ok(), await answer.text())
      return (await answer.json()).id
    },
    /** The member, on the page "me", where this device was asked for. */
    turnedOn: async (member) => {
      await member.context().grantPermissions(['notifications'], { origin: demo.url })
      await member.goto(`${demo.url}/me`)
      await member.getByText('随时可以响铃').click()
      await member.getByText('没有免打扰时段').waitFor()
      await member.getByRole('button', { name: '这台设备提醒我' }).click()
      await member.getByText('这台设备会提醒您').waitFor()
    },
  }
}

/** What the device shows, as a page sees it that has nothing to do with it. */
const shown = async (page) => page.evaluate(async () => {
  const registration = await navigator.serviceWorker.getRegistration('/')
  return (await registration.getNotifications()).map(({ title, body, lang, tag, data, icon }) => ({ title, body, lang, tag, data, icon: new URL(icon).pathname }))
})

test('a person is found although the page is closed', withFirefox(), async (t) => {
  const { push, demo, phone, own, asker, ask, turnedOn } = await everything(t)
  const step = stepsOf(t)
  const member = await signedIn(phone, demo, 'member')
  const context = member.context()
  let id
  await step('asks to be found on this device', async () => {
    await turnedOn(member)
    await member.shot('push on phone')
    await member.close()
  })
  await step('is rung there', async () => {
    id = await ask(context)
    await push.until('the browser takes the ring', () => push.acks.length > 0)
    assert.deepEqual(push.acks, [100])
    const [{ headers, body }] = push.rings
    assert.equal(headers.urgency, 'high')
    assert.equal(headers['content-encoding'], 'aes128gcm')
    const [browser] = push.browsers.values()
    assert.ok(headers.authorization.endsWith(`k=${browser.key.replace(/=+$/, '')}`), 'signed by the key that the browser was given')
    assert.ok(!body.includes(id) && !body.includes('dispatch'), 'the push service can read it')
  })
  await step('nothing is shown but that somebody is looking', async () => {
    const other = await context.newPage()
    await other.goto(`${demo.url}/healthz`)
    assert.deepEqual(await shown(other), [
      { title: '有人在找您', body: '点开看看。', lang: 'zh-CN', tag: `dispatch-${id}`, data: `/dispatches/${id}`, icon: '/mark.svg' },
    ])
    await other.close()
  })
  await step('a tap opens it, and the work is taken on', async () => {
    const opened = context.waitForEvent('page')
    await own(tap)
    const page = await opened
    await page.waitForURL(`${demo.url}/dispatches/${id}`)
    await page.getByRole('dialog').getByRole('button', { name: '我在', exact: true }).click()
    await page.getByText('这件事交给您了').waitFor()
    assert.deepEqual(await shown(page), [], 'it stays after it was tapped')
    await asker.goto(`${demo.url}/dispatches/${id}`)
    await asker.getByText(/：我在！/).waitFor()
  })
})

test('a device is rung no more', withFirefox(), async (t) => {
  const { push, demo, phone, api, ask, turnedOn } = await everything(t)
  const step = stepsOf(t)
  const member = await signedIn(phone, demo, 'member')
  const known = async () => (await (await member.context().request.get(`${api}/me/push`)).json()).browsers
  await step('when its owner says so', async () => {
    await turnedOn(member)
    assert.equal((await known()).length, 1)
    await member.getByRole('button', { name: '不再提醒' }).click()
    await member.getByRole('button', { name: '这台设备提醒我' }).waitFor()
    await push.until('the browser tells its push service', () => push.browsers.size === 0)
    assert.deepEqual(await known(), [])
  })
  await step('when its browser is gone', async () => {
    await member.getByRole('button', { name: '这台设备提醒我' }).click()
    await member.getByText('这台设备会提醒您').waitFor()
    push.browsers.clear()
    await ask(member.context())
    await push.until('the push service says so', () => push.rings.some((r) => r.code === 410))
    await member.getByRole('button', { name: '我在', exact: true }).click() // the open page rings as ever
    await member.getByRole('button', { name: '去看看怎么办' }).click()
    await member.goto(`${demo.url}/me`)
    await member.getByRole('button', { name: '这台设备提醒我' }).waitFor()
    assert.deepEqual(await known(), [])
  })
  await step('when nobody is signed in on it', async () => {
    await member.getByRole('button', { name: '这台设备提醒我' }).click()
    await member.getByText('这台设备会提醒您').waitFor()
    await member.getByRole('button', { name: '退出登录' }).click()
    await member.waitForURL(/signin/)
    const elsewhere = await signedIn(phone, demo, 'member')
    assert.deepEqual((await (await elsewhere.context().request.get(`${api}/me/push`)).json()).browsers, [])
  })
})
