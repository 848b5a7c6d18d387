// Without a mouse: a roll call is composed and answered, 谁在? is asked and taken, by the keyboard alone. Where the focus
// is can be seen, and it goes where the reader goes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'
import { signedIn } from './lib/room.mjs'
import { stepsOf } from './lib/steps.mjs'

/** Tabs on until the focus is on what is called so. */
async function reach(page, role, name) {
  const wanted = page.getByRole(role, { name, exact: typeof name === 'string' })
  await wanted.first().waitFor()
  const passed = []
  for (let n = 0; n < 120; n++) {
    await page.keyboard.press('Tab')
    for (const one of await wanted.all()) if (await one.evaluate((e) => e === document.activeElement)) return seen(page)
    passed.push(await page.evaluate(() => (document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').slice(0, 20)))
  }
  assert.fail(`the keyboard does not reach ${role} ${name}; it passed ${passed.join(' | ')}`)
}

/** What has the focus is marked, itself or the frame around it. */
async function seen(page) {
  const marked = await page.evaluate(() => {
    const drawn = (e) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(e)
      return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
    }
    for (let e = document.activeElement, n = 0; e && n < 5; e = e.parentElement, n++) if (drawn(e)) return true
    return false
  })
  assert.ok(marked, 'nobody sees where the focus is')
}

const press = async (page, role, name) => {
  await reach(page, role, name)
  await page.keyboard.press('Enter')
}
const write = async (page, label, text) => {
  await reach(page, 'textbox', label)
  await page.keyboard.type(text)
}

test('composing, answering and taking by the keyboard alone', { timeout: 240_000 }, async (t) => {
  const step = stepsOf(t)
  const demo = await startDemo(t)
  const { desk } = await openBrowser(t)
  const secretary = await signedIn(desk, demo, 'secretary')
  const member = await signedIn(desk, demo, 'member')
  await step('composed and sent', async () => {
    await secretary.goto(`${demo.url}/rollcalls`)
    await press(secretary, 'link', '发起填报')
    await secretary.getByRole('heading', { name: '从哪里开始' }).waitFor()
    await accessible(secretary)
    await press(secretary, 'button', /从空白开始/)
    await write(secretary, '标题', '钥匙清点')
    await press(secretary, 'button', /^数字/)
    await write(secretary, '题目', '手里有几把')
    await press(secretary, 'button', '下一步：发出前看一看')
    await secretary.getByRole('heading', { name: '这一周给大家加多少' }).waitFor()
    await accessible(secretary)
    await press(secretary, 'button', '发出')
    const dialog = secretary.getByRole('dialog')
    await dialog.waitFor()
    assert.ok(await dialog.evaluate((d) => d.contains(document.activeElement)), 'the focus goes into the dialog')
    await press(secretary, 'button', '发出')
    await secretary.getByText(/已报 0 \/ 应报/).waitFor()
    await accessible(secretary)
  })
  await step('answered', async () => {
    await member.goto(`${demo.url}/rollcalls`)
    await press(member, 'link', '钥匙清点')
    await member.getByText('手里有几把').waitFor()
    await write(member, /手里有几把/, '3')
    await press(member, 'button', '提交')
    await member.getByText('收到了，谢谢您！').waitFor()
  })
  await step('what it adds up to, and how the daily one went, for who reads with their ears', async () => {
    const read = async (path) => (await secretary.context().request.get(`${demo.url}/api/v1${path}`)).json()
    const branch = (await read('/me')).units.find((u) => u.kind === 'branch').id
    const daily = (await read(`/units/${branch}/rollcalls`)).items.find((r) => r.title.zh === '每日健康报告')
    await secretary.goto(`${demo.url}/rollcalls/${daily.id}`)
    await secretary.getByRole('heading', { name: '各期走势' }).waitFor()
    await secretary.getByRole('table').first().waitFor() // the chart says it in a table
    await accessible(secretary)
    await press(secretary, 'link', '修改文字和问题')
    await secretary.getByRole('textbox', { name: '标题', exact: true }).waitFor()
    await accessible(secretary)
  })
  await step('asked and taken', async () => {
    await secretary.goto(`${demo.url}/dispatches/new`)
    await write(secretary, /一句话说清什么事/, '谁在？钥匙在谁手里？')
    await reach(secretary, 'radio', '这里的每个人')
    for (let n = 0; n < 3; n++) await secretary.keyboard.press('ArrowRight')
    const box = secretary.getByRole('checkbox', { name: demo.info.sign_ins.find((s) => s.role === 'member').name })
    await reach(secretary, 'checkbox', demo.info.sign_ins.find((s) => s.role === 'member').name)
    await secretary.keyboard.press('Space')
    assert.ok(await box.isChecked())
    await press(secretary, 'button', '问出去')
    await member.getByRole('dialog').waitFor()
    await press(member, 'button', '我在')
    await member.getByText('这件事交给您了').waitFor()
    await press(member, 'button', '去看看怎么办')
    await press(member, 'button', '办好了')
    await write(member, /结果是什么/, '在我这里，三把。')
    await press(member, 'button', '办好了')
    await secretary.getByText('在我这里，三把。').first().waitFor()
    await press(secretary, 'button', '可以了，谢谢大家')
    await secretary.getByText('已了结').first().waitFor()
  })
})
