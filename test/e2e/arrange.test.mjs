// Next month's meeting, as a secretary arranges it: like the last one, with who speaks first, who steps
// in for the host, and guests by their office.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'
import { signedIn } from './lib/room.mjs'
import { stepsOf } from './lib/steps.mjs'

test('a meeting like the last one, with its parts and its guests', async (t) => {
  const demo = await startDemo(t)
  const { desk, phone } = await openBrowser(t, { media: false })
  const page = await signedIn(desk, demo, 'secretary')
  const member = await signedIn(phone, demo, 'member')
  const api = (path) => page.context().request.get(`${demo.url}/api/v1${path}`).then((r) => r.json())
  const branch = (await api('/me')).units.find((u) => u.kind === 'branch').id
  const step = stepsOf(t)
  /** Chooses from a list that is searched: opens it, types, takes what is found. */
  const list = page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden)')
  const choose = async (label, typed, found) => {
    await page.getByRole('combobox', { name: label, exact: true }).fill(typed)
    await list.getByText(found).first().click()
    await leave()
  }
  const leave = async () => {
    await page.keyboard.press('Tab')
    await list.waitFor({ state: 'hidden' })
  }
  const last = await api(`/meetings/${demo.info.meeting_id}`)
  let id

  await step('last time’s arrangement is taken over, but for theme and time', async () => {
    await page.goto(`${demo.url}/units/${branch}/meetings/new?kind=${last.kind}`)
    await page.getByRole('combobox', { name: '照以前的会安排' }).click()
    await page.locator('.ant-select-item-option', { hasText: last.theme }).click()
    await page.getByText('照搬那次会议的议程').waitFor()
    await page.getByText(`照旧：${last.chair_name}`, { exact: true }).waitFor()
    assert.equal(await page.getByLabel('会前说明').inputValue(), last.note)
    await page.getByLabel('会议主题').fill('三月主题')
    await choose('记录人', '陈志远', '陈志远')
    await accessible(page)
    await page.shot('arrange like desk')
    await page.getByRole('button', { name: '保存安排' }).click()
    await page.getByRole('heading', { level: 1, name: '三月主题' }).waitFor()
    id = /meetings\/(\d+)/.exec(page.url())[1]
    const made = await api(`/meetings/${id}`)
    assert.deepEqual(made.stages.map((s) => [s.key, s.minutes, s.speakers]), last.stages.map((s) => [s.key, s.minutes, s.speakers]))
    assert.deepEqual([made.chair_name, made.recorder_name, made.deputy_ids, made.note, made.held_as], [last.chair_name, '陈志远', last.deputy_ids, last.note, last.held_as])
  })

  await step('who speaks first, for how long, and who steps in for the host', async () => {
    await page.getByRole('link', { name: '修改' }).click()
    await choose('“支部对照检查”的重点发言人', '陈志远', '陈志远')
    await choose('“支部对照检查”的重点发言人', '谢文博', '谢文博')
    await page.getByRole('listitem').filter({ has: page.getByPlaceholder('支部对照检查') }).getByLabel('每人发言几分钟').fill('7.5')
    await page.getByRole('combobox', { name: '代主持人', exact: true }).focus()
    for (let n = (await api(`/meetings/${id}`)).deputy_ids.length; n > 0; n--) await page.keyboard.press('Backspace')
    await choose('代主持人', '龚慧敏', '龚慧敏')
    // A name that is typed and not chosen is nobody's.
    await page.getByRole('combobox', { name: '主持人', exact: true }).fill('没有这个人')
    await page.getByText('没有找到').waitFor()
    await leave()
    await accessible(page)
    await page.shot('arrange parts desk')
    await page.getByRole('button', { name: '保存', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: '三月主题' }).waitFor()
    await page.getByText('重点发言：陈志远、谢文博').waitFor()
    await page.locator('dd', { hasText: /^龚慧敏$/ }).waitFor()
    const made = await api(`/meetings/${id}`)
    assert.equal(made.stages.find((s) => s.key === 'branch_review').seconds, 450)
    assert.equal(made.chair_name, last.chair_name)
  })

  await step('guests by their office in a unit and all below it', async () => {
    const before = (await api(`/meetings/${id}`)).counts.observers
    await page.getByRole('button', { name: '邀请列席' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('按单位和职务', { exact: true }).click()
    await choose('哪些单位', '机关党委', '机关党委')
    await dialog.getByRole('checkbox', { name: '包括所有下级单位' }).check()
    await choose('担任什么职务', '党总支书记', '党总支书记')
    await accessible(page)
    await page.shot('arrange invite desk')
    await dialog.getByRole('button', { name: '邀请', exact: true }).click()
    await page.getByText(/已邀请 \d+ 人/).waitFor()
    await dialog.waitFor({ state: 'detached' })
    const listed = (await api(`/meetings/${id}/people`)).items.filter((p) => p.observer)
    assert.ok(listed.length > before + 1, `${listed.length} guests after, ${before} before`)
    assert.equal((await api(`/meetings/${id}`)).counts.due, last.counts.due, 'guests are not due')
  })

  await step('those concerned see it once they are told', async () => {
    await page.getByRole('button', { name: '通知全体人员' }).click()
    await page.getByText('已通知名单上的全体人员').waitFor()
    await member.goto(`${demo.url}/meetings/${id}`)
    await member.getByText('重点发言：陈志远、谢文博').waitFor()
    await accessible(member)
    await member.shot('arrange member phone')
  })
})
