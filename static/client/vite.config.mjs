import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ember, extensions } from '@embroider/vite';
import { babel } from '@rollup/plugin-babel';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// What Go's pages ask for by name; pack.mjs writes the hashed names down.
const entries = {
  chat: here('app/main.ts'),
  'chat-style': here('app/chat.css'),
  home: here('app/home.ts'),
  copy: here('app/copy.ts'),
  hall: here('app/hall.ts'),
  vote: here('vote/vote.ts'),
  scrutineer: here('vote/scrutineer.ts'),
  pages: here('../style/pages.css'),
};

export default defineConfig({
  root: here('.'),
  base: '/assets/',
  publicDir: false,
  plugins: [ember(), babel({ babelHelpers: 'runtime', extensions })],
  resolve: {
    // static/style has no node_modules of its own
    alias: { '@fontsource-variable': here('node_modules/@fontsource-variable') },
  },
  build: {
    outDir: here('node_modules/.built'),
    emptyOutDir: true,
    assetsDir: '',
    assetsInlineLimit: 0, // a data: URL would need a hole in the content policy
    modulePreload: false,
    target: 'es2022',
    manifest: 'vite.json',
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(path))),
      output: {
        entryFileNames: '[name]-[hash].js',
        chunkFileNames: '[name]-[hash].js',
        assetFileNames: '[name]-[hash][extname]',
      },
    },
  },
});
