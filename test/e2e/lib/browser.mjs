// A real Chromium or Firefox, phones and desks in it, and a watch over each page: what
// the console complains about, what the content policy blocks, what fails to
// load and what leaves for another server fails the test.
import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium, firefox } from 'playwright-core'
import { cleanup } from './cleanup.mjs'
import { out, slug } from './demo.mjs'

const quiet = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]
// A camera that shows a moving picture and a microphone that beeps, both allowed.
const fakeMedia = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream']

// The same for Firefox, and a loudspeaker: without one it plays nothing that could be measured.
const madeUp = {
  'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true,
  'media.cubeb.force_mock_context': true, 'media.autoplay.default': 0,
}

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
    executablePath: at.length ? started(t, [...at, executable(chromiums)]) : executable(chromiums),
    env: { ...process.env, LC_ALL: 'C.UTF-8' }, // a bare machine has none, and the browser then finds no file with a Chinese name
    args: [...quiet, ...(media ? fakeMedia : []), ...args],
  })
  cleanup(t, () => browser.close())
  return screens(t, browser)
}

/** Options of a test that opens Firefox: an older one does not do what Playwright asks of it by WebDriver BiDi. */
export function withFirefox() {
  const says = execFileSync(executable(firefoxes), ['--version'], { encoding: 'utf8' })
  const version = Number(/Firefox (\d+)/.exec(says)?.[1])
  return { skip: version < 150 && `Playwright cannot drive ${says.trim()}: it takes 150 or newer (Debian's security updates have it)` }
}

/**
 * Opens Firefox for the length of the test, with a camera and a microphone that are made up and allowed.
 *
 * @param {import('node:test').TestContext} t
 * @param {{prefs?: Record<string, string | number | boolean>}} options what about:config would set
 */
export async function openFirefox(t, { prefs = {} } = {}) {
  const side = join(scratch(t), 'side')
  const browser = await firefox.launch({
    channel: 'moz-firefox', // as it is shipped, by WebDriver BiDi
    executablePath: fileURLToPath(new URL('firefox.mjs', import.meta.url)),
    env: { ...process.env, LC_ALL: 'C.UTF-8', WOZAI_FIREFOX: executable(firefoxes), WOZAI_FIREFOX_SIDE: side },
    args: ['--remote-allow-system-access'], // for `own`
    firefoxUserPrefs: { ...madeUp, ...prefs },
  })
  cleanup(t, () => browser.close())
  return {
    ...screens(t, browser, (context) => context.addInitScript(typing)),
    /** Runs an expression in the browser's own window, where its notifications are. */
    own: async (expression) => {
      const { contexts } = await ask(side, 'browsingContext.getTree', { 'moz:scope': 'chrome', maxDepth: 0 })
      const { result, exceptionDetails } = await ask(side, 'script.evaluate', { expression, awaitPromise: true, target: { context: contexts[0].context } })
      if (exceptionDetails) throw new Error(exceptionDetails.text)
      return result.value
    },
  }
}

/** Playwright sets a value where Firefox could type; React, which watches the field, would not hear of it. */
function typing() {
  const insert = (text) => void document.execCommand('insertText', false, text)
  Object.defineProperty(window, '__pw_bidiInsertText', { get: () => insert, set: () => {} })
}

/** A command of WebDriver BiDi beside those of Playwright, in the same session. */
async function ask(side, method, params) {
  const socket = connect(side, () => socket.end(`${JSON.stringify({ method, params })}\n`))
  for await (const line of createInterface({ input: socket })) {
    const { result, error, message } = JSON.parse(line)
    if (error) throw new Error(`${method}: ${error}: ${message}`)
    return result
  }
  throw new Error(`${method}: no answer`)
}

const screens = (t, browser, prepare) => ({
  browser,
  /** A page on a phone, 390 points wide, that is touched. */
  phone: (options) => openPage(t, browser, phoneScreen, options, prepare),
  /** A page on an ordinary office screen. */
  desk: (options) => openPage(t, browser, deskScreen, options, prepare),
})

let pictures = 0

/**
 * A page in a context of its own, as another person on another device.
 * options: those of Playwright's newContext, `locale` (zh-CN unless told), and
 * `hosts`, servers beside the page's own that it may speak to, and `lenient`: complaints are printed,
 * and fail nothing.
 */
async function openPage(t, browser, screen, { hosts = [], lenient = false, ...options } = {}, prepare) {
  const context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...screen, ...options })
  await prepare?.(context)
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

  context.on('weberror', (e) => {
    // Firefox counts the content policy's complaints as errors; below the page reports them itself, with their place.
    const text = e.error().stack ?? String(e.error())
    if (!text.startsWith('Content-Security-Policy:')) report('uncaught error', text, e.page())
  })
  context.on('console', (m) => {
    if (m.type() === 'error') report('console', m.text() + at(m.location()), m.page())
  })
  context.on('requestfailed', (r) => {
    // A page that is left drops its open requests; that is no failure.
    if (!/ERR_ABORTED|NS_BINDING_ABORTED/.test(r.failure()?.errorText)) report('request failed', `${r.method()} ${r.url()} ${r.failure()?.errorText}`)
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
      // Playwright gives a page a style for its picture, which Firefox holds to the policy.
      if (navigator.userAgent.includes('Firefox') && e.effectiveDirective === 'style-src-elem' && e.blockedURI === 'inline') return
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
  const file = join(scratch(t), 'browser')
  writeFileSync(file, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 })
  return file
}

function scratch(t) {
  const dir = mkdtempSync(join(tmpdir(), 'wozai-e2e-'))
  cleanup(t, () => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const chromiums = { name: 'Chromium', set: 'WOZAI_CHROMIUM', debian: 'chromium', programs: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'] }
const firefoxes = { name: 'Firefox', set: 'WOZAI_FIREFOX', debian: 'firefox-esr', programs: ['firefox-esr', 'firefox'] }

function executable({ name, set, debian, programs }) {
  if (process.env[set]) return process.env[set]
  for (const program of programs) {
    for (const dir of (process.env.PATH ?? '').split(delimiter)) {
      try {
        accessSync(join(dir, program), constants.X_OK)
        return join(dir, program)
      } catch {
        // not here
      }
    }
  }
  throw new Error(`No ${name} found: run \`make setup\`, install the Debian package ${debian}, or set ${set}.`)
}
