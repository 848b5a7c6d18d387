// The pictures of the READMEs, from the real thing: node test/e2e/pictures.mjs
//
// It starts the demonstration, goes into its meeting and leaves the pictures in docs/pictures.
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
  await above.goto(`${demo.url}/rollcalls`)
  await above.getByRole('link', { name: '发起填报' }).first().click()
  await above.getByRole('button', { name: /疫情情况日报/ }).first().click()
  await above.getByRole('checkbox', { name: '同时写英文' }).uncheck()
  await above.getByRole('button', { name: /^\d+ ?居家办公/ }).click()
  await above.getByRole('button', { name: /^\d+ ?在岗/ }).evaluate((b) => scrollBy(0, b.getBoundingClientRect().top - 90))
  await take(above, 'compose-desk')
}

test('pictures for the READMEs', { timeout: 10 * 60_000 }, async (t) => {
  const demo = await startDemo(t, { bots: 12, seconds: 120 })
  const browser = await openBrowser(t, { media: false }) // a made-up camera is no face
  const phone = () => browser.phone({ deviceScaleFactor: 1 })
  const desk = () => browser.desk({ viewport: { width: 1280, height: 800 } })
  async function as(open, role, path) {
    const page = await signedIn(open, demo, role)
    page.expectProblem = () => {}
    await page.goto(demo.url + path)
    return page
  }
  const take = (page, name) => page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' })
  async function quiet(page) {
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true], .ant-spin-spinning'))
  }
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
  await takeRollcalls({ as, phone, desk, take, quiet, demo })
  await secretary.goto(`${demo.url}/units/${branch}`)
  await quiet(secretary)
  await take(secretary, 'branch-desk')
  await secretary.goto(`${demo.url}/meetings/${held.at(-1).id}/record`)
  await quiet(secretary)
  await secretary.getByRole('heading', { name: '到会情况' }).evaluate((h) => scrollBy(0, h.getBoundingClientRect().top - 100))
  await take(secretary, 'record-desk')
})
