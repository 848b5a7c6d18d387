// Organisation and people, as those who use them: a secretary and her branch, a
// member who says where they are, an administrator with a list.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'

const branch = '第一业务厅党支部'

async function signIn(page, url, login, password) {
  await page.goto(`${url}/signin`)
  await page.getByLabel('账号', { exact: true }).fill(login)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await page.locator('#content h1').waitFor() // the sign-in page has a heading too
}

function as(demo, role) {
  const { login, password } = demo.info.sign_ins.find((s) => s.role === role)
  return [login, password]
}

test('a member says where they are, their secretary sees it at once', async (t) => {
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  const secretary = await desk()
  await signIn(secretary, demo.url, ...as(demo, 'secretary'))

  // To the branch through the tree, by keyboard.
  await secretary.getByRole('link', { name: '组织', exact: true }).click()
  await secretary.getByRole('treeitem', { name: /第一业务厅党支部.*我在这里/ }).focus()
  await accessible(secretary)
  await secretary.shot('org tree desk')
  await secretary.keyboard.press('Enter')
  await secretary.getByRole('heading', { level: 1, name: branch }).waitFor()
  await secretary.getByRole('heading', { name: '班子和工作人员' }).waitFor()
  await secretary.getByRole('link', { name: /陈志远/ }).first().waitFor()
  await accessible(secretary)
  await secretary.shot('org branch desk')
  await secretary.getByRole('link', { name: '谁在哪里' }).click()
  const line = secretary.getByRole('listitem').filter({ has: secretary.getByRole('link', { name: '陈志远', exact: true }) })
  await line.getByText('集中隔离').waitFor()
  await accessible(secretary)

  const member = await phone()
  await signIn(member, demo.url, ...as(demo, 'member'))
  await member.getByRole('button', { name: '换一个' }).click()
  await member.getByRole('button', { name: '居家办公', exact: true }).click()
  await member.getByText('已记下：居家办公').waitFor()
  await accessible(member)
  await member.shot('org whereabouts phone')
  await line.getByText('居家办公').waitFor() // without a reload
  await secretary.shot('org whereabouts desk')

  // Who looked is known to the one who was looked at.
  await member.goto(`${demo.url}/me/data`)
  await member.getByRole('heading', { name: '谁看过', exact: true }).waitFor()
  const looks = member.locator('section').filter({ has: member.getByRole('heading', { name: '谁看过', exact: true }) })
  await looks.getByText('看了在哪里').waitFor()
  assert.ok((await looks.getByRole('link', { name: '萧德胜' }).count()) > 0)
  await accessible(member)
  await member.shot('org held phone')

  // The level above does not see it, and is not offered it.
  const above = await desk()
  await signIn(above, demo.url, ...as(demo, 'overseer'))
  await above.goto(secretary.url().replace('/whereabouts', ''))
  await above.getByRole('heading', { level: 1, name: branch }).waitFor()
  assert.equal(await above.getByRole('link', { name: '谁在哪里' }).count(), 0)
})

