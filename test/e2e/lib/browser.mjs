// A real Chromium, phones and desks in it, and a watch over each page: what
// the console complains about, what the content policy blocks, what fails to
// load and what leaves for another server fails the test.
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { chromium } from 'playwright-core'
import { cleanup } from './cleanup.mjs'
import { out, slug } from './demo.mjs'

const quiet = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]
// A camera that shows a moving picture and a microphone that beeps, both allowed.
const fakeMedia = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']

const phoneScreen = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }
const deskScreen = { viewport: { width: 1366, height: 768 } }

/**
 * Opens a browser for the length of the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {{media?: boolean, args?: string[], at?: string[]}} options media: a fake camera and microphone (yes unless
 * told); at is the machine it runs on, one of net.mjs's
 */
export async function openBrowser(t, { media = true, args = [], at = [] } = {}) {
  const browser = await chromium.launch({
    executablePath: at.length ? started(t, [...at, executable()]) : executable(),
    env: { ...process.env, LC_ALL: 'C.UTF-8' }, // a bare machine has none, and the browser then finds no file with a Chinese name
    args: [...quiet, ...(media ? fakeMedia : []), ...args],
  })
  cleanup(t, () => browser.close())
  const open = (screen) => (options) => openPage(t, browser, screen, options)
  return {
    browser,
    /** A page on a phone, 390 points wide, that is touched. */
    phone: open(phoneScreen),
    /** A page on an ordinary office screen. */
    desk: open(deskScreen),
  }
}

let pictures = 0

/**
 * A page in a context of its own, as another person on another device.
 * options: those of Playwright's newContext, `locale` (zh-CN unless told), and
 * `hosts`, servers beside the page's own that it may speak to, and `lenient`: complaints are printed,
 * and fail nothing.
 */
async function openPage(t, browser, screen, { hosts = [], lenient = false, ...options } = {}) {
  const context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...screen, ...options })
  const watch = await watchOver(context, hosts)
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  /** Forgives what the test brings about on purpose; the pattern must come to pass. */
  page.expectProblem = (pattern) => watch.expected.push(pattern)
  /** Forgives what depends on the moment. */
  page.allowProblem = (pattern) => watch.allowed.push(pattern)
  /** The problems so far, as text. */
  page.problems = () => watch.unexpected()
  /** Saves a picture of the page as it is to test/e2e/out. */
  page.shot = (name) => page.screenshot({ path: join(out, `${slug(name)}.png`), animations: 'disabled' })
  cleanup(t, async () => {
    const picture = await page.screenshot({ timeout: 5_000 }).catch(() => undefined)
    await context.close()
    let complaint
    try {
      watch.conclude()
    } catch (error) {
      complaint = error
    }
    if (picture && (complaint || t.error)) writeFileSync(join(out, `${slug(t.name)}-failed-${++pictures}.png`), picture)
    // What failed already is told with what the browser complained about.
    if (complaint && (lenient || t.error)) console.log(complaint.message)
    else if (complaint) throw complaint
  })
  return page
}

async function watchOver(context, hosts) {
  const problems = []
  const expected = []
  const allowed = []
  const report = (kind, text, page) => problems.push(`${kind}: ${text}${page ? ` (on ${page.url()})` : ''}`)

  context.on('weberror', (e) => report('uncaught error', e.error().stack ?? String(e.error()), e.page()))
  context.on('console', (m) => {
    if (m.type() === 'error') report('console', m.text() + at(m.location()), m.page())
  })
  context.on('requestfailed', (r) => {
    // A page that is left drops its open requests; that is no failure.
    if (r.failure()?.errorText !== 'net::ERR_ABORTED') report('request failed', `${r.method()} ${r.url()} ${r.failure()?.errorText}`)
  })
  context.on('response', (r) => {
    if (r.status() >= 500) report('server error', `${r.status()} ${r.request().method()} ${r.url()}`)
  })
  let home
  context.on('request', (r) => {
    const url = new URL(r.url())
    if (!url.protocol.startsWith('http')) return
    home ??= url.hostname // where the test itself went first
    if (url.hostname !== home && !hosts.includes(url.hostname)) report('foreign server', r.url())
  })
  // Report-only violations are not in the console, so ask the page itself.
  await context.exposeBinding('__reportCSP', ({ page }, text) => report('content policy', text, page))
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (e) => {
      window.__reportCSP(`${e.effectiveDirective} blocks ${e.blockedURI} ${e.sourceFile ?? ''}:${e.lineNumber}`)
    })
  })

  const unexpected = () => problems.filter((p) => ![...expected, ...allowed].some((pattern) => pattern.test(p)))
  return {
    expected,
    allowed,
    unexpected,
    conclude() {
      const missing = expected.filter((pattern) => !problems.some((p) => pattern.test(p)))
      const wrong = [...unexpected(), ...missing.map((pattern) => `expected, but did not happen: ${pattern}`)]
      if (wrong.length) throw new Error(`The browser complains:\n  ${wrong.join('\n  ')}`)
    },
  }
}

const at = ({ url, lineNumber }) => (url ? ` at ${url}:${lineNumber + 1}` : '')

/** A program that starts a command with its own arguments added: Playwright starts a file. */
function started(t, command) {
  const dir = mkdtempSync(join(tmpdir(), 'wozai-e2e-'))
  cleanup(t, () => rmSync(dir, { recursive: true, force: true }))
  const file = join(dir, 'browser')
  writeFileSync(file, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 })
  return file
}

function executable() {
  if (process.env.WOZAI_CHROMIUM) return process.env.WOZAI_CHROMIUM
  for (const name of ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']) {
    for (const dir of (process.env.PATH ?? '').split(delimiter)) {
      try {
        accessSync(join(dir, name), constants.X_OK)
        return join(dir, name)
      } catch {
        // not here
      }
    }
  }
  throw new Error('No Chromium found: run `make setup`, install the Debian package chromium, or set WOZAI_CHROMIUM.')
}
