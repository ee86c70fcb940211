import { defineConfig } from 'vitest/config';

// The editors are tested in Chromium with the real @grafana packages, see test/drive.mjs.
export default defineConfig({ test: { include: ['src/**/*.test.ts'] } });
