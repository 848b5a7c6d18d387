// Another kind of organisation, from its first run to a signed record: everything works, and no
// page says a word that belongs to another one's profile.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startEmpty } from './lib/demo.mjs'

// The same list as internal/profile_words_test.go.
const foreign = /党|支部|书记|组织生活|民主评议|三会一课|同志|\bParty\b|comrade|\bbranch\b/i

test('an association, from the first run to a signed record', async (t) => {
  const server = await startEmpty(t)
  const { desk, phone } = await openBrowser(t)
  const admin = await desk({ locale: 'en-GB', timezoneId: 'Europe/Lisbon' })

  await t.test('the first run', async () => {
    await admin.goto(server.info.setup)
    await admin.getByLabel('Full name of the organisation').fill('Harbour Rowing Association').catch(async () => admin.locator('#organisation').fill('Harbour Rowing Association'))
    await admin.getByText('Association', { exact: true }).click()
    await admin.locator('#zone').waitFor()
    assert.equal(await admin.locator('#timezone').inputValue(), 'Europe/Lisbon')
    await admin.locator('#name').fill('Ada Keeper')
    await admin.locator('#login').fill('keeper')
    await admin.locator('#new').fill('a long enough secret')
    await accessible(admin)
    await admin.shot('association setup')
    await admin.locator('button.big').click()
    await admin.locator('#content h1').waitFor()
    assert.equal(await admin.locator('meta[name=timezone]').getAttribute('content'), 'Europe/Lisbon')
    await admin.shot('association home')
  })

  // Units and people, by the same way that their pages go.
  const ask = admin.context().request
  const json = async (answer) => {
    assert.ok(answer.ok(), `${answer.status()} ${await answer.text()}`)
    return answer.status() === 204 ? undefined : answer.json()
  }
  const call = async (from, method, path, data) => json(await from.fetch(`${server.url}/api/v1${path}`, { method, data }))
  const federation = await call(ask, 'POST', '/units', { tree: 'members', kind: 'federation', name: 'Rowing Federation' })
  const section = await call(ask, 'POST', '/units', { parent_id: federation.id, kind: 'section', name: 'Old Harbour' })
  const team = await call(ask, 'POST', '/units', { parent_id: section.id, kind: 'team', name: 'Youth' })
  const add = async (unit, name, position) => (await call(ask, 'POST', `/units/${unit.id}/people`, { name, category: 'volunteer', position, standing: 'ordinary' })).id
  const president = await add(federation, 'Paula President', 'president')
  const chair = await add(section, 'Carl Chair', 'chair')
  await add(section, 'Sam Scribe', 'secretary')
  const member = await add(section, 'Mia Member', 'member')
  await add(team, 'Tom Lead', 'team_lead')
  async function signedIn(open, person, login, options) {
    const { password } = await call(ask, 'POST', `/people/${person}/account`, { login })
    const page = await open(options)
    const own = 'another long secret'
    await call(page.context().request, 'POST', '/session', { login, password })
    await call(page.context().request, 'PUT', '/me/password', { old: password, new: own })
    return page
  }
  const chairs = await signedIn(desk, chair, 'carl')
  const presides = await signedIn(desk, president, 'paula')
  const members = await signedIn(phone, member, 'mia')
  const c = chairs.context().request

  // A meeting, now, held and signed.
  const now = Date.now()
  const { id } = await call(c, 'POST', `/units/${section.id}/meetings`, { kind: 'general', theme: 'Boats for next season', starts_at: new Date(now + 60_000), ends_at: new Date(now + 3_600_000) })
  await call(c, 'POST', `/meetings/${id}/announce`, { version: 1 })
  await call(c, 'POST', `/meetings/${id}/room/enter`, { how: 'audio', device: 'chairs-device' })
  await call(c, 'POST', `/meetings/${id}/room/open`)

  const walked = []
  async function says(page, path) {
    await page.goto(server.url + path)
    await page.locator('h1').first().waitFor()
    await page.waitForFunction(() => !document.querySelector('[aria-busy=true], .first'))
    const text = await page.evaluate(() => `${document.title}\n${document.body.innerText}`)
    walked.push(path)
    const bad = text.split('\n').filter((line) => foreign.test(line))
    assert.deepEqual(bad, [], `${path} says so`)
    assert.ok(!/\{\{|\b[a-z]+\.[a-z]+\.[a-z]+\b/.test(text.replace(/https?:\S+|\S+@\S+/g, '')), `${path} shows a key or a parameter: ${text}`)
    return text
  }
  const unitPages = [`/org`, `/units/${section.id}`, `/units/${team.id}`, `/units/${federation.id}`, `/people/${member}`]
  const everywhere = {
    admin: [admin, ['/', '/me', '/me/data', '/me/password', '/inbox', '/org/import', ...unitPages]],
    chair: [chairs, ['/', '/meetings', '/actions', `/units/${section.id}/whereabouts`, `/units/${section.id}/sign-ins`, `/units/${section.id}/oversight`, `/units/${section.id}/meetings/new`, ...unitPages,
      `/meetings/${id}`, `/meetings/${id}/links`, `/meetings/${id}/guide`]],
    president: [presides, ['/', `/units/${federation.id}/oversight`]],
    member: [members, ['/', '/me', `/meetings/${id}`, `/room/${id}`]],
  }
  for (const language of ['en', 'zh-CN']) {
    await t.test(`no foreign word on any page, ${language}`, async () => {
      for (const [who, [page, paths]] of Object.entries(everywhere)) {
        await page.context().addCookies([{ name: 'wozai_lang', value: language, url: server.url }])
        for (const path of paths) await says(page, path)
        await page.shot(`association ${who} ${language}`)
      }
      const light = await phone({ locale: language })
      await light.goto(`${server.url}/signin`)
      assert.ok(!foreign.test(await light.locator('body').innerText()))
      const links = await call(c, 'POST', `/meetings/${id}/links`, { person_ids: [member] })
      assert.ok(!foreign.test(links.items[0].text), links.items[0].text)
      await light.goto(`${server.url}/j#${links.items[0].token}`)
      await light.getByRole('heading', { level: 1, name: 'Boats for next season' }).waitFor()
      assert.ok(!foreign.test(await light.locator('body').textContent()))
    })
  }

  await t.test('the record, signed', async () => {
    const { state } = await call(c, 'GET', `/meetings/${id}/room`)
    await call(c, 'POST', `/meetings/${id}/room/commands`, { id: 'the-end-of-it', version: state.version, kind: 'finish', reason: 'done' })
    let record
    for (let i = 0; i < 100 && !record; i++) {
      const answer = await c.get(`${server.url}/api/v1/meetings/${id}/record`)
      if (answer.ok()) record = await answer.json()
      else await chairs.waitForTimeout(100)
    }
    assert.ok(record, 'the record does not put itself together')
    for (const language of ['en', 'zh-CN']) {
      await chairs.context().addCookies([{ name: 'wozai_lang', value: language, url: server.url }])
      await says(chairs, `/meetings/${id}/record`)
    }
    await chairs.shot('association record')
    await call(c, 'POST', `/meetings/${id}/record/sign`, { version: record.version })
    for (const language of ['en', 'zh-CN']) {
      await chairs.context().addCookies([{ name: 'wozai_lang', value: language, url: server.url }])
      await says(chairs, `/meetings/${id}/record`)
      await says(chairs, `/meetings/${id}/record/print`)
    }
  })
  assert.ok(walked.length > 60, `only ${walked.length} pages were walked`)
})
