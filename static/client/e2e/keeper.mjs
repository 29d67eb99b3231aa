// Keeps one person's chat page open, for the chaos test: a device whose store is a real browser's.
//
//   node keeper.mjs BASE_URL PROFILE_DIR TOKEN
//
// TOKEN is the value of the session cookie (what `folkmoot seed` writes). PROFILE_DIR keeps the browser's store from one
// run to the next. Commands come as JSON lines on stdin, answers go as JSON lines to stdout, one for each, with its `ref`:
//
//   {"ref": 1, "do": "send", "conversation": "…", "text": "…"}   -> {"ref": 1, "id": "…"}: it is in the outbox, on disk
//   {"ref": 2, "do": "dump"}                                    -> {"ref": 2, "messages": […], "outbox": […], "returned": […], "cursor": "hex"}
//   {"ref": 3, "do": "state"}                                   -> {"ref": 3, "url": "…", "text": "…"}: what the page shows
//   {"do": "close"}                                             -> {"closed": true}, and the end; so is the end of stdin
//
// A message: {conversation, device, id, incarnation, partition, offset, account, text, pending, outcome, reason}. Those of the
// outbox have no place yet: {conversation, id, text}; the returned were refused for good: {conversation, id, text, refused}. {"ready": true, "account", "device"} comes once, when the page
// has opened its store; {"error": "…"} instead of an answer when a command failed. Server kills need no command: the
// page reconnects by itself.

import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [base, profile, token] = process.argv.slice(2);
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
// Such a cookie is set for https only; Chromium then sends it to http://localhost too.
await context.addCookies([{ name: '__Host-session', value: token, url: base.replace(/^http:/, 'https:'), secure: true, httpOnly: true, sameSite: 'Lax' }]);
const page = context.pages()[0] ?? (await context.newPage());
page.on('pageerror', (e) => say({ pageerror: String(e) }));

// The server may be down just now.
for (;;) {
  try {
    const answer = await page.goto(new URL('/chat', base).href);
    if (answer.ok()) break;
    say({ waiting: answer.status() });
  } catch (err) {
    say({ waiting: String(err.message).split('\n')[0] });
  }
  await page.waitForTimeout(200);
}
if (new URL(page.url()).pathname !== '/chat') {
  say({ error: `not signed in: ended at ${page.url()}` });
  await context.close();
  process.exit(1);
}
await page.locator('.panes').waitFor();

const inPage = {
  // send does what another tab does: the outbox, then a word to the leader.
  send: async ({ conversation, text }) => {
    const { account, device } = JSON.parse(document.getElementById('folkmoot').textContent);
    const name = `folkmoot-${account}-${device}`;
    const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
    const id = Array.from(crypto.getRandomValues(new Uint8Array(26)), (b) => alphabet[b & 31]).join('');
    const db = await new Promise((done, fail) => Object.assign(indexedDB.open(name), { onsuccess: (e) => done(e.target.result), onerror: fail }));
    const tx = db.transaction('outbox', 'readwrite', { durability: 'strict' });
    tx.objectStore('outbox').add({ conversation, id, text, at: Date.now() });
    await new Promise((done, fail) => Object.assign(tx, { oncomplete: done, onabort: fail }));
    db.close();
    const channel = new BroadcastChannel(name);
    channel.postMessage({ what: 'nudge' });
    channel.close();
    return { id };
  },

  dump: async () => {
    const { account, device } = JSON.parse(document.getElementById('folkmoot').textContent);
    const name = `folkmoot-${account}-${device}`;
    const db = await new Promise((done, fail) => Object.assign(indexedDB.open(name), { onsuccess: (e) => done(e.target.result), onerror: fail }));
    const tx = db.transaction(['messages', 'outbox', 'returned', 'notes']);
    const read = (request) => new Promise((done, fail) => Object.assign(request, { onsuccess: () => done(request.result), onerror: fail }));
    const [messages, outbox, returned, cursor] = await Promise.all([
      read(tx.objectStore('messages').getAll()),
      read(tx.objectStore('outbox').getAll()),
      read(tx.objectStore('returned').getAll()),
      read(tx.objectStore('notes').get('cursor')),
    ]);
    db.close();
    return {
      messages: messages.map(({ place: [incarnation, offset], conversation, device, id, partition, account, text, pending, outcome, reason }) => ({
        conversation, device, id, incarnation, partition, offset, account, text, pending: pending === 1, outcome, reason,
      })),
      outbox: outbox.map(({ conversation, id, text }) => ({ conversation, id, text })),
      returned: returned.map(({ conversation, id, text, refused }) => ({ conversation, id, text, refused })),
      cursor: Array.from(cursor ?? [], (b) => b.toString(16).padStart(2, '0')).join(''),
    };
  },

  state: () => ({ url: location.href, text: document.body.innerText }),
};

const { account, device } = await page.evaluate(() => JSON.parse(document.getElementById('folkmoot').textContent));
say({ ready: true, account, device });

for await (const line of createInterface({ input: process.stdin })) {
  let command = {};
  try {
    command = JSON.parse(line);
    if (command.do === 'close') break;
    if (!Object.hasOwn(inPage, command.do)) throw new Error(`no such command: ${command.do}`);
    say({ ref: command.ref, ...(await page.evaluate(inPage[command.do], command)) });
  } catch (err) {
    say({ ref: command.ref, error: String(err.message ?? err) });
  }
}
await context.close();
say({ closed: true });