test('a secretary adds somebody, who gets a sign-in and chooses a password', async (t) => {
  const demo = await startDemo(t)
  const { desk, phone } = await openBrowser(t)
  const page = await desk()
  await signIn(page, demo.url, ...as(demo, 'secretary'))
  await page.getByRole('link', { name: '组织', exact: true }).click()
  await page.getByRole('combobox', { name: '查找单位和人员' }).fill('dyywtdzb')
  await page.getByRole('option', { name: new RegExp(branch) }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: branch }).waitFor()

  page.expectProblem(/status of 422 .*\/people/) // the number that is none
  await page.getByRole('button', { name: '添加人员' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('新来的').click()
  await dialog.getByLabel('姓名').fill('安新来')
  await dialog.getByLabel('手机').fill('not a number')
  await dialog.getByRole('button', { name: /添加$/ }).click()
  await dialog.getByText('电话号码不对，请检查').waitFor()
  await accessible(page)
  await page.shot('org add person desk')
  await dialog.getByLabel('手机').fill('13900001234')
  await dialog.getByRole('button', { name: /添加$/ }).click()
  await page.getByRole('link', { name: /安新来/ }).waitFor()

  // A sign-in for the newcomer alone.
  await page.getByRole('button', { name: '管理' }).click()
  await page.getByRole('menuitem', { name: '发放登录账号' }).click()
  await page.getByRole('button', { name: '都不选' }).click()
  await page.getByRole('checkbox', { name: /安新来/ }).check()
  await page.getByRole('button', { name: '给 1 人发放' }).click()
  const slip = page.getByRole('listitem').filter({ hasText: '一次性密码' })
  await slip.waitFor()
  const [, login, password] = await slip.locator('dd').allTextContents()
  await accessible(page)
  await page.shot('org slips desk')

  const newcomer = await phone()
  await signIn(newcomer, demo.url, login, password)
  await newcomer.getByRole('heading', { level: 1, name: '安新来，请先换成自己的密码' }).waitFor()
  await newcomer.getByLabel('发给您的一次性密码').fill(password)
  await newcomer.getByLabel('新密码', { exact: true }).fill('三月的风 吹过河岸 42')
  await newcomer.getByLabel('再输一遍新密码').fill('三月的风 吹过河岸 42')
  await accessible(newcomer)
  await newcomer.shot('org first password phone')
  await newcomer.getByRole('button', { name: '换好，开始使用' }).click()
  await newcomer.getByRole('heading', { name: '我在哪里' }).waitFor()

  // Ended by mistake, and taken back.
  await page.goto(`${demo.url}/org`)
  await page.getByRole('treeitem', { name: /第一业务厅党支部.*我在这里/ }).press('Enter')
  await page.getByRole('button', { name: '安新来：更多操作' }).click()
  await page.getByRole('menuitem', { name: '结束在这里的身份' }).click()
  // The offer to take it back lasts ten seconds: under the mouse it stays.
  await page.getByRole('button', { name: '撤销', exact: true }).hover()
  await page.getByRole('link', { name: /安新来/ }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: '撤销', exact: true }).click()
  await page.getByRole('link', { name: /安新来/ }).waitFor()
})

test('an administrator imports a list, faulty rows and all', async (t) => {
  const demo = await startDemo(t)
  const dir = mkdtempSync(join(tmpdir(), 'wozai-import-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const file = join(dir, '名单.csv')
  const head = '人员编号,姓名,人员类别,手机\n'
  const { desk } = await openBrowser(t)
  const page = await desk({ acceptDownloads: true })
  await signIn(page, demo.url, ...as(demo, 'admin'))
  await page.goto(`${demo.url}/org/import`)
  await page.getByRole('heading', { level: 1, name: '导入名单' }).waitFor()
  await accessible(page)

  writeFileSync(file, `${head}X1,甄好,在职,13900000001\nX2,贾坏,在职,12\n`)
  await page.getByLabel('选择文件').setInputFiles(file)
  await page.getByText('有 1 处问题，什么都没有写入').waitFor()
  await page.getByRole('row', { name: /第 3 行.*手机.*电话号码不对/ }).waitFor()
  await accessible(page)
  await page.shot('org import faults desk')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: '导出清单' }).click()
  assert.match(readFileSync(await (await download).path(), 'utf8'), /^\uFEFF工作表,行,列,原因\r\n,3,手机,电话号码不对/)

  await page.getByRole('link', { name: '改好了，重新上传' }).click()
  writeFileSync(file, `${head}X1,甄好,在职,13900000001\nX2,贾坏,在职,13900000002\n`)
  await page.getByLabel('选择文件').setInputFiles(file)
  await page.getByText('检查通过，可以写入').waitFor()
  await page.getByRole('button', { name: '确认写入 2 条' }).click()
  await page.getByText('新增单位 0 个，人员 2 人，任职 0 条。').waitFor()
  await page.shot('org import done desk')

  await page.getByRole('link', { name: '看看组织' }).click()
  await page.getByRole('combobox', { name: '查找单位和人员' }).fill('甄好')
  await page.getByRole('option', { name: /甄好/ }).click()
  await page.getByRole('heading', { level: 1, name: '甄好' }).waitFor()
  await page.getByText('13900000001').waitFor()
})
