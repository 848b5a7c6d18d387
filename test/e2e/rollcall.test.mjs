// A return is composed, opened, answered on a telephone, counted, sent back, corrected, accepted, locked.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'
import { drawer } from './lib/device.mjs'
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

const mine = async (page, demo, kind) => (await (await page.context().request.get(`${demo.url}/api/v1/me`)).json()).units.find((u) => u.kind === kind).id

async function pick(page, label, name) {
  const box = page.getByRole('combobox', { name: label })
  if (await box.isEditable()) await box.fill(name)
  else await box.click()
  const option = page.locator(`.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option[title="${name}"]`)
  await option.click()
}

/** The lines of answers that wait in this browser. */
const stored = (page) => drawer(page, 'wozai-rollcall')
/** How much of files waits in this browser. */
const filesOnDevice = async (page) => (await drawer(page, 'wozai-rollcall', 'files')).map((line) => line.text)
const onDevice = async (page) => (await stored(page)).length
const keptText = async (page) => (await stored(page)).map((line) => line.text).join()

/** Begins a roll call that units answer. */
async function compose(page, demo, title) {
  await page.goto(`${demo.url}/rollcalls`)
  await page.getByRole('link', { name: '发起填报' }).first().click()
  await page.getByRole('button', { name: /从空白开始/ }).click()
  await page.getByText('各单位填，逐级审核').click()
  await page.getByRole('textbox', { name: '标题', exact: true }).fill(title)
}

/** Sends out what is looked at once more, and waits until it is open. */
async function sendOut(page) {
  await page.getByRole('button', { name: '发出' }).click()
  await page.getByText(/发给 \d+ 个单位？/).last().waitFor()
  await page.getByRole('dialog').getByRole('button', { name: '发出' }).click()
  await page.getByText(/已报 0 \/ 应报 \d+/).waitFor()
}

/** Chooses a file for a question as a person does. */
async function attach(page, field, ...files) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator(`[data-field=${field}]`).getByRole('button', { name: '选择文件' }).click()])
  await chooser.setFiles(files)
}

/** What a link or a button of a page hands out. */
async function taken(page, click) {
  const [file] = await Promise.all([page.waitForEvent('download'), click()])
  return { name: file.suggestedFilename(), content: await readFile(await file.path()) }
}

/** Adds a question of a kind in the builder and names it. */
async function ask(page, kind, label) {
  const offer = page.getByRole('group', { name: '加一个问题' })
  if (!(await offer.isVisible())) await page.getByRole('button', { name: '加一个问题' }).click()
  await offer.getByRole('button', { name: new RegExp(`^${kind}`) }).click()
  await page.getByRole('textbox', { name: '题目', exact: true }).fill(label)
}

