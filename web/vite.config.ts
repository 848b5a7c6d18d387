import react from '@vitejs/plugin-react'
import { createHash } from 'node:crypto'
import type { Connect, Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const src = new URL('./src', import.meta.url).pathname

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

// Two programs: the pages (index.html), and with --mode room a meeting's room (room.html), for which Preact stands in for React.
export default defineConfig(({ mode }) => ({
  plugins: [react(), worker, { name: 'room-page', configureServer: (s) => void s.middlewares.use(roomPage) }],
  resolve: { alias: { '~': src, ...(mode === 'room' && { react: 'preact/compat', 'react-dom': 'preact/compat' }) } },
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
          ],
        },
      },
    },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.mjs'], restoreMocks: true },
}))
