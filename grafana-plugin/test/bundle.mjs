// Bundles page.tsx with the real @grafana packages: node test/bundle.mjs OUTFILE
import { build } from 'esbuild';

await build({
  entryPoints: ['test/page.tsx'],
  outfile: process.argv[2],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'transform',
  define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
  loader: { '.svg': 'text', '.ttf': 'empty', '.woff2': 'empty', '.css': 'empty' },
  external: ['fs', 'path'],
  logLevel: 'error',
});
