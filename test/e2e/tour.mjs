// Pictures of every page, to be looked at: phone and desk, both languages, the
// largest type, and on paper. Nothing is judged here; axe and the tests do that.
//
//   node test/e2e/tour.mjs [--only part-of-a-name,…] [--looks phone-zh,desk-en-largest,desk-zh-print,…]
//
// It starts the demonstration, then an association's first run, and leaves the
// pictures in test/e2e/out/tour.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { test } from 'node:test'
import { openBrowser } from './lib/browser.mjs'
import { out, startDemo, startEmpty } from './lib/demo.mjs'

const every = ['phone-zh', 'phone-en', 'phone-zh-largest', 'phone-en-largest', 'desk-zh', 'desk-en', 'desk-zh-largest']
const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, looks: { type: 'string', default: every.join() } } })
const only = values.only.split(',')
const folder = join(out, 'tour')
mkdirSync(folder, { recursive: true })
const tallest = 6000 // of a picture, in points; longer pages go on as they began

/**
 * One picture of each page in each look. A page is [name, who, path, act?]: act brings about what is to
 * be seen on it. open gives somebody's page.
 */
async function walk(url, pages, open) {
  for (const look of values.looks.split(',')) {
    const [device, lang, style = 'standard'] = look.split('-')
    const size = style === 'print' ? 'standard' : style
    const width = device === 'desk' ? 1280 : 390
    const least = device === 'desk' ? 800 : 844
    for (const [name, who, path, act] of pages.filter(([name, , path]) => path && only.some((part) => name.includes(part)))) {
      const page = await open(who, device)
      await page.context().addCookies([['wozai_lang', lang === 'en' ? 'en' : 'zh-CN'], ['wozai_size', size]].map(([name, value]) => ({ name, value, url })))
      try {
        await page.setViewportSize({ width, height: least })
        await page.emulateMedia({ media: style === 'print' ? 'print' : 'screen' })
        await page.goto(url + path, { timeout: 10_000 })
        await ready(page)
        if (act) {
          await act(page)
          await ready(page)
        }
        // As tall as what is on it: then what is fixed to the bottom stands there.
        const height = await page.evaluate(() => document.documentElement.scrollHeight)
        await page.setViewportSize({ width, height: Math.min(Math.max(height, least), tallest) })
        await page.screenshot({ path: join(folder, `${name}-${look}.png`), animations: 'disabled' })
      } catch (error) {
        console.log(name, look, error.message.split('\n')[0])
      }
    }
  }
}

async function ready(page) {
  await page.getByRole('main').or(page.locator('body > form')).first().waitFor({ timeout: 5_000 }).catch(() => {})
  await page.waitForFunction(() => !document.querySelector('[aria-busy=true], .ant-skeleton, .ant-spin-spinning'), undefined, { timeout: 5_000 }).catch(() => {})
}

/** Opens one page a person and device, signed in by `signIn(context, who)`. */
function doors({ phone, desk }, signIn) {
  const open = new Map()
  return async (who, device) => {
    const key = `${who} ${device}`
    if (!open.has(key)) {
      const page = await (device === 'desk' ? desk : phone)({ lenient: true })
      await signIn(page.context(), who)
      open.set(key, page)
    }
    return open.get(key)
  }
}

const press = (...selectors) => async (page) => {
  for (const s of selectors) await page.locator(s).first().click({ timeout: 5_000 })
  await page.getByRole('dialog').or(page.getByRole('menu')).first().waitFor({ timeout: 3_000 }).catch(() => {})
}
const word = (zh, en) => `button:has-text("${zh}"), button:has-text("${en}")`

