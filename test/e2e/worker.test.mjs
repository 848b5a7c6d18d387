// The service worker: pages that were opened once open without a network, a new version takes over, and the room and the
// light pages go past it.
import assert from 'node:assert/strict'
import { createServer, request as ask } from 'node:http'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser, openFirefox, withFirefox } from './lib/browser.mjs'
import { cleanup } from './lib/cleanup.mjs'
import { startDemo } from './lib/demo.mjs'
import { drawer, drawerUntil } from './lib/device.mjs'
import { signedIn } from './lib/room.mjs'
import { stepsOf } from './lib/steps.mjs'

/** Until the worker answers for the page, and has kept what the page had loaded. */
async function kept(page) {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready
    const path = (url) => new URL(url).pathname
    for (;;) {
      const names = await caches.keys()
      const has = new Set(names.length === 1 ? (await (await caches.open(names[0])).keys()).map((r) => path(r.url)) : [])
      const loaded = performance.getEntriesByType('resource').map((e) => path(e.name)).filter((f) => f.startsWith('/assets/'))
      if (navigator.serviceWorker.controller && has.has('/') && loaded.every((f) => has.has(f))) return
      await new Promise((resolve) => requestAnimationFrame(resolve))
    }
  })
}

/** What the browser keeps: names of the caches, and of the files in them. */
const keeps = (page) => page.evaluate(async () => {
  const out = {}
  for (const name of await caches.keys()) out[name] = (await (await caches.open(name)).keys()).map((r) => new URL(r.url).pathname)
  return out
})

for (const [name, open] of [['Chromium', openBrowser], ['Firefox', openFirefox]]) {
  test(`pages open without a network, in ${name}`, name === 'Firefox' ? withFirefox() : {}, async (t) => {
    const demo = await startDemo(t)
    const { phone } = await open(t)
    const page = await signedIn(phone, demo, 'secretary')
    const step = stepsOf(t)
    await step('after they were opened once', async () => {
      await page.goto(`${demo.url}/inbox`)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await kept(page)
      page.expectProblem(/CONNECTION_REFUSED|ERR_FAILED/)
      page.allowProblem(/PARTIAL_TRANSFER/)
      await demo.stop()
      await page.goto(`${demo.url}/inbox`)
      await page.getByRole('heading', { name: '没有连上网络' }).waitFor()
      if (open === openBrowser) await accessible(page)
      await page.shot(`worker offline phone ${name}`)
    })
    await step('a page that was never opened, from the start', async () => {
      await page.goto(`${demo.url}/`)
      await page.getByRole('heading', { name: '没有连上网络' }).waitFor()
    })
    await step('and go on when it is back', async () => {
      await demo.restart()
      await page.getByRole('button', { name: '再试一次' }).click()
      page.allowProblem(/401/)
      await page.waitForURL(/signin/) // the demonstration signs everybody out when it starts
    })
    await step('nothing that the server answered is kept, and nothing of the room', async () => {
      const { login, password } = demo.info.sign_ins.find((s) => s.role === 'secretary')
      assert.ok((await page.context().request.post(`${demo.url}/api/v1/session`, { data: { login, password } })).ok())
      await page.goto(`${demo.url}/room/${demo.info.meeting_id}`)
      await page.getByRole('button', { name: '进入会议' }).waitFor()
      for (const files of Object.values(await keeps(page))) assert.deepEqual(files.filter((f) => f !== '/' && !f.startsWith('/assets/')), [])
      await demo.stop()
      for (const path of [`/room/${demo.info.meeting_id}`, '/signin', '/j', '/setup']) {
        await assert.rejects(page.goto(`${demo.url}${path}`), /CONNECTION_REFUSED/, `${path} is none of the worker's`)
      }
    })
  })
}

/**
 * The same server after an update, as far as browsers can tell: the style of the pages has another name and the worker
 * another version.
 */
