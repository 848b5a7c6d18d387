// The harness must be able to fail: each thing it watches for is brought about
// once, on a page of our own.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findings, accessible } from './lib/axe.mjs'
import { openBrowser } from './lib/browser.mjs'
import { out } from './lib/demo.mjs'

const good = `<!doctype html><html lang="zh-CN"><title>我在</title><link rel="icon" href="data:,">
  <main><h1>我在</h1><p>网上见面</p><button>进入会议</button></main>`

/** Serves pages by path; an entry may be text or [text, headers]. */
async function serve(t, pages) {
  const server = createServer((request, response) => {
    const page = pages[request.url]
    if (page === undefined) return response.writeHead(500).end()
    const [body, headers] = [page].flat()
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => { server.closeAllConnections(); server.close() })
  return `http://127.0.0.1:${server.address().port}`
}

test('a good page passes', async (t) => {
  const url = await serve(t, { '/': good })
  const { phone, desk } = await openBrowser(t)
  for (const [name, open] of Object.entries({ phone, desk })) {
    const page = await open()
    await page.goto(url)
    await accessible(page)
    const picture = join(out, `harness-${name}.png`)
    rmSync(picture, { force: true })
    await page.shot(`harness ${name}`)
    assert.ok(existsSync(picture))
    assert.deepEqual(page.problems(), [])
  }
})

for (const [name, page, pattern] of [
  ['an uncaught error', `${good}<script>setTimeout(() => { throw new Error('lost') })</script>`, /uncaught error: .*lost/],
  ['a rejected promise', `${good}<script>Promise.reject(new Error('adrift'))</script>`, /uncaught error: .*adrift/],
  ['an error in the console', `${good}<script>console.error('oh dear')</script>`, /console: oh dear/],
  ['what the content policy blocks', [`${good}<script>1</script>`, { 'content-security-policy': "script-src 'self'" }], /content policy: script-src-elem blocks inline/],
  ['what it only reports', [`${good}<script>1</script>`, { 'content-security-policy-report-only': "script-src 'self'" }], /content policy: script-src-elem/],
  ['a failed request', `${good}<img alt="" src="http://127.0.0.1:9/x.png">`, /request failed: GET http:\/\/127.0.0.1:9/],
  ['a server error', `${good}<img alt="" src="/broken.png">`, /server error: 500 GET/],
  ['a foreign server', `${good}<img alt="" src="http://localhost:9/x.png">`, /foreign server: http:\/\/localhost:9/],
]) {
  test(`${name} is noticed`, async (t) => {
    const url = await serve(t, { '/': page })
    const { desk } = await openBrowser(t)
    const tab = await desk()
    await tab.goto(url)
    const deadline = Date.now() + 5000
    while (!tab.problems().some((p) => pattern.test(p))) {
      assert.ok(Date.now() < deadline, `not noticed; only ${JSON.stringify(tab.problems())}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    tab.expectProblem(/./)
  })
}

test('axe finds what is serious, under a strict content policy', async (t) => {
  const bad = good.replace('>进入会议<', ' style="color:#ccc;background:#fff"><').replace('<p>', '<p style="color:#ccc;background:#fff">')
  const url = await serve(t, { '/': [bad, { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:" }] })
  const { phone } = await openBrowser(t)
  const page = await phone()
  await page.goto(url)
  const found = (await findings(page)).join('\n')
  assert.match(found, /button-name/)
  assert.match(found, /color-contrast/)
  await assert.rejects(accessible(page), /button-name/)
})

test('camera and microphone are real enough to decode', async (t) => {
  const url = await serve(t, { '/': good })
  const { desk } = await openBrowser(t)
  const page = await desk()
  await page.goto(url)
  const got = await page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true })
    const video = document.createElement('video')
    Object.assign(video, { srcObject: stream, muted: true })
    await video.play()
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve))
    return { width: video.videoWidth, kinds: stream.getTracks().map((track) => track.kind).sort() }
  })
  assert.ok(got.width > 0)
  assert.deepEqual(got.kinds, ['audio', 'video'])
})

test('a complaint fails the test that did not look, and leaves a picture', async (t) => {
  const url = await serve(t, { '/': `${good}<script>console.error('oh dear')</script>` })
  const dir = mkdtempSync(join(tmpdir(), 'wozai-harness-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const careless = join(dir, 'careless.test.mjs')
  writeFileSync(careless, `
    import { test } from 'node:test'
    import { openBrowser } from ${JSON.stringify(new URL('./lib/browser.mjs', import.meta.url).href)}
    test('harness careless', async (t) => {
      const { desk } = await openBrowser(t)
      const page = await desk()
      await page.goto(process.env.PAGE)
      await page.getByRole('button').waitFor()
    })`)
  const picture = join(out, 'harness-careless-failed-1.png')
  rmSync(picture, { force: true })
  const { NODE_TEST_CONTEXT, ...env } = process.env // else it takes itself for a part of this run
  const run = await new Promise((resolve) => {
    execFile(process.execPath, ['--test', careless], { env: { ...env, PAGE: url } }, (error, stdout) => resolve({ code: error?.code ?? 0, stdout }))
  })
  assert.equal(run.code, 1, run.stdout)
  assert.match(run.stdout, /The browser complains:\s+console: oh dear/)
  assert.ok(existsSync(picture))
})
