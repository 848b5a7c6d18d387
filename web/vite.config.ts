import react from '@vitejs/plugin-react'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Connect, Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const src = new URL('./src', import.meta.url).pathname
// LiveKit's client from its sources, not as the one large file that they come bundled in: a tap while that file is fetched
// ahead tears it off, and browsers do not go on in the middle of a compressed file. In parts, the parts stay.
const livekit = new URL('./node_modules/livekit-client/src/index.ts', import.meta.url).pathname
const parts = [
  { name: 'wire', test: /node_modules\/(@bufbuild|@livekit|sdp-transform|events|jose|loglevel)\// },
  { name: 'tracks', test: /node_modules\/livekit-client\/src\/room\/(track|participant|data-|rpc)/ },
  { name: 'signal', test: /node_modules\/livekit-client\/src\// },
]

// While developing, as embed.go does afterwards.
const roomPage: Connect.NextHandleFunction = (request, _, next) => {
  if (request.url?.startsWith('/room/')) request.url = '/room.html'
  next()
}

// Tells the service worker which files the pages are made of.
const worker: Plugin = {
  name: 'service-worker',
  apply: 'build',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const sw = bundle['sw.js']
      if (sw?.type !== 'chunk') return
      const files = Object.keys(bundle).flatMap((name) => (name.startsWith('assets/') ? [`/${name}`] : [])).sort()
      const version = createHash('sha256').update(files.join()).digest('hex').slice(0, 12)
      sw.code = sw.code.replace('__FILES__', JSON.stringify(files)).replace('__VERSION__', JSON.stringify(version))
    },
  },
}

// The library brings old browsers up to date by itself, in every browser; link.ts does so where it is needed.
const adaptLater: Plugin = {
  name: 'adapt-later',
  enforce: 'pre',
  resolveId: (what, by) => (what === 'webrtc-adapter' && by?.includes('/livekit-client/') ? '\0adapt-later' : null),
  load: (id) => (id === '\0adapt-later' ? 'export {}' : null),
}

// A request less for the room: its icon is in the page.
const iconInside = {
  name: 'icon-inside',
  transformIndexHtml: (html: string) => html.replace('"/mark.svg"', `"data:image/svg+xml,${encodeURIComponent(readFileSync(new URL('./public/mark.svg', import.meta.url), 'utf8').trim())}"`),
}

// Two programs: the pages (index.html), and with --mode room a meeting's room (room.html), for which Preact stands in for React.
export default defineConfig(({ mode }) => ({
  plugins: [react(), worker, { name: 'room-page', configureServer: (s) => void s.middlewares.use(roomPage) }, ...(mode === 'room' ? [iconInside, adaptLater] : [])],
  resolve: { alias: { '~': src, ...(mode === 'room' && { react: 'preact/compat', 'react-dom': 'preact/compat', 'livekit-client': livekit }) } },
  // As its authors compile it: a field that is only declared is none.
  oxc: { assumptions: { setPublicClassFields: true }, typescript: { removeClassFieldsWithoutInitializer: true } },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/sfu': { target: 'http://127.0.0.1:8080', ws: true } } },
  build: {
    emptyOutDir: mode !== 'room',
    copyPublicDir: mode !== 'room',
    target: ['chrome94', 'safari15', 'firefox102'],
    // Inlined data: URLs would not survive the content policy for scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      input: mode === 'room' ? 'room.html' : { index: 'index.html', sw: 'src/worker/sw.ts' },
      output: {
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        // What changes rarely stays cached when our pages change.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(preact|react|react-dom|scheduler|i18next|react-i18next)\// },
            ...(mode === 'room' ? parts : []),
          ],
        },
      },
    },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.mjs'], restoreMocks: true },
}))
