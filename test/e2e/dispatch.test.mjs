// 谁在? — 我在: one asks, two telephones ring, both tap at the same moment, one has it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'

async function signIn(page, demo, role) {
  const { login, password } = demo.info.sign_ins.find((s) => s.role === role)
  await page.goto(`${demo.url}/signin`)
  await page.locator('input[autocomplete=username]').fill(login)
  await page.locator('input[autocomplete=current-password]').fill(password)
  await page.locator('input[autocomplete=current-password]').press('Enter')
  await page.locator('#content h1').waitFor()
}

/** May be rung whatever the time is: by oneself, on the page "me". */
async function anyHour(page, demo) {
  await page.goto(`${demo.url}/me`)
  await page.getByText('随时可以响铃').click()
  await page.getByText('没有免打扰时段').waitFor()
}

const named = (demo, role) => demo.info.sign_ins.find((s) => s.role === role).name

test('two telephones race for a dispatch, one has it, the other is told kindly', async (t) => {
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  const asker = await desk()
  await signIn(asker, demo, 'recorder')
  const member = await phone()
  await signIn(member, demo, 'member')
  await anyHour(member, demo)
  await accessible(member)
  await member.shot('dispatch status phone')
  const secretary = await phone()
  await signIn(secretary, demo, 'secretary')
  await anyHour(secretary, demo)

  await asker.getByRole('link', { name: '谁在？' }).click()
  await asker.getByRole('heading', { name: '已经了结的' }).waitFor()
  await accessible(asker)
  await asker.shot('dispatch list desk')
  await asker.getByRole('link', { name: '问一声“谁在？”' }).click()
  await asker.getByLabel('一句话说清什么事').fill('谁在？有个数据需要核准。')
  await asker.getByText('挑几个人').click()
  for (const role of ['member', 'secretary']) await asker.getByRole('checkbox', { name: named(demo, role) }).check()
  await accessible(asker)
  await asker.shot('dispatch ask desk')
  await asker.getByRole('button', { name: '问出去' }).click()

  // Both ring, on whatever page they are.
  const here = (page) => page.getByRole('button', { name: '我在', exact: true })
  await here(member).waitFor()
  await here(secretary).waitFor()
  await accessible(member)
  await member.shot('dispatch ringing phone')
  assert.equal(await member.evaluate(() => document.activeElement?.tagName), 'H1', 'a key that is pressed by chance must not answer')

  await Promise.all([here(member).click(), here(secretary).click()])
  const won = async (page) => {
    await page.getByText(/这件事交给您了|已经有人在办了/).waitFor()
    return (await page.getByText('这件事交给您了').count()) > 0
  }
  const [first, second] = [await won(member), await won(secretary)]
  assert.notEqual(first, second, 'exactly one has it')
  const [winner, other] = first ? [member, secretary] : [secretary, member]
  await accessible(winner)
  await winner.shot('dispatch yours phone')
  await accessible(other)
  await other.shot('dispatch taken phone')
  await other.getByRole('button', { name: '知道了' }).click()
  assert.equal(await other.getByRole('dialog').count(), 0)

  // On to the work; the asker sees it happen.
  const name = named(demo, first ? 'member' : 'secretary')
  await asker.getByText(`${name}：我在！`).waitFor()
  await winner.getByRole('button', { name: '去看看怎么办' }).click()
  await winner.getByRole('button', { name: '说一声进展' }).click()
  await winner.getByRole('dialog').getByLabel('说一声进展').fill('正在核，还要十分钟。')
  await winner.getByRole('dialog').getByRole('button', { name: '说一声进展' }).click()
  await asker.getByText('正在核，还要十分钟。').waitFor()
  await accessible(winner)
  await winner.shot('dispatch holding phone')
  await winner.getByRole('button', { name: '办好了' }).click()
  await winner.getByRole('dialog').getByLabel('结果是什么').fill('核准了：46 人。')
  await winner.getByRole('dialog').getByRole('button', { name: '办好了' }).click()
  await asker.getByText('核准了：46 人。').first().waitFor()
  await accessible(asker)
  await asker.shot('dispatch done desk')
  await asker.getByRole('button', { name: '可以了，谢谢大家' }).click()
  await asker.getByText('已了结').first().waitFor()
})

test('who is off is not rung, and the same in English and in large type', async (t) => {
  const demo = await startDemo(t)
  const { phone } = await openBrowser(t)
  const asker = await phone({ locale: 'en-GB' })
  await asker.context().addCookies([{ name: 'wozai_size', value: 'largest', url: demo.url }, { name: 'wozai_lang', value: 'en', url: demo.url }])
  await signIn(asker, demo, 'recorder')
  const member = await phone({ locale: 'en-GB' })
  await member.context().addCookies([{ name: 'wozai_size', value: 'largest', url: demo.url }, { name: 'wozai_lang', value: 'en', url: demo.url }])
  await signIn(member, demo, 'member')
  await member.goto(`${demo.url}/me`)
  await member.getByText('Ring at any hour').click()
  await member.getByText('No quiet hours').waitFor()
  await member.getByText('Off', { exact: true }).click()
  await member.getByText('Off until').first().waitFor()
  await accessible(member)
  await member.shot('dispatch status large en')

  const ask = async (text) => {
    await asker.goto(`${demo.url}/dispatches/new`)
    await asker.getByLabel('What it is about, in a sentence').fill(text)
    await asker.getByText('Some of them').click()
    await asker.getByRole('checkbox', { name: named(demo, 'member') }).check()
    await asker.getByText('Everybody answers').click()
    await accessible(asker)
    await asker.shot('dispatch ask large en')
    await asker.getByRole('button', { name: 'Ask', exact: true }).click()
    await asker.getByText('0 of 1 answered').waitFor()
  }
  await ask('Who is there? While you are off.')
  // The next one rings, as soon as they are free; the first had waited in silence.
  const dialog = member.getByRole('dialog')
  assert.equal(await dialog.count(), 0)
  await member.getByText('Free', { exact: true }).click()
  await member.getByText('Who is there? While you are off.').waitFor()
  await member.shot('dispatch ringing large en')
  await accessible(member)
  await dialog.getByLabel('Anything to add').fill('At home, all well.')
  await dialog.getByRole('button', { name: "I'm here" }).click()
  await dialog.getByText('Received. Thank you!').waitFor()
  await asker.getByText('1 of 1 answered').waitFor()
  await asker.getByText('At home, all well.').first().waitFor()
  await accessible(asker)
  await asker.shot('dispatch asker large en')
  await member.getByRole('button', { name: 'All right' }).click()
  await member.goto(`${demo.url}/dispatches`)
  await member.getByRole('heading', { name: 'I am on it' }).waitFor()
  await accessible(member)
  await member.shot('dispatch list large en')
})
