// The demonstration starts in an empty directory, shows its first page on a
// phone and on a desk in both languages, survives a power cut and stops when
// it is asked to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { startDemo } from './lib/demo.mjs'

test('the first page', async (t) => {
  const demo = await startDemo(t)
  const { phone, desk } = await openBrowser(t)
  for (const [screen, open] of Object.entries({ phone, desk })) {
    for (const locale of ['zh-CN', 'en-GB']) {
      const page = await open({ locale })
      const answer = await page.goto(demo.url)
      assert.equal(answer.status(), 200)
      await page.getByRole('heading', { level: 1 }).waitFor()
      assert.equal((await page.locator('html').getAttribute('lang')).slice(0, 2), locale.slice(0, 2))
      await accessible(page)
      await page.shot(`start ${screen} ${locale}`)
    }
  }
})

test('after a power cut it is back where it was', async (t) => {
  const demo = await startDemo(t)
  await demo.kill9()
  await demo.restart()
  const { phone } = await openBrowser(t)
  const page = await phone()
  await page.goto(demo.url)
  await page.getByRole('heading', { level: 1 }).waitFor()
})
