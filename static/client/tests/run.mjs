// Bundles the tests of core/ (this Node does not read TypeScript) and runs them under node --test.

import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const outDir = fileURLToPath(new URL('../node_modules/.tests/', import.meta.url));
const tests = (await readdir(here)).filter((f) => f.endsWith('.test.ts'));

await build({
  configFile: false,
  logLevel: 'warn',
  root: here,
  build: { ssr: true, target: 'node20', outDir, emptyOutDir: true, minify: false, rolldownOptions: { input: tests.map((t) => here + t) } },
});
const run = spawnSync(process.execPath, ['--test', ...tests.map((t) => outDir + t.replace(/\.ts$/, '.js')), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(run.status ?? 1);