async function updating(t, demo) {
  const one = await (await fetch(`${demo.url}/`, { headers: { accept: '*/*' } })).text()
  const main = /\/assets\/(index-[\w-]{8}\.css)"/.exec(one)[1]
  const renamed = 'index-AAAAAAAA.css'
  const updated = (text) => text.replaceAll(main, renamed).replace(/"[0-9a-f]{12}"/, '"ffffffffffff"')
  let next = false
  const proxy = createServer((q, r) => {
    const { 'if-none-match': _, ...headers } = { ...q.headers, 'accept-encoding': 'identity' }
    const up = ask(new URL(next ? q.url.replace(renamed, main) : q.url, demo.url), { method: q.method, headers }, (answer) => {
      const text = next && /^\/$|\.js$/.test(q.url)
      if (!text) return r.writeHead(answer.statusCode, answer.headers), answer.pipe(r)
      const parts = []
      answer.on('data', (part) => parts.push(part)).on('end', () => {
        const { 'content-length': _, etag: __, ...rest } = answer.headers
        r.writeHead(answer.statusCode, rest).end(updated(Buffer.concat(parts).toString()))
      })
    })
    up.on('error', () => r.destroy())
    q.pipe(up)
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  cleanup(t, () => proxy.close())
  return { url: `http://127.0.0.1:${proxy.address().port}`, main, renamed, update: () => (next = true), off: () => (proxy.closeAllConnections(), proxy.close()) }
}

test('a new version takes over, whole', async (t) => {
  const demo = await startDemo(t)
  const site = await updating(t, demo)
  const { phone } = await openBrowser(t)
  const page = await signedIn(phone, { ...demo, info: demo.info, url: site.url }, 'secretary')
  await page.goto(`${site.url}/inbox`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await kept(page)
  const [before] = Object.entries(await keeps(page))
  assert.ok(before[1].includes(`/assets/${site.main}`))
  site.update()
  // The next page that is opened finds it; what the device had used it has anew, also what the page does not name itself.
  await page.goto(`${site.url}/inbox`)
  await page.evaluate(async (old) => {
    while ((await caches.keys()).includes(old)) await new Promise((resolve) => requestAnimationFrame(resolve))
  }, before[0])
  const [after] = Object.entries(await keeps(page))
  assert.ok(after[1].includes(`/assets/${site.renamed}`) && !after[1].includes(`/assets/${site.main}`), String(after[1]))
  const words = (files) => files.filter((f) => /\/zh-CN-/.test(f))
  assert.equal(words(before[1]).length, 1)
  assert.deepEqual(words(after[1]), words(before[1]))
  page.expectProblem(/ERR_CONNECTION_REFUSED|ERR_FAILED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|ERR_NETWORK/)
  site.off()
  await page.goto(`${site.url}/inbox`)
  await page.getByRole('heading', { name: '没有连上网络' }).waitFor()
})

test('a roll call that is owed is answered after a start without a network', { timeout: 150_000 }, async (t) => {
  const demo = await startDemo(t)
  const { phone } = await openBrowser(t)
  const page = await signedIn(phone, demo, 'member')
  const step = stepsOf(t)
  const asked = async () => (await (await page.context().request.get(`${demo.url}/api/v1/me/rollcalls`)).json()).items.find((x) => x.title.zh === '每日健康报告')
  const mine = await asked()
  assert.equal(mine.version, 0)
  const address = `${demo.url}/rollcalls/periods/${mine.period_id}/answers/${mine.answerer_id}`
  await step('what is needed comes to the device by itself, and nobody reads it in a copied file', async () => {
    await page.goto(`${demo.url}/`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    const lines = await drawerUntil(page, 'wozai-read', (lines) => lines.some(({ id }) => id.includes(`/sheet/${mine.period_id}/`)))
    assert.ok(lines.some(({ id }) => id === 'me'))
    for (const { text } of lines) assert.equal(/体温|每日健康报告/.test(text), false)
    await page.waitForFunction(() => performance.getEntriesByType('resource').some((e) => /AnswerPage-[\w-]+\.js/.test(e.name)))
    await kept(page)
  })
  await step('without a network the pages open with it, from the start and on its own page', async () => {
    page.expectProblem(/ERR_INTERNET_DISCONNECTED|ERR_FAILED/)
    await page.context().setOffline(true)
    await page.goto(`${demo.url}/meetings`)
    await page.getByRole('heading', { name: '没有连上网络' }).waitFor()
    await accessible(page)
    await page.shot('worker away phone')
    await page.getByRole('link', { name: '每日健康报告' }).click()
    await page.getByText('今天身体怎么样').waitFor()
    await page.goto(address)
    await page.getByLabel('体温').fill('36.6')
    await page.getByText('草稿先存在这台设备上').waitFor()
    await accessible(page)
    await page.shot('worker away sheet phone')
  })
  await step('what was begun is there after another start', async () => {
    await page.reload()
    await page.getByText('今天身体怎么样').waitFor()
    assert.equal(await page.getByLabel('体温').inputValue(), '36.6')
    await page.getByText('很好').click()
    await page.getByRole('button', { name: /提交$/ }).click()
    await page.getByText('没有网络，先存在这台设备上了').waitFor()
    await page.reload()
    await page.getByText('没有网络，先存在这台设备上了').waitFor()
    await page.getByText('36.6').waitFor()
  })
  await step('nobody is signed in any more: what is kept is said, and what to do; what only was read is gone', async () => {
    await page.context().clearCookies()
    page.allowProblem(/401/)
    await page.context().setOffline(false)
    await page.goto(address)
    await page.getByText('还存着没有送出的填报').waitFor()
    await accessible(page)
    await page.shot('worker left phone')
    await drawerUntil(page, 'wozai-read', (lines) => lines.length === 0)
    const { login, password } = demo.info.sign_ins.find((s) => s.role === 'member')
    await page.locator('input[autocomplete=username]').fill(login)
    await page.locator('input[autocomplete=current-password]').fill(password)
    await page.locator('input[autocomplete=current-password]').press('Enter')
  })
  await step('signed in, it is sent by itself', async () => {
    await page.getByText('“每日健康报告”已经交上去了').waitFor()
    assert.equal((await asked()).version, 1)
    await page.getByText('收到了，谢谢您！').waitFor()
    assert.equal((await drawer(page, 'wozai-rollcall')).length, 0)
    assert.equal((await drawer(page, 'wozai-begun')).length, 0)
  })
  await step('who signs out leaves nothing on the device', async () => {
    await page.goto(`${demo.url}/me`)
    assert.ok((await drawer(page, 'wozai-read')).length > 0)
    await page.getByRole('button', { name: '退出登录' }).click()
    await page.waitForURL(/signin/)
    for (const name of ['wozai-read', 'wozai-begun', 'wozai-rollcall']) assert.deepEqual(await drawer(page, name), [])
  })
})
