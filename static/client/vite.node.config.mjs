// The simulated voters of `folkmoot seed`: one file for Node that needs nothing beside it.

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here('.'),
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    ssr: true,
    target: 'node20',
    outDir: here('node_modules/.built-node'),
    emptyOutDir: true,
    manifest: 'vite.json',
    reportCompressedSize: false,
    rolldownOptions: { input: here('vote/simulated.ts'), output: { entryFileNames: '[name]-[hash].mjs', codeSplitting: false } },
  },
});
