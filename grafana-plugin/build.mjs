// Builds src into dist: module.js as the AMD module that Grafana loads, and what
// stands beside it. What Grafana shares with plugins is not bundled.
import { build } from 'esbuild';
import './types.mjs';
import { cpSync, mkdirSync, rmSync, readFileSync, writeFileSync } from 'node:fs';

const shared = ['react', 'react-dom', 'rxjs', '@grafana/data', '@grafana/runtime', '@grafana/ui', '@grafana/schema'];

rmSync('dist/module.js', { force: true });
mkdirSync('dist', { recursive: true });
await build({
  entryPoints: ['src/module.ts'],
  outfile: 'dist/module.js',
  bundle: true,
  format: 'cjs',
  target: 'es2022',
  minify: true,
  legalComments: 'none',
  external: shared,
  banner: {
    js: `define(${JSON.stringify(shared)},function(){"use strict";const shared=[...arguments];const names=${JSON.stringify(shared)};` +
      'const require=name=>shared[names.indexOf(name)];const module={exports:{}};',
  },
  footer: { js: 'return module.exports;});' },
});
for (const part of ['img', 'dashboards']) {
  rmSync(`dist/${part}`, { recursive: true, force: true });
  cpSync(`src/${part}`, `dist/${part}`, { recursive: true });
}
cpSync('README.md', 'dist/README.md');
cpSync('../LICENSE', 'dist/LICENSE');
const version = JSON.parse(readFileSync('package.json', 'utf8')).version;
writeFileSync('dist/plugin.json', readFileSync('src/plugin.json', 'utf8').replaceAll('%VERSION%', version));