test('a member answers the daily check-in on a telephone, and the officer sees the count move', async (t) => {
  const step = stepsOf(t)
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  const officer = await desk()
  const member = await phone()
  const helper = await phone()
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
  await step('handed in without a network: kept encrypted on the device, and said so', async () => {
    await member.getByText('很好').click()
    await member.getByText('草稿已保存').waitFor()
    member.expectProblem(/ERR_INTERNET_DISCONNECTED/)
    await member.context().setOffline(true)
    await member.getByRole('button', { name: /提交$/ }).click()
    await member.getByText('没有网络，先存在这台设备上了').waitFor()
    await member.getByText('内容加密存放').waitFor()
    await looksRight(member, 'rollcall kept phone')
    assert.equal(await onDevice(member), 1)
    assert.equal((await keptText(member)).includes('36.6'), false, 'nobody reads it in a copied file')
  })
  await step('the network is back: sent by itself, a receipt, the count moves, nothing is left on the device', async () => {
    await member.context().setOffline(false)
    await member.getByText('“每日健康报告”已经交上去了，按时。').waitFor({ timeout: 40_000 })
    await member.getByText('收到了，谢谢您！').waitFor()
    await looksRight(member, 'rollcall receipt phone')
    await officer.getByText(`已报 ${before + 1} /`).waitFor()
    assert.equal(await onDevice(member), 0)
  })
  await step('a helper is named for one without a telephone, answers, and is named in the list', async () => {
    const watch = officer.url()
    await officer.goto(`${demo.url}/units/${await mine(officer, demo, 'branch')}`)
    await officer.getByRole('button', { name: '指定代填的人' }).click()
    await pick(officer, '帮谁', '顾国栋')
    await officer.getByText('还没有代填的人').waitFor()
    await pick(officer, '请谁代填', '于磊')
    await officer.getByRole('button', { name: '请这个人代填' }).click()
    await officer.getByText('已经通知').waitFor()
    await looksRight(officer, 'rollcall helper desk')
    await signIn(helper, demo, 'recorder')
    await helper.goto(`${demo.url}/rollcalls`)
    await helper.getByRole('listitem').filter({ hasText: '为 顾国栋 填' }).getByRole('link').click()
    await helper.getByText('很好').click()
    await helper.getByRole('button', { name: /提交$/ }).click()
    await helper.getByText('由 于磊 提交').waitFor()
    await looksRight(helper, 'rollcall helped phone')
    await officer.goto(watch)
    await officer.getByText(`已报 ${before + 2} /`).waitFor()
    await officer.getByRole('button', { name: /^已报/ }).click()
    await officer.getByRole('listitem').filter({ hasText: '顾国栋' }).getByText('由 于磊 提交').waitFor()
  })
  await step('one is excused, with a reason: not missing any more', async () => {
    await officer.getByRole('button', { name: /^未报/ }).click()
    await officer.getByRole('button', { name: /免报$/ }).last().click()
    await officer.getByRole('dialog').getByLabel('原因').fill('住院')
    await officer.getByRole('dialog').getByRole('button', { name: '免报', exact: true }).click()
    await officer.getByRole('button', { name: /^免报\s*1$/ }).click()
    await officer.getByText('住院（萧德胜同意）').waitFor()
    await looksRight(officer, 'rollcall excused desk')
  })
})

