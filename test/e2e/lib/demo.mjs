// Starts the real program for a test: `wozai demo`, or `wozai serve` without anything in it yet, in a
// directory of its own, on a port of its own.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cleanup } from './cleanup.mjs'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The program. */
export const binary = process.env.WOZAI_BIN ?? join(root, 'bin/wozai')

/** Where screenshots and logs of a run are left to be looked at. */
export const out = fileURLToPath(new URL('../out/', import.meta.url))
mkdirSync(out, { recursive: true })

/**
 * Starts `wozai demo` and waits until it has printed where it is.
 *
 * The promise is that of a fresh directory: ready within `seconds`. The test
 * fails if it is not, or if the program does not stop of itself when asked.
 *
 * @param {import('node:test').TestContext} t stops it when the test ends
 * @param {{bots?: number, args?: string[], env?: object, seconds?: number, addr?: string, at?: string[]}} options bots are
 * simulated members (0 unless told); env is added to the environment; at is the machine it runs on, one of net.mjs's
 */
export const startDemo = (t, { bots = 0, args = [], ...rest } = {}) => start(t, ['demo', '--print-json', '--bots', String(bots), ...args], rest)

/** Starts `wozai serve` for the first time; `info.setup` is where its administrator is created. */
export const startEmpty = (t, options) => start(t, ['serve'], options)

async function start(t, argv, { seconds = 60, addr = '127.0.0.1:0', at = [], env = {} } = {}) {
  const data = mkdtempSync(join(tmpdir(), 'wozai-e2e-'))
  const log = createWriteStream(join(out, `${slug(t.name)}.log`))
  const demo = new Demo(data, log, at, argv, env)
  cleanup(t, async () => {
    try {
      await demo.stop()
    } finally {
      log.end()
      rmSync(data, { recursive: true, force: true })
    }
  })
  await demo.start(addr, seconds)
  return demo
}

class Demo {
  #log
  #at
  #argv
  #env
  #child

  constructor(data, log, at, argv, env) {
    this.data = data
    this.#log = log
    this.#at = at
    this.#argv = argv
    this.#env = { ...process.env, ...env }
  }

  /** The program's own process id. */
  get pid() {
    return this.#child.pid
  }

  async start(addr, seconds = 60) {
    const [command, ...argv] = [...this.#at, binary, ...this.#argv, '--data', this.data, '--addr', addr, '--media-udp-port', '0', '--media-tcp-port', '0']
    const child = spawn(command, argv, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    child.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
    // A test run that is cut off takes the program with it.
    const reap = () => child.kill('SIGKILL')
    process.once('exit', reap)
    child.exited.then(() => process.removeListener('exit', reap))

    let last = ''
    child.stderr.on('data', (chunk) => {
      this.#log.write(chunk)
      last = (last + chunk).slice(-2000)
    })
    const lines = createInterface({ input: child.stdout })
    const printed = new Promise((resolve) => {
      lines.on('line', (line) => {
        this.#log.write(line + '\n')
        if (line.startsWith('{')) resolve(JSON.parse(line))
        const setup = /http:\S+\/setup#\S+/.exec(line)?.[0]
        if (setup) resolve({ url: new URL(setup).origin, setup })
      })
    })
    const failed = new Promise((_, reject) => child.once('error', reject))
    const gone = child.exited.then(({ code, signal }) => {
      throw new Error(`wozai ${this.#argv[0]} ended (${signal ?? code}) before it was ready:\n${last}`)
    })
    gone.catch(() => {})
    const info = await Promise.race([printed, failed, gone, late(seconds, () => `wozai demo was not ready after ${seconds} s:\n${last}`)])
    /** What the program printed: addresses, sign-ins, links. */
    this.info = info
    /** The address of the start page, without a slash at the end. */
    this.url = info.url.replace(/\/$/, '')
  }

  /** kill -9, as a power cut would; then `restart`. */
  async kill9() {
    this.#child.kill('SIGKILL')
    await this.#child.exited
  }

  /** Starts again on the same data and the same port. */
  async restart() {
    await this.start(new URL(this.url).host)
  }

  /** Asks it to stop and checks that it does, with success, within ten seconds. */
  async stop() {
    const child = this.#child
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    try {
      const { code, signal } = await Promise.race([child.exited, late(10, () => 'wozai demo did not stop within 10 s of SIGTERM')])
      if (code !== 0) throw new Error(`wozai demo stopped with ${signal ?? code}, want 0`)
    } finally {
      child.kill('SIGKILL')
    }
  }
}

function late(seconds, message) {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(message())), seconds * 1000).unref())
}

/** A file name for anything. */
export function slug(text) {
  return text.toLowerCase().replace(/[^\p{Letter}\p{Number}]+/gu, '-').replace(/^-|-$/g, '')
}
