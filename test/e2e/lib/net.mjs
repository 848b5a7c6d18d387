// Two machines and a line between them that lets through what a test says (net.sh).
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cleanup } from './cleanup.mjs'

/** The server's address as the client sees it. */
export const serverAddress = '198.51.100.1'

/**
 * Makes them for the length of a test. Where the machine lets nobody do that, the test is skipped, naming what is missing,
 * and undefined comes back; with CI=true it fails.
 *
 * @param {import('node:test').TestContext} t
 */
export async function makeNet(t) {
  const child = spawn('bash', [fileURLToPath(new URL('net.sh', import.meta.url))], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  cleanup(t, async () => {
    child.stdin.end()
    await ended
  })
  let complaint = ''
  child.stderr.on('data', (chunk) => (complaint += chunk))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const first = await lines.next()
  if (first.done) {
    if ((await ended) !== 3 || process.env.CI === 'true') throw new Error(`no network for the test: ${complaint}`)
    t.skip(complaint.trim())
    return undefined
  }
  const ask = async (what) => {
    child.stdin.write(`${what}\n`)
    return (await lines.next()).value
  }
  const own = process.getuid() === 0 ? [] : ['--user', '--preserve-credentials']
  const [server, client] = first.value.split(' ').map((pid) => ['nsenter', '--target', pid, ...own, '--net'])
  return {
    /** What a command begins with to run on the server, and on the client. */
    server,
    client,
    /** @param {'all' | 'tcp' | number} let_ everything, everything but UDP, or TCP to one port of the server alone */
    async lets(let_) {
      const answer = await ask(let_)
      if (answer !== 'ok') throw new Error(`the line: ${complaint}`)
    },
    /** How often the server turned of itself to anybody but the client. */
    opened: async () => Number(await ask('opened')),
  }
}