test('a return of a unit goes up: composed, opened, answered, sent back, corrected, accepted, locked', async (t) => {
  const step = stepsOf(t)
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  const above = await desk()
  const below = await phone()
  const beside = await phone()
  const title = '物资情况核对'
  await step('put the questions together', async () => {
    await signIn(above, demo, 'overseer')
    await compose(above, demo, title)
    await ask(above, '数字', '在册人数')
    await above.getByRole('checkbox', { name: '必须填' }).check()
    for (const label of ['在岗', '居家办公', '隔离观察']) await ask(above, '数字', label)
    await ask(above, '合计', '合计人数')
    for (const label of ['在岗', '居家办公']) await above.getByRole('checkbox', { name: label }).check()
    await ask(above, '文字', '缺什么物资')
    await looksRight(above, 'rollcall builder desk')
  })
  await step('a question is moved by keys, taken away and brought back', async () => {
    const card = (name) => above.getByRole('button', { name: new RegExp(`^\\d+ ?${name}`) })
    await card('缺什么物资').press('Alt+ArrowUp')
    assert.match(await card('缺什么物资').textContent(), /^5/)
    assert.ok(await card('缺什么物资').evaluate((b) => b === document.activeElement), 'the focus stays with what was moved')
    await above.getByRole('button', { name: '把“缺什么物资”下移' }).click()
    await card('在岗').click()
    await above.getByRole('button', { name: '删除' }).first().click()
    await card('在岗').waitFor({ state: 'detached' })
    await above.getByRole('button', { name: '撤销' }).click()
    await card('在岗').waitFor()
    await card('合计人数').click()
    assert.ok(await above.getByRole('checkbox', { name: '在岗' }).isChecked(), 'it is added up again')
  })
  await step('what must agree; the server says what is wrong at its place', async () => {
    await above.getByRole('button', { name: '加一条：数字' }).click()
    await pick(above, '哪一项', '合计人数')
    above.expectProblem(/422/)
    await above.getByRole('button', { name: '下一步：发出前看一看' }).click()
    await above.locator('li', { has: above.getByRole('group', { name: '第 1 条' }) }).getByRole('alert').first().waitFor()
    await looksRight(above, 'rollcall builder fault desk')
    await pick(above, '哪几项（加起来）', '在册人数')
    await above.keyboard.press('Escape')
    await above.getByRole('button', { name: '下一步：发出前看一看' }).click()
    await above.getByRole('heading', { name: '这一周给大家加多少' }).waitFor()
  })
  await step('look at it and open it', async () => {
    await above.getByText(/会问到 \d+ 个单位/).waitFor()
    await looksRight(above, 'rollcall preview desk')
    await sendOut(above)
  })
  await step('the branch is told, and answers on a telephone; the check across fields stands at its field', async () => {
    await signIn(below, demo, 'secretary')
    await below.goto(`${demo.url}/rollcalls`)
    await below.getByRole('link', { name: title }).first().click()
    await below.getByLabel('在册人数').fill('20')
    await below.getByLabel('在岗').fill('18')
    await below.getByLabel('居家办公').fill('5')
    assert.equal(await below.locator('[data-field=q5] output').textContent(), '23')
    below.expectProblem(/422/)
    await below.getByRole('button', { name: /提交$/ }).click()
    await below.locator('[data-field=q5]').getByText('“合计人数”不能多于“在册人数”').waitFor()
    await below.getByLabel('居家办公').fill('2')
    assert.equal(await below.locator('[data-field=q5]').getByRole('alert').count(), 0)
    await looksRight(below, 'rollcall return phone')
    await signIn(beside, demo, 'secretary')
    await beside.goto(below.url())
    await beside.getByLabel('在册人数').fill('25')
    await below.getByRole('button', { name: /提交$/ }).click()
    await below.getByText('收到了，谢谢您！').waitFor()
    await above.getByText(/已报 1 \/ 应报/).waitFor()
  })
  await step('on a second device meanwhile: both are shown, and one may leave it or take its place', async () => {
    const name = demo.info.sign_ins.find((s) => s.role === 'secretary').name
    beside.expectProblem(/412/)
    await beside.getByRole('button', { name: /提交$/ }).click()
    await beside.getByText(`您填的时候，${name} 已经交了一份`).waitFor()
    await beside.getByText('20').first().waitFor()
    assert.equal(await beside.getByLabel('在册人数').inputValue(), '25')
    await looksRight(beside, 'rollcall two devices phone')
    await beside.getByRole('button', { name: '就用那份，不交我的' }).click()
    await beside.getByText('收到了，谢谢您！').waitFor()
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

test('files: chosen on a telephone, one of them without a network, handed in, looked at and taken along byte by byte', async (t) => {
  const step = stepsOf(t)
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  const above = await desk()
  const below = await phone()
  const title = '仓库现场核对'
  await step('a question that takes files, three at most', async () => {
    await signIn(above, demo, 'overseer')
    await compose(above, demo, title)
    await ask(above, '文件', '现场照片')
    await above.getByLabel('最多几个文件').fill('3')
    await above.getByRole('checkbox', { name: '必须填' }).check()
    await ask(above, '文字', '说明')
    await above.getByRole('button', { name: /^1 ?现场照片/ }).click()
    await looksRight(above, 'rollcall file builder desk')
    await above.getByRole('button', { name: '下一步：发出前看一看' }).click()
    await above.getByText(/会问到 \d+ 个单位/).waitFor()
    await sendOut(above)
  })
  await signIn(below, demo, 'secretary')
  await below.goto(`${demo.url}/rollcalls`)
  await below.getByRole('link', { name: title }).first().click()
  const photo = { name: '一号库.jpg', mimeType: 'image/jpeg', buffer: await below.screenshot({ type: 'jpeg' }) }
  const list = { name: '清单.png', mimeType: 'image/png', buffer: await below.screenshot() }
  const line = (name) => below.locator('[data-field=q1] li').filter({ hasText: name })
  await step('a file that is none is refused at its line, and taken away', async () => {
    below.expectProblem(/415/)
    await attach(below, 'q1', { name: '说明.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ no paper') })
    await line('说明.pdf').getByRole('alert').getByText('这不是 PDF').waitFor()
    await looksRight(below, 'rollcall file refused phone')
    await line('说明.pdf').getByRole('button', { name: '删除' }).click()
    await line('说明.pdf').waitFor({ state: 'detached' })
  })
  await step('a photograph is sent at once, and is there when the page is opened again', async () => {
    await attach(below, 'q1', photo)
    await below.getByText('草稿已保存').waitFor()
    await looksRight(below, 'rollcall file sent phone')
    await below.reload()
    await line(photo.name).waitFor()
    assert.equal((await filesOnDevice(below)).length, 0)
  })
  await step('chosen and handed in without a network: both are kept encrypted on the device', async () => {
    below.expectProblem(/ERR_INTERNET_DISCONNECTED/)
    await below.context().setOffline(true)
    await attach(below, 'q1', list)
    await line(list.name).getByText('没有网络，先加密存在这台设备上').waitFor()
    await looksRight(below, 'rollcall file waits phone')
    await below.getByRole('button', { name: /提交$/ }).click()
    await below.getByText('没有网络，先存在这台设备上了').waitFor()
    await below.getByText(list.name).waitFor()
    await looksRight(below, 'rollcall file kept phone')
    const kept = await filesOnDevice(below)
    assert.equal(kept.length, 2)
    assert.ok(!kept.join().includes(list.name) && !kept.join().includes('PNG'), 'nobody reads it in a copied file')
  })
  await step('the network is back: sent by itself, and nothing is left on the device', async () => {
    await below.context().setOffline(false)
    await below.getByText(`“${title}”已经交上去了，按时。`).waitFor({ timeout: 40_000 })
    await below.getByText('收到了，谢谢您！').waitFor()
    assert.deepEqual([await onDevice(below), (await filesOnDevice(below)).length], [0, 0])
    await looksRight(below, 'rollcall file receipt phone')
    for (const sent of [photo, list]) {
      const file = await taken(below, () => below.getByRole('link', { name: `下载“${sent.name}”` }).click())
      assert.equal(file.name, sent.name)
      assert.ok(file.content.equals(sent.buffer), 'byte by byte')
    }
  })
  await step('above it is looked at, and taken along as one archive', async () => {
    const watch = above.url()
    await above.goto(`${demo.url}/rollcalls`)
    await above.getByRole('link', { name: new RegExp(`：${title}`) }).click()
    await above.getByRole('listitem').filter({ hasText: photo.name }).getByRole('button', { name: '看一看' }).click()
    await above.getByRole('img', { name: photo.name }).evaluate((img) => img.decode())
    await looksRight(above, 'rollcall file look desk')
    await above.goto(watch)
    await above.getByRole('button', { name: '下载文件' }).click()
    await above.getByText('一共 2 个文件').waitFor()
    await looksRight(above, 'rollcall file archive desk')
    const archive = await taken(above, () => above.getByRole('button', { name: '下载压缩包' }).click())
    assert.match(archive.name, new RegExp(`^${title}.*\\.zip$`))
    for (const sent of [photo, list]) assert.ok(archive.content.includes(sent.buffer) && archive.content.includes(Buffer.from(`现场照片/${sent.name}`)), sent.name)
    await above.getByText('已经下载好').waitFor()
  })
  await step('corrected: what was replaced is seen with its version', async () => {
    await below.getByRole('button', { name: '更正' }).click()
    await line(list.name).getByRole('button', { name: '删除' }).click()
    await below.getByRole('button', { name: '重新提交' }).click()
    await below.getByText('收到了，谢谢您！').waitFor()
    await below.getByText(/第 1 版/).click()
    await below.getByRole('listitem').filter({ hasText: list.name }).first().waitFor()
    await looksRight(below, 'rollcall file versions phone')
  })
  await step('what was chosen and not handed in goes up by itself too', async () => {
    await below.getByRole('button', { name: '更正' }).click()
    await below.context().setOffline(true)
    await attach(below, 'q1', list)
    await line(list.name).getByText('没有网络，先加密存在这台设备上').waitFor()
    assert.equal((await filesOnDevice(below)).length, 2)
    await below.context().setOffline(false)
    await line(list.name).getByText('没有网络').waitFor({ state: 'detached', timeout: 40_000 })
    await below.getByText('草稿已保存').waitFor()
    assert.equal((await filesOnDevice(below)).length, 0)
  })
  await step('signing out wipes what waits', async () => {
    below.expectProblem(/ERR_FAILED/)
    await below.route(/\/files\?/, (route) => route.abort())
    await attach(below, 'q1', { ...list, name: '补充.png' })
    await line('补充.png').getByText('没有网络，先加密存在这台设备上').waitFor()
    assert.equal((await filesOnDevice(below)).length, 2)
    await below.goto(`${demo.url}/me`)
    await below.locator('.ant-btn-dangerous', { hasText: '退出登录' }).click()
    await below.getByText('还有 1 份填报没有送出').last().waitFor()
    await below.getByRole('button', { name: '删除并退出' }).click()
    await below.locator('input[autocomplete=username]').waitFor()
    assert.equal((await filesOnDevice(below)).length, 0)
  })
})
