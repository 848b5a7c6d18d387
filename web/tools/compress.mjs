// Stores every asset also compressed as small as it gets, so that the server
// never compresses while people wait.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url).pathname
for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name)
  if (!/\.(js|css|svg|json|webmanifest)$/.test(name) || statSync(file).size < 512) continue
  const plain = readFileSync(file)
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length }
  writeFileSync(`${file}.br`, brotliCompressSync(plain, { params }))
  writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }))
}
