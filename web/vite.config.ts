import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '~': new URL('./src', import.meta.url).pathname } },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/sfu': { target: 'http://127.0.0.1:8080', ws: true } } },
  build: {
    target: ['chrome94', 'safari15', 'firefox102'],
    // Inlined data: URLs would not survive the content policy for scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        // What changes rarely stays cached when our pages change.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler|i18next|react-i18next)\// },
          ],
        },
      },
    },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}', 'tools/**/*.test.mjs'], restoreMocks: true },
})
