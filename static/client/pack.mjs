// Makes what Vite built ready to be embedded, in static/dist: the files, a brotli and a gzip beside each that gains by
// it, and a manifest by the names that Go's pages use.

import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const built = here('node_modules/.built/');
const dist = here('../dist/');

const builtForNode = here('node_modules/.built-node/');

const names = {
  'app/main.ts': 'chat.js',
  'app/chat.css': 'chat.css',
  'app/home.ts': 'home.js',
  'app/copy.ts': 'copy.js',
  'app/hall.ts': 'hall.js',
  'vote/vote.ts': 'vote.js',
  'vote/scrutineer.ts': 'scrutineer.js',
  'vote/simulated.ts': 'simulated.mjs',
  '../style/pages.css': 'pages.css',
};
const manifest = {};
const files = new Map();

for (const file of await readdir(built)) {
  if (/\.(js|css|woff2)$/.test(file)) files.set(file, await readFile(built + file));
}
for (const file of await readdir(builtForNode)) {
  if (file.endsWith('.mjs')) files.set(file, await readFile(builtForNode + file));
}
for (const from of [built, builtForNode]) {
  for (const [source, { file }] of Object.entries(JSON.parse(await readFile(from + 'vite.json', 'utf8')))) {
    if (names[source]) name(names[source], file);
  }
}
const mark = await readFile(here('../style/mark.svg'));
const markFile = `mark-${createHash('sha256').update(mark).digest('hex').slice(0, 8)}.svg`;
files.set(markFile, mark);
name('mark.svg', markFile);

for (const [file, raw] of [...files]) {
  if (/\.(woff2|mjs)$/.test(file)) continue; // compressed already; not for browsers
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length };
  files.set(`${file}.br`, await promisify(brotliCompress)(raw, { params }));
  files.set(`${file}.gz`, await promisify(gzip)(raw, { level: 9 }));
}

// New files first, then the manifest, then the old ones go: a `go build` at any moment embeds a whole client.
await mkdir(dist, { recursive: true });
for (const [file, body] of files) await writeFile(dist + file, body);
await writeFile(dist + 'manifest.json', JSON.stringify(manifest, null, 2) + '\n');
for (const file of await readdir(dist)) {
  if (!files.has(file) && file !== 'manifest.json' && file !== '.keep') await rm(dist + file, { recursive: true });
}

function name(known, file) {
  manifest[known] = { file, integrity: 'sha384-' + createHash('sha384').update(files.get(file)).digest('base64') };
}
