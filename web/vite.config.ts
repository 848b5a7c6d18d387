import react from '@vitejs/plugin-react'
import type { Connect } from 'vite'
import { defineConfig } from 'vitest/config'

const src = new URL('./src', import.meta.url).pathname

// While developing, as embed.go does afterwards.
const roomPage: Connect.NextHandleFunction = (request, _, next) => {
  if (request.url?.startsWith('/room/')) request.url = '/room.html'
  next()
}

// Two programs: the pages (index.html), and with --mode room a meeting's room (room.html), for which Preact stands in for React.
export default defineConfig(({ mode }) => ({
  plugins: [react(), { name: 'room-page', configureServer: (s) => void s.middlewares.use(roomPage) }],
  resolve: { alias: { '~': src, ...(mode === 'room' && { react: 'preact/compat', 'react-dom': 'preact/compat' }) } },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/sfu': { target: 'http://127.0.0.1:8080', ws: true } } },
  build: {
    emptyOutDir: mode !== 'room',
    target: ['chrome94', 'safari15', 'firefox102'],
    // Inlined data: URLs would not survive the content policy for scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      input: mode === 'room' ? 'room.html' : 'index.html',
      output: {
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
