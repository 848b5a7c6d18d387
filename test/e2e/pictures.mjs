// The pictures of the READMEs, from the real thing: node test/e2e/pictures.mjs
//
// It starts the demonstration, goes into its meeting and leaves the pictures in docs/pictures; --test-name-pattern takes some.
// ImageMagick makes them small afterwards: mogrify +dither -colors 128 -define png:compression-level=9 docs/pictures/*.png
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'
import { enter, signedIn } from './lib/room.mjs'

const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))

/** A check-in without a network, a return of all branches, and the builder. */
async function takeRollcalls({ as, phone, desk, take, quiet, demo }) {
  const member = await as(phone, 'member', '/rollcalls')
  await member.getByRole('link', { name: '每日健康报告' }).click()
  await member.getByText('很好').click()
  await member.getByLabel('体温').fill('36.6')
  await member.context().setOffline(true)
  await member.getByRole('button', { name: /提交$/ }).click()
  await member.getByText('没有网络，先存在这台设备上了').waitFor()
  await take(member, 'rollcall-phone')
  await member.context().setOffline(false)
  const above = await as(desk, 'overseer', '/rollcalls')
  await above.getByRole('link', { name: '疫情情况日报' }).last().click()
  await above.getByRole('listitem').filter({ has: above.getByText('开放', { exact: true }) }).getByRole('link').click()
  await above.getByRole('heading', { name: '填的内容汇总' }).waitFor()
  await quiet(above)
  await take(above, 'rollcall-desk')
  await above.getByRole('link', { name: '这次填报' }).click()
  await above.locator('canvas').waitFor()
  await quiet(above)
  await above.getByRole('heading', { name: '各期走势' }).evaluate((h) => scrollBy(0, h.getBoundingClientRect().top - 90))
  await take(above, 'trend-desk')
  await above.goto(`${demo.url}/rollcalls`)
  await above.getByRole('link', { name: '发起填报' }).first().click()
  await above.getByRole('button', { name: /疫情情况日报/ }).first().click()
  await above.getByRole('checkbox', { name: '同时写英文' }).uncheck()
  await above.getByRole('button', { name: /^\d+ ?居家办公/ }).click()
  await above.getByRole('button', { name: /^\d+ ?在岗/ }).evaluate((b) => scrollBy(0, b.getBoundingClientRect().top - 90))
  await take(above, 'compose-desk')
}

/** A telephone that rings, and what who asked sees. */
async function takeDispatch({ as, phone, desk, take, quiet }) {
  const member = await as(phone, 'member', '/')
  await quiet(member)
  const asker = await as(desk, 'recorder', '/dispatches/new')
  await asker.getByLabel('一句话说清什么事').fill('谁在？有个数据需要核准。')
  await asker.getByLabel('还要说明的').fill('今天报上来的在岗人数和考勤对不上，差两个人。')
  await asker.getByText('我来挑').click()
  for (const name of ['陈志远', '龚慧敏']) await asker.getByRole('checkbox', { name }).check()
  await asker.getByRole('button', { name: '问出去' }).click()
  const here = member.getByRole('button', { name: '我在', exact: true })
  await here.waitFor()
  await take(member, 'dispatch-phone')
  await here.click()
  await member.getByRole('button', { name: '去看看怎么办' }).click()
  await member.getByRole('button', { name: '说一声进展' }).click()
  await member.getByRole('dialog').getByLabel('说一声进展').fill('马上办！正在核，还要十分钟。')
  await member.getByRole('dialog').getByRole('button', { name: '说一声进展' }).click()
  await asker.getByText('还要十分钟').first().waitFor()
  await quiet(asker)
  await take(asker, 'dispatch-desk')
}

/** The demonstration, ways into it, and the camera. */
async function stage(t, options) {
  const demo = await startDemo(t, options)
  const browser = await openBrowser(t, { media: false }) // a made-up camera is no face
  const phone = () => browser.phone({ deviceScaleFactor: 1, lenient: true })
  const desk = () => browser.desk({ viewport: { width: 1280, height: 800 }, lenient: true })
  async function as(open, role, path) {
    const page = await signedIn(open, demo, role)
    await page.goto(demo.url + path)
    return page
  }
  const take = (page, name) => page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })
  async function quiet(page) {
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true], .ant-spin-spinning'))
  }
  return { demo, phone, desk, as, take, quiet }
}

test('pictures of roll calls', { timeout: 3 * 60_000 }, async (t) => takeRollcalls(await stage(t)))

test('pictures of a dispatch', { timeout: 3 * 60_000 }, async (t) => takeDispatch(await stage(t)))

test('pictures of meetings', { timeout: 10 * 60_000 }, async (t) => {
  const { demo, phone, desk, as, take, quiet } = await stage(t, { bots: 12, seconds: 120 })
  const mine = async (page, kind) => (await (await page.context().request.get(`${demo.url}/api/v1/me`)).json()).units.find((u) => u.kind === kind).id

  // In the meeting, once somebody whom all can see has the floor.
  const member = await as(phone, 'member', `/room/${demo.info.meeting_id}`)
  const recorder = await as(desk, 'recorder', `/room/${demo.info.meeting_id}`)
  for (const page of [member, recorder]) {
    await enter(page)
    // The deputy opens the meeting when the host does not come.
    await page.getByText('还没有开会').waitFor({ state: 'detached', timeout: 180_000 })
    await page.waitForFunction(() => document.querySelector('section video')?.videoHeight > 0, undefined, { timeout: 120_000 })
  }
  await member.waitForTimeout(15_000) // faces come one after another
  await take(member, 'room-phone')
  await take(recorder, 'room-desk')

  const secretary = await as(desk, 'secretary', '/')
  const branch = await mine(secretary, 'branch')
  const held = (await (await secretary.context().request.get(`${demo.url}/api/v1/units/${branch}/meetings?past=true`)).json()).items.filter((m) => m.status === 'over')
  const home = await as(phone, 'member', '/')
  await home.getByRole('button', { name: '先不看了' }).click()
  await quiet(home)
  await take(home, 'home-phone')
  const above = await as(phone, 'overseer', '/')
  await above.goto(`${demo.url}/units/${await mine(above, 'authority_committee')}/oversight`)
  await quiet(above)
  await above.getByRole('heading', { name: '进展' }).evaluate((h) => scrollBy(0, h.getBoundingClientRect().top - 90))
  await take(above, 'oversight-phone')
  await secretary.goto(`${demo.url}/units/${branch}`)
  await quiet(secretary)
  await take(secretary, 'branch-desk')
  await secretary.goto(`${demo.url}/meetings/${held.at(-1).id}/record`)
  await quiet(secretary)
  await secretary.getByRole('heading', { name: '到会情况' }).evaluate((h) => scrollBy(0, h.getBoundingClientRect().top - 100))
  await take(secretary, 'record-desk')
})
