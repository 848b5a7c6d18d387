// Pictures of every page, to be looked at: phone and desk, both languages, the
// largest type. Nothing is judged here; axe and the tests do that.
//
//   node test/e2e/tour.mjs [--only part-of-a-name] [--looks phone-zh,desk-en-largest,…]
//
// It starts the demonstration and leaves the pictures in test/e2e/out/tour.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { test } from 'node:test'
import { openBrowser } from './lib/browser.mjs'
import { out, startDemo } from './lib/demo.mjs'

const every = ['phone-zh', 'phone-en', 'phone-zh-largest', 'phone-en-largest', 'desk-zh', 'desk-en', 'desk-zh-largest']
const { values } = parseArgs({ options: { only: { type: 'string', default: '' }, looks: { type: 'string', default: every.join() } } })
const folder = join(out, 'tour')
mkdirSync(folder, { recursive: true })

test('the tour', { timeout: 30 * 60_000 }, async (t) => {
  const demo = await startDemo(t, { bots: 8, seconds: 120 })
  const { phone, desk } = await openBrowser(t)
  const get = async (role, path) => {
    const page = await signedIn(role)
    const answer = await page.context().request.get(`${demo.url}/api/v1${path}`)
    return answer.ok() ? answer.json() : undefined
  }
  const open = new Map()
  async function signedIn(role, { screen = phone, language = 'zh-CN', size = 'standard' } = {}) {
    const key = [role, screen === phone, language, size].join()
    if (!open.has(key)) {
      const page = await screen({ locale: language })
      page.expectProblem = () => {}
      await page.context().addCookies([['wozai_lang', language], ['wozai_size', size]].map(([name, value]) => ({ name, value, url: demo.url })))
      const { login, password } = demo.info.sign_ins.find((s) => s.role === role) ?? {}
      if (login) await page.context().request.post(`${demo.url}/api/v1/session`, { data: { login, password } })
      open.set(key, page)
    }
    return open.get(key)
  }

  const unitOf = async (role, kind) => (await get(role, '/me')).units.find((u) => u.kind === kind)?.id
  const branch = await unitOf('secretary', 'branch')
  const above = await unitOf('overseer', 'authority_committee')
  const now = demo.info.meeting_id
  const held = (await get('secretary', `/units/${branch}/meetings?past=true`))?.items ?? []
  const over = held.find((m) => m.status === 'over')?.id
  const signed = held.filter((m) => m.status === 'over').at(-1)?.id
  const group = await unitOf('overseer', 'leading_group')
  const person = (await get('secretary', '/me')).person.id
  const submission = (await get('overseer', `/units/${above}/submissions`))?.items?.[0]?.id

  const pages = [
    ['sign-in', 'nobody', '/signin'],
    ['join', 'nobody', new URL(demo.info.link).pathname + new URL(demo.info.link).hash],
    ['doctor', 'admin', '/doctor'],
    ['home-secretary', 'secretary', '/'], ['home-member', 'member', '/'], ['home-retired', 'retired', '/'], ['home-overseer', 'overseer', '/'], ['home-admin', 'admin', '/'],
    ['me', 'member', '/me'], ['password', 'member', '/me/password'], ['held', 'member', '/me/data'], ['inbox', 'member', '/inbox'],
    ['meetings', 'member', '/meetings'], ['meeting-secretary', 'secretary', `/meetings/${now}`], ['meeting-member', 'member', `/meetings/${now}`],
    ['meeting-edit', 'secretary', `/meetings/${now}/edit`], ['links', 'secretary', `/meetings/${now}/links`], ['guide', 'secretary', `/meetings/${now}/guide`],
    ['new', 'secretary', `/units/${branch}/meetings/new`], ['record', 'recorder', over && `/meetings/${over}/record`],
    ['record-signed', 'secretary', signed && `/meetings/${signed}/record`], ['record-print', 'recorder', signed && `/meetings/${signed}/record/print`], ['meeting-over', 'secretary', over && `/meetings/${over}`],
    ['actions', 'member', '/actions'], ['actions-secretary', 'secretary', '/actions'], ['oversight', 'overseer', `/units/${above}/oversight`],
    ['oversight-group', 'overseer', group && `/units/${group}/oversight`], ['submission', 'overseer', submission && `/submissions/${submission}`],
    ['org', 'secretary', '/org'], ['unit', 'secretary', `/units/${branch}`], ['whereabouts', 'secretary', `/units/${branch}/whereabouts`],
    ['unit-above', 'overseer', `/units/${above}`], ['sign-ins', 'secretary', `/units/${branch}/sign-ins`], ['person', 'secretary', `/people/${person}`], ['import', 'admin', '/org/import'],
    ['missing', 'member', '/nowhere'], ['room-door', 'secretary', `/room/${now}`],
  ].filter(([name, , path]) => path && name.includes(values.only))

  for (const look of values.looks.split(',')) {
    const [device, lang, size = 'standard'] = look.split('-')
    const as = { screen: device === 'desk' ? desk : phone, language: lang === 'en' ? 'en' : 'zh-CN', size }
    for (const [name, role, path] of pages) {
      const page = await signedIn(role, as)
      try {
        await page.goto(demo.url + path, { timeout: 10_000 })
        await page.getByRole('main').or(page.locator('body > form')).first().waitFor({ timeout: 5_000 }).catch(() => {})
        await page.waitForFunction(() => !document.querySelector('.ant-skeleton, .ant-spin-spinning'), { timeout: 5_000 }).catch(() => {})
        await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true, animations: 'disabled' })
      } catch (error) {
        console.log(name, look, error.message.split('\n')[0])
      }
    }
    for (const page of open.values()) await page.goto('about:blank')
  }
})