test('the tour', { timeout: 30 * 60_000 }, async (t) => {
  const demo = await startDemo(t, { bots: 8, seconds: 120 })
  const api = `${demo.url}/api/v1`
  let newcomer
  const open = doors(await openBrowser(t), async (context, who) => {
    const { login, password } = who === 'newcomer' ? newcomer : (demo.info.sign_ins.find((s) => s.role === who) ?? {})
    if (login) await context.request.post(`${api}/session`, { data: { login, password } })
  })
  const ask = async (role, path, data) => {
    const { request } = (await open(role, 'phone')).context()
    const answer = await (data ? request.post(api + path, { data }) : request.get(api + path))
    return answer.ok() ? answer.json() : undefined
  }
  const unitOf = async (role, kind) => (await ask(role, '/me')).units.find((u) => u.kind === kind)?.id

  const branch = await unitOf('secretary', 'branch')
  const above = await unitOf('overseer', 'authority_committee')
  const group = await unitOf('leader', 'leading_group')
  const now = demo.info.meeting_id
  const held = ((await ask('secretary', `/units/${branch}/meetings?past=true`))?.items ?? []).filter((m) => m.status === 'over')
  const [over, signed] = [held[0]?.id, held.at(-1)?.id]
  const person = (await ask('secretary', '/me')).person.id
  const submission = (await ask('overseer', `/units/${above}/submissions`))?.items?.[0]?.id
  const links = await ask('secretary', `/units/${branch}/people`)
  const without = links.items.find((p) => !p.sign_in).person_id
  const asked = async (role, title) => ((await ask(role, '/me/rollcalls'))?.items ?? []).find((x) => x.title.zh === title)
  const sheet = ({ period_id, answerer_id } = {}) => period_id && `/rollcalls/periods/${period_id}/answers/${answerer_id}`
  const [health, situation] = [await asked('member', '每日健康报告'), await asked('secretary', '疫情情况日报')]
  const composed = async (role, unit, title) => (await ask(role, `/units/${unit}/rollcalls`)).items.find((r) => r.title.zh === title)
  const [healthDaily, situationDaily] = [await composed('secretary', branch, '每日健康报告'), await composed('overseer', above, '疫情情况日报')]
  const settled = ((await ask('recorder', '/me/dispatches?closed=true&limit=10'))?.items ?? [])[0]?.id
  const taken = ((await ask('member', '/me/dispatches?limit=10'))?.items ?? [])[0]?.id
  newcomer = (await ask('secretary', `/people/${without}/account`, { login: 'xinlai' })) ?? {}
  newcomer.login ??= 'xinlai'

  await walk(demo.url, [
    ['sign-in', 'nobody', '/signin'],
    ['sign-in-refused', 'nobody', '/signin', async (page) => {
      await page.locator('#login').fill('nobody')
      await page.locator('input[type=password]').fill('a wrong one, surely')
      await page.locator('button.big').click()
      await page.locator('[role=alert]:visible').waitFor()
    }],
    ['join', 'nobody', new URL(demo.info.link).pathname + new URL(demo.info.link).hash],
    ['join-dead', 'nobody', '/j#AAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['doctor', 'admin', '/doctor'],
    ...['secretary', 'member', 'retired', 'overseer', 'leader', 'admin'].map((who) => [`home-${who}`, who, '/']),
    ['home-walk', 'member', '/', press('summary')],
    ['me', 'member', '/me'], ['password', 'member', '/me/password'], ['password-first', 'newcomer', '/'], ['held', 'member', '/me/data'],
    ['inbox', 'member', '/inbox'], ['inbox-overseer', 'overseer', '/inbox'],
    ['meetings', 'member', '/meetings'], ['meeting-secretary', 'secretary', `/meetings/${now}`], ['meeting-member', 'member', `/meetings/${now}`],
    ['meeting-edit', 'secretary', `/meetings/${now}/edit`], ['meeting-over', 'secretary', over && `/meetings/${over}`],
    ['links', 'secretary', `/meetings/${now}/links`],
    ['links-sheet', 'secretary', `/meetings/${now}/links`, press('.ant-checkbox-input', '.ant-btn-primary:not([disabled])')],
    ['guide', 'secretary', `/meetings/${now}/guide`],
    ['new', 'secretary', `/units/${branch}/meetings/new`], ['new-form', 'secretary', `/units/${branch}/meetings/new?kind=general`],
    ['record', 'recorder', over && `/meetings/${over}/record`], ['record-signing', 'secretary', over && `/meetings/${over}/record`],
    ['record-names', 'secretary', signed && `/meetings/${signed}/record`, press('button[aria-expanded=false]')],
    ['record-signed', 'member', signed && `/meetings/${signed}/record`], ['record-print', 'recorder', signed && `/meetings/${signed}/record/print`],
    ['actions', 'member', '/actions'], ['actions-unit', 'secretary', `/actions?unit=${branch}`],
    ['action-assign', 'secretary', `/actions?unit=${branch}`, press(word('改由别人办', 'Give to somebody else'))],
    ['action-drop', 'secretary', `/actions?unit=${branch}`, press(word('不再办', 'Drop'))],
    ['oversight', 'overseer', `/units/${above}/oversight`], ['oversight-group', 'leader', `/units/${group}/oversight`],
    ['submission', 'overseer', submission && `/submissions/${submission}`],
    ['org', 'secretary', '/org'], ['org-admin', 'admin', '/org'],
    ['unit', 'secretary', `/units/${branch}`], ['unit-menu', 'secretary', `/units/${branch}`, press(word('管理', 'Manage'))], ['unit-above', 'overseer', `/units/${above}`],
    ['unit-add', 'secretary', `/units/${branch}`, press(word('添加人员', 'Add somebody'))],
    ['whereabouts', 'secretary', `/units/${branch}/whereabouts`], ['sign-ins', 'secretary', `/units/${branch}/sign-ins`],
    ['person', 'secretary', `/people/${person}`], ['person-admin', 'admin', `/people/${person}`], ['import', 'admin', '/org/import'],
    ['rollcalls', 'member', '/rollcalls'], ['rollcalls-secretary', 'secretary', '/rollcalls'], ['rollcalls-overseer', 'overseer', '/rollcalls'],
    ['rollcall-sheet', 'member', sheet(health)], ['rollcall-return', 'secretary', sheet(situation)],
    ['rollcall-new', 'secretary', `/units/${branch}/rollcalls/new`],
    ['rollcall-compose', 'overseer', `/units/${above}/rollcalls/new`, press(word('疫情情况日报', 'Epidemic'))],
    ['rollcall-running', 'overseer', `/rollcalls/${situationDaily?.id}`], ['rollcall-edit', 'overseer', `/rollcalls/${situationDaily?.id}/edit`],
    ['rollcall-health', 'secretary', `/rollcalls/${healthDaily?.id}`],
    ['rollcall-period', 'overseer', situation && `/rollcalls/periods/${situation.period_id}`],
    ['rollcall-missing', 'overseer', situation && `/rollcalls/periods/${situation.period_id}`, press('button[aria-pressed]:has-text("未报"), button[aria-pressed]:has-text("Missing")')],
    ['rollcall-except', 'overseer', situation && `/rollcalls/periods/${situation.period_id}`, press('button[aria-pressed]:has-text("未报"), button[aria-pressed]:has-text("Missing")', 'li button')],
    ['rollcall-health-period', 'secretary', health && `/rollcalls/periods/${health.period_id}`],
    ['dispatches', 'member', '/dispatches'], ['dispatches-recorder', 'recorder', '/dispatches'], ['dispatch-new', 'secretary', '/dispatches/new'],
    ['dispatch-pick', 'overseer', '/dispatches/new', press('label:has-text("我来挑"), label:has-text("I choose")')],
    ['dispatch-taken', 'member', taken && `/dispatches/${taken}`], ['dispatch-asked', 'recorder', taken && `/dispatches/${taken}`], ['dispatch-settled', 'recorder', settled && `/dispatches/${settled}`],
    ['missing', 'member', '/nowhere'], ['foreign', 'member', `/units/${above}/oversight`],
    ['room-door', 'secretary', `/room/${now}`],
    // The last page: afterwards there is no server.
    ['server-gone', 'member', '/meetings', async (page) => {
      if (values.looks.split(',').length > 1) return
      await demo.kill9()
      await page.getByText(/断开了|dropped/).first().waitFor({ timeout: 20_000 })
    }],
  ], open)
})

test('the tour of an association', { timeout: 10 * 60_000, skip: !only.some((part) => part === '' || part.startsWith('asso')) }, async (t) => {
  const server = await startEmpty(t)
  const browser = await openBrowser(t)
  const key = server.info.setup.replace(server.url, '')
  await walk(server.url, [['association-setup', 'nobody', key, (page) => page.locator('#zone').waitFor({ timeout: 2_000 }).catch(() => {})]], doors(browser, () => {}))

  const admin = await browser.desk({ locale: 'en-GB' })
  admin.expectProblem = () => {}
  await admin.goto(server.info.setup)
  await admin.locator('#organisation').fill('Harbour Rowing Association')
  await admin.getByText('Association', { exact: true }).click()
  await admin.locator('#name').fill('Ada Keeper')
  await admin.locator('#login').fill('keeper')
  await admin.locator('#new').fill('a long enough secret')
  await admin.locator('button.big').click()
  await admin.locator('#content h1').waitFor()
  const call = async (method, path, data) => {
    const answer = await admin.context().request.fetch(`${server.url}/api/v1${path}`, { method, data })
    return answer.status() === 204 ? undefined : answer.json()
  }
  const federation = await call('POST', '/units', { tree: 'members', kind: 'federation', name: 'Rowing Federation' })
  const section = await call('POST', '/units', { parent_id: federation.id, kind: 'section', name: 'Old Harbour' })
  await call('POST', '/units', { parent_id: section.id, kind: 'team', name: 'Youth' })
  const { id: chair } = await call('POST', `/units/${section.id}/people`, { name: 'Carl Chair', category: 'volunteer', position: 'chair', standing: 'ordinary' })
  await call('POST', `/units/${section.id}/people`, { name: 'Mia Member', category: 'volunteer', position: 'member', standing: 'ordinary' })
  const { password } = await call('POST', `/people/${chair}/account`, { login: 'carl' })
  const signIns = { keeper: 'a long enough secret', carl: password }
  await walk(server.url, [
    ['association-home', 'keeper', '/'], ['association-org', 'keeper', '/org'], ['association-import', 'keeper', '/org/import'],
    ['association-unit', 'keeper', `/units/${section.id}`], ['association-person', 'keeper', `/people/${chair}`],
    ['association-password', 'carl', '/'],
  ], doors(browser, (context, login) => context.request.post(`${server.url}/api/v1/session`, { data: { login, password: signIns[login] } })))
})
