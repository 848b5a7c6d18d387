// A return is composed, opened, answered on a telephone, counted, sent back, corrected, accepted, locked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'
import { stepsOf } from './lib/steps.mjs'

async function signIn(page, demo, role) {
  const { login, password } = demo.info.sign_ins.find((s) => s.role === role)
  await page.goto(`${demo.url}/signin`)
  await page.locator('input[autocomplete=username]').fill(login)
  await page.locator('input[autocomplete=current-password]').fill(password)
  await page.locator('input[autocomplete=current-password]').press('Enter')
  await page.locator('#content h1').waitFor()
}

async function looksRight(page, name) {
  await accessible(page)
  await page.shot(name)
}

test('a member answers the daily check-in on a telephone, and the officer sees the count move', async (t) => {
  const step = stepsOf(t)
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  const officer = await desk()
  const member = await phone()
  let before
  await step('the officer watches', async () => {
    await signIn(officer, demo, 'secretary')
    await officer.goto(`${demo.url}/rollcalls`)
    await officer.locator('section', { hasText: '发起填报' }).getByRole('link', { name: '每日健康报告' }).click()
    await officer.getByRole('listitem').filter({ has: officer.getByText('开放', { exact: true }) }).getByRole('link').click()
    const said = officer.getByText(/已报 \d+ \/ 应报 \d+/)
    before = Number(/已报 (\d+)/.exec(await said.textContent())[1])
    assert.ok(before > 0, 'half of the demonstration has answered')
    await officer.getByRole('button', { name: /未报/ }).click()
    await officer.getByRole('heading', { name: '还没有报的' }).waitFor()
    await looksRight(officer, 'rollcall watch desk')
  })
  await step('the member is asked on the start page', async () => {
    await signIn(member, demo, 'member')
    await member.getByRole('link', { name: '每日健康报告' }).click()
    await member.getByText('今天身体怎么样').waitFor()
    await looksRight(member, 'rollcall sheet phone')
  })
  await step('what is missing is said at its field; the draft is kept by itself', async () => {
    await member.getByLabel('体温').fill('36.6')
    await member.getByText('草稿已保存').waitFor()
    member.expectProblem(/422/)
    await member.getByRole('button', { name: /提交$/ }).click()
    await member.locator('[data-field=well]').getByRole('alert').waitFor()
    await looksRight(member, 'rollcall fault phone')
    await member.reload()
    assert.equal(await member.getByLabel('体温').inputValue(), '36.6')
  })
  await step('handed in: a receipt, and the count moves by itself', async () => {
    await member.getByText('很好').click()
    await member.getByRole('button', { name: /提交$/ }).click()
    await member.getByText('收到了，谢谢您！').waitFor()
    await looksRight(member, 'rollcall receipt phone')
    await officer.getByText(`已报 ${before + 1} /`).waitFor()
  })
})

test('a return of a unit goes up: composed, opened, answered, sent back, corrected, accepted, locked', async (t) => {
  const step = stepsOf(t)
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  const above = await desk()
  const below = await phone()
  const title = '物资情况核对'
  await step('compose from a template', async () => {
    await signIn(above, demo, 'overseer')
    await above.goto(`${demo.url}/rollcalls`)
    await above.getByRole('link', { name: '发起填报' }).first().click()
    await above.getByRole('button', { name: /疫情情况日报 由各单位填报/ }).click()
    await above.getByLabel('标题', { exact: true }).fill(title)
    await above.getByText('只一次').click()
    await looksRight(above, 'rollcall compose desk')
    await above.getByRole('button', { name: '下一步：发出前看一看' }).click()
  })
  await step('look at it and open it', async () => {
    await above.getByText(/会问到 \d+ 个单位/).waitFor()
    await looksRight(above, 'rollcall preview desk')
    await above.getByRole('button', { name: '发出' }).click()
    await above.getByText(/发给 \d+ 个单位？/).last().waitFor()
    await above.getByRole('dialog').getByRole('button', { name: '发出' }).click()
    await above.getByText(/已报 0 \/ 应报 \d+/).waitFor()
  })
  await step('the branch is told, and answers on a telephone; the check across fields stands at its field', async () => {
    await signIn(below, demo, 'secretary')
    await below.goto(`${demo.url}/rollcalls`)
    await below.getByRole('link', { name: title }).first().click()
    await below.getByLabel('在册人数').fill('20')
    await below.getByLabel('在岗').fill('18')
    await below.getByLabel('居家办公').fill('5')
    assert.equal(await below.locator('[data-field=placed] output').textContent(), '23')
    below.expectProblem(/422/)
    await below.getByRole('button', { name: /提交$/ }).click()
    await below.locator('[data-field=placed]').getByText('加起来不能多于在册人数').waitFor()
    await below.getByLabel('居家办公').fill('2')
    assert.equal(await below.locator('[data-field=placed]').getByRole('alert').count(), 0)
    await looksRight(below, 'rollcall return phone')
    await below.getByRole('button', { name: /提交$/ }).click()
    await below.getByText('收到了，谢谢您！').waitFor()
    await above.getByText(/已报 1 \/ 应报/).waitFor()
  })
  const watch = above.url()
  await step('sent back with a reason: not received any more', async () => {
    await above.goto(`${demo.url}/rollcalls`)
    await above.getByRole('link', { name: new RegExp(title) }).first().click()
    await looksRight(above, 'rollcall check desk')
    await above.getByRole('button', { name: '退回' }).click()
    await above.getByRole('dialog').getByLabel('原因').fill('隔离观察的人数没有填。')
    await above.getByRole('dialog').getByRole('button', { name: '退回' }).click()
    await above.getByText('已经退回，等他们修改').waitFor()
    await above.goto(watch)
    await above.getByText(/已报 0 \/ 应报/).waitFor()
  })
  await step('corrected from the inbox', async () => {
    await below.goto(`${demo.url}/inbox`)
    await below.getByRole('link', { name: /退回了“物资情况核对”/ }).first().click()
    await below.getByText('隔离观察的人数没有填。').waitFor()
    await looksRight(below, 'rollcall returned phone')
    await below.getByLabel('隔离观察').fill('0')
    await below.getByRole('button', { name: '重新提交' }).click()
    await below.getByText('收到了，谢谢您！').waitFor()
    await above.getByText(/已报 1 \/ 应报/).waitFor()
  })
  await step('accepted', async () => {
    await above.goto(`${demo.url}/rollcalls`)
    await above.getByRole('link', { name: new RegExp(`：${title}`) }).click()
    await above.getByRole('button', { name: '收下' }).click()
    await above.getByText('已经收下').first().waitFor()
    await below.reload()
    await below.getByText('上级已经收下').waitFor()
  })
  await step('reminded, exported, locked', async () => {
    await above.goto(watch)
    await above.getByRole('button', { name: '提醒' }).click()
    await above.getByRole('dialog').getByRole('button', { name: '提醒' }).click()
    await above.getByText('正在提醒').waitFor()
    const [file] = await Promise.all([above.waitForEvent('download'), above.getByRole('link', { name: '导出 Excel' }).click()])
    assert.match(file.suggestedFilename(), /\.xlsx$/)
    await above.getByRole('button', { name: '锁定' }).click()
    await above.getByRole('dialog').getByRole('button', { name: '锁定' }).click()
    await above.getByText('已锁定').waitFor()
    await looksRight(above, 'rollcall locked desk')
  })
})
