import { basename } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// The pages are served by the query service, from the same origin as its API. `npm run dev`
// asks the service at MCPTRAIL_URL.
const service = process.env.MCPTRAIL_URL ?? 'http://127.0.0.1:7676'

export default defineConfig({
  plugins: [react()],
  css: {
    // A class is called by its component, so that a reader of the page finds it. No two modules have one name: src/styles/css.test.ts.
    modules: { generateScopedName: (name, file) => `${basename(file, '.module.css')}-${name}` },
  },
  build: {
    outDir: 'dist/ui',
    target: 'es2023',
    // The policy allows no data: addresses, so every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': service, '/openapi.json': service } },
  test: {
    // The pages as a whole are tested in Chromium, see tests/.
    include: ['src/**/*.test.ts'],
    // Style sheets are read as text, see src/styles/css.test.ts.
    css: { include: [/\.css\?raw/] },
    // Browsers give the text of a number to JSON.parse's reviver; Node 20 has it behind this flag.
    execArgv: ['--harmony-json-parse-with-source'],
  },
})
