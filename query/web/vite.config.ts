import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// The desk is served by the query service, from the same origin as its API. `npm run dev`
// asks the service at MCPTRAIL_URL.
const service = process.env.MCPTRAIL_URL ?? 'http://127.0.0.1:7676'

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: 'dist/desk',
    target: 'es2023',
    // The policy allows no data: addresses, so every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 600,
  },
  server: { proxy: { '/api': service, '/openapi.json': service } },
})
