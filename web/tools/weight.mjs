// Fails when a meeting's room, entered with sound only, weighs more than a weak line carries in time: the page and all
// that it loads by then, as compressed for browsers. (The light pages are weighed in internal/pages.)
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'

const limit = 200_000
// Beside what files import by themselves: the larger of the two languages, and the media library.
const asked = [/^room\.zh-CN-.*\.js$/, /^link-.*\.js$/]

const dist = new URL('../dist/', import.meta.url)
const assets = new URL('assets/', dist)
const page = readFileSync(new URL('room.html', dist), 'utf8')
const found = new Set([...page.matchAll(/"\/assets\/([^"]+)"/g)].map((m) => m[1]))
for (const pattern of asked) {
  const name = readdirSync(assets).find((n) => pattern.test(n))
  if (!name) throw new Error(`web/dist has nothing like ${pattern}`)
  found.add(name)
}
for (const name of found) {
  if (!name.endsWith('.js')) continue
  for (const m of readFileSync(new URL(name, assets), 'utf8').matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) found.add(m[1])
}
const stored = (name) => [`${name}.br`, name].map((n) => new URL(n, assets)).find(existsSync)
const weights = [...found].map((name) => [statSync(stored(name)).size, name])
const total = weights.reduce((sum, [size]) => sum + size, page.length)
if (total > limit || process.argv.includes('--show')) {
  for (const [size, name] of weights.sort((a, b) => b[0] - a[0])) process.stderr.write(`${String(size).padStart(8)}  ${name}\n`)
  process.stderr.write(`${String(total).padStart(8)}  of ${limit} bytes: the room in sound\n`)
}
if (total > limit) process.exitCode = 1
