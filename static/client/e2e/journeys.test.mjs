// Whole journeys of people, in Chromium, against the server at BASE_URL. app/browser_test.go starts it and runs this.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { axe } from './axe.mjs';
import { Someone, base, launch } from './people.mjs';
import { picture, shots } from './shots.mjs';
import { until } from './society.mjs';

const run = Date.now().toString(36); // so that the journeys can be made again on the same server
const at = (name) => `${name}.${run}@example.org`;

let browser, ada, bela, failed;

// journey is a test that builds on those before it: after a failure the others would only wait in vain.
function journey(name, go, options = {}) {
  test(name, { timeout: 120_000, ...options }, async () => {
    assert.ok(!failed, `not tried: "${failed}" failed`);
    failed = name;
    await go();
    failed = undefined;
  });
}

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

journey('two people sign up, one asks, the other accepts, and they talk', async () => {
  [ada, bela] = await Promise.all([Someone.arrive(browser, 'Ada Lovelace', at('ada')), Someone.arrive(browser, 'Béla Bartók', at('bela'))]);
  await picture(ada.page, '/chat/empty');

  await ada.add(at('bela'), 'Hello Béla, it is Ada.');
  await ada.state('Hello Béla, it is Ada.', 'Sent. They will see it as a request');
  await ada.page.getByText('You can write more as soon as').waitFor();

  await bela.page.getByRole('heading', { name: 'A request' }).waitFor();
  await bela.open('Ada Lovelace');
  await bela.sees('Hello Béla, it is Ada.');
  await picture(bela.page, '/chat/request');
  assert.equal(await bela.page.getByRole('textbox').count(), 0, 'nothing to write before accepting');
  await bela.answer('Accept');

  await ada.state('Hello Béla, it is Ada.', 'Seen');
  await bela.write('Good to hear from you.');
  await ada.sees('Good to hear from you.');
  await bela.state('Good to hear from you.', 'Seen');
  await ada.page.locator('.head h1', { hasText: 'Béla Bartók' }).waitFor();
  await ada.write('Shall we meet?\nTomorrow, say.');
  await bela.sees('Shall we meet?\nTomorrow, say.');
});

journey('what was said is there after a reload, in its order', async () => {
  const before = await ada.texts();
  await ada.page.reload();
  await ada.sees('Good to hear from you.');
  assert.deepEqual(await ada.texts(), before);
});

journey('what comes while one looks elsewhere is counted, in words too', async () => {
  await ada.toList();
  await bela.write('Are you there?');
  await ada.line('Béla Bartók').getByText('1 unread message').waitFor();
  await bela.state('Are you there?', 'Delivered');
  await picture(ada.page, '/chat/unread');
  await ada.open('Béla Bartók');
  await ada.page.locator('.fresh').waitFor();
  await picture(ada.page, '/chat/talk');
  await bela.state('Are you there?', 'Seen');
  await ada.line('Béla Bartók').getByText('unread').waitFor({ state: 'detached' });
});

journey('offline is told, what is written waits, and goes out when back', async () => {
  await ada.offline(true);
  await ada.page.getByText('You are offline.').waitFor();
  await ada.write('Written in a tunnel');
  await ada.write('and another');
  await ada.state('and another', 'Sending');
  await bela.write('Said meanwhile');
  await bela.state('Said meanwhile', 'Sent');
  await picture(ada.page, '/chat/offline');
  await ada.offline(false);
  await ada.sees('Said meanwhile');
  await bela.sees('and another');
  await ada.state('and another', 'Seen');
  const tail = (await bela.texts()).slice(-3);
  assert.deepEqual(tail.filter((t) => t !== 'Said meanwhile'), ['Written in a tunnel', 'and another']);
  assert.deepEqual((await ada.texts()).slice(-3), tail, 'both see the same order');
});

journey('a second tab shows the same over the same socket, and takes over when the first closes', async () => {
  const sockets = [];
  ada.context.on('page', (page) => page.on('websocket', (ws) => sockets.push(ws)));
  const second = await ada.context.newPage();
  await second.goto(ada.page.url());
  await ada.sees('and another', second);
  await ada.write('From my second tab', second);
  await bela.sees('From my second tab');
  await ada.sees('From my second tab');
  assert.equal(sockets.length, 0, 'the second tab opens no socket');

  await ada.page.close();
  ada.page = second;
  await ada.write('The first tab is closed');
  await bela.sees('The first tab is closed');
  assert.equal(sockets.length, 1, 'now it has one');
});

journey('a second device reads what the mailbox holds, and both get what comes', async () => {
  const phone = await Someone.arrive(browser, 'Ada Lovelace', at('ada'), { viewport: { width: 390, height: 844 }, hasTouch: true });
  await phone.open('Béla Bartók');
  await phone.sees('The first tab is closed');
  const shown = await ada.texts();
  assert.deepEqual((await phone.texts()).slice(-shown.length), shown);
  await phone.write('From my phone');
  await ada.sees('From my phone');
  await bela.sees('From my phone');
  await phone.page.goBack();
  await phone.line('Béla Bartók').waitFor();

  // Ada removes the phone: it forgets everything and must sign in again.
  const devices = await ada.context.newPage();
  await devices.goto('/devices');
  await axe(devices, 'devices');
  await devices.locator('li').filter({ hasNotText: 'This device' }).getByRole('link', { name: /Remove/ }).first().click();
  await axe(devices, 'removing a device');
  await devices.locator('form[action$="/revoke"] button').click();
  await phone.page.waitForURL('**/sign-in**');
  const left = await phone.page.evaluate(() => indexedDB.databases().then((all) => all.filter((db) => db.name.startsWith('folkmoot-'))));
  assert.deepEqual(left, []);
  await devices.close();
  phone.complaints = phone.complaints.filter((c) => !/401/.test(c));
  phone.fine();
  await phone.context.close();
});

journey('a third is declined', async () => {
  const chidi = await Someone.arrive(browser, 'Chidi', at('chidi'));
  await chidi.add(at('bela'), 'Hi, this is Chidi');
  await bela.open('Chidi');
  await bela.sees('Hi, this is Chidi');
  await bela.answer('Decline');
  await bela.line('Chidi').waitFor({ state: 'detached' });
  assert.equal(await chidi.page.getByRole('textbox').count(), 0, 'one message, until there is an answer');
  chidi.fine();
  await chidi.context.close();
});

journey('a fourth is blocked, and is not told', async () => {
  const dora = await Someone.arrive(browser, 'Dora', at('dora'));
  await dora.add(at('bela'), 'Buy my shoes');
  await bela.open('Dora');
  await bela.answer('Block');
  await bela.line('Dora').waitFor({ state: 'detached' });
  const told = bela.page.getByRole('status').filter({ hasText: 'Dora is blocked.' });
  await told.waitFor();
  assert.equal(await told.getByRole('button', { name: 'Undo' }).count(), 0, 'a request that was declined does not come back');
  await told.getByRole('button', { name: 'All right' }).click();
  await bela.page.goto('/chat#/blocked');
  await bela.page.getByRole('listitem').filter({ hasText: 'Dora' }).waitFor();
  await axe(bela.page, 'the blocked');
  await dora.state('Buy my shoes', 'Sent. They will see it as a request');
  dora.fine();
  await dora.context.close();
});

journey('an invitation link makes contacts of two people', async () => {
  await ada.page.goto('/chat#/add');
  await axe(ada.page, 'adding somebody');
  await ada.page.getByRole('button', { name: 'Make an invitation link' }).click();
  const link = await ada.page.getByLabel('Your invitation link').inputValue();
  const emil = await Someone.arrive(browser, 'Emil', at('emil'));
  await ada.page.goto(new URL(link).pathname);
  await ada.page.getByRole('heading', { name: 'This is your own invitation link' }).waitFor();
  assert.equal(await ada.page.getByLabel('Your link').inputValue(), link);
  await axe(ada.page, 'an invitation of one’s own');
  await ada.page.goto('/chat');
  await emil.page.goto(new URL(link).pathname);
  await axe(emil.page, 'an invitation');
  await emil.page.locator('form button').first().click();
  await emil.page.waitForURL('**/chat#/with/**'); // they are in the chat with whoever invited them
  await emil.page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor();
  await emil.write('Your link works');
  await ada.open('Emil');
  await ada.sees('Your link works');
  await emil.state('Your link works', 'Seen');
  await ada.page.getByLabel('What to do with Emil').click();
  await ada.page.getByRole('button', { name: 'Block' }).click();
  const told = ada.page.getByRole('status').filter({ hasText: 'Emil is blocked.' });
  await ada.line('Emil').waitFor({ state: 'detached' });
  await axe(ada.page, 'a block just now');
  await told.getByRole('button', { name: 'Undo' }).click();
  await ada.page.getByRole('heading', { name: 'Emil' }).waitFor();
  await ada.sees('Your link works');
  await told.waitFor({ state: 'detached' });
  emil.fine();
  await emil.context.close();
});

journey('too long a message is refused in words before it is sent', async () => {
  await ada.toList();
  await ada.open('Béla Bartók');
  const field = ada.page.getByRole('textbox', { name: /^Message to/ });
  await field.fill('ä'.repeat(8193));
  await ada.page.getByText('This is 1 letter too long').waitFor();
  await field.press('Enter');
  assert.equal((await field.inputValue()).length, 8193);
  await axe(ada.page, 'too long a message');
  await field.fill('');
});

journey('a conversation by keyboard alone', async () => {
  const { page } = ada;
  await ada.toList();
  await ada.line('Béla Bartók').focus();
  await page.keyboard.press('Enter');
  await page.locator('textarea:focus').waitFor();
  await page.keyboard.type('Typed without a mouse');
  await page.keyboard.press('Enter');
  await ada.state('Typed without a mouse', 'Delivered');
  await page.keyboard.press('Shift+Tab');
  await page.locator('article:focus').waitFor();
  await page.keyboard.press('ArrowUp');
  assert.notEqual(await page.locator('article:focus .text').innerText(), 'Typed without a mouse');
  await page.keyboard.press('Escape');
  await page.waitForURL(/#\/$/);
});

journey('sixty rows at most in a conversation of two thousand messages', async () => {
  // both write a half, as fast as the server lets one device: the texts go where every text goes, into the outbox
  const total = Number(process.env.LONG ?? 2000);
  await ada.toList();
  await bela.toList();
  const conversation = await ada.line('Béla Bartók').getAttribute('data-conversation');
  for (const one of [ada, bela]) await one.page.evaluate(fillOutbox, { conversation, from: one === ada ? 0 : total / 2, count: total / 2 });
  await bela.open('Ada Lovelace');
  await bela.write('Béla has no more to say'); // also wakes his leader; his list comes back before it is seen
  await bela.toList();
  await ada.open('Béla Bartók');
  await ada.write('Nor has Ada');
  for (const one of [ada, bela]) await one.page.waitForFunction(outboxIsEmpty, null, { timeout: 240_000, polling: 500 });
  await ada.write('The last of them');
  await bela.line('Ada Lovelace').getByText('The last of them').waitFor({ timeout: 240_000 });
  await bela.open('Ada Lovelace');
  const rows = () => bela.page.locator('article').count();
  await bela.page.locator('.fresh').waitFor();
  assert.ok((await rows()) <= 60, `${await rows()} rows on opening`);

  await bela.page.getByRole('button', { name: 'To the newest' }).click();
  await bela.sees('The last of them');
  assert.ok((await rows()) <= 60);

  // up through some hundred rows: what one reads stays in place while older ones come
  const feed = bela.page.getByRole('feed');
  await feed.hover();
  for (let i = 0; i < 40; i++) {
    await bela.page.mouse.wheel(0, -700);
    await bela.page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
    assert.ok((await rows()) <= 60);
  }
  // in the order of the conversation, each half in the order of its writing
  const kept = await bela.page.evaluate(keptTexts, conversation);
  const shown = await bela.texts();
  const first = kept.indexOf(shown[0]);
  assert.ok(first < kept.length - 200, `came up to ${first} of ${kept.length} only`);
  assert.deepEqual(shown, kept.slice(first, first + shown.length));
  for (const half of [0, total / 2]) {
    const lines = kept.map((t) => Number(/^Line (\d+)/.exec(t)?.[1] ?? NaN)).filter((n) => n >= half && n < half + total / 2);
    assert.deepEqual(lines, Array.from({ length: total / 2 }, (_, i) => half + i));
  }
  await picture(bela.page, '/chat/long');
}, { timeout: 300_000 });

async function fillOutbox({ conversation, from, count }) {
  const { account, device } = JSON.parse(document.getElementById('folkmoot').textContent);
  const db = await new Promise((done) => (indexedDB.open(`folkmoot-${account}-${device}`).onsuccess = (e) => done(e.target.result)));
  const tx = db.transaction('outbox', 'readwrite');
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  const id = () => Array.from(crypto.getRandomValues(new Uint8Array(26)), (b) => alphabet[b & 31]).join('');
  for (let i = from; i < from + count; i++) {
    const text = `Line ${i} of many${i % 9 ? '' : ', and some of them longer than one line of a bubble can hold, as people write'}`;
    tx.objectStore('outbox').add({ conversation, id: id(), text, at: Date.now() });
  }
  await new Promise((done) => (tx.oncomplete = done));
  db.close();
}

async function outboxIsEmpty() {
  const { account, device } = JSON.parse(document.getElementById('folkmoot').textContent);
  const db = await new Promise((done) => (indexedDB.open(`folkmoot-${account}-${device}`).onsuccess = (e) => done(e.target.result)));
  const waiting = await new Promise((done) => (db.transaction('outbox').objectStore('outbox').count().onsuccess = (e) => done(e.target.result)));
  db.close();
  return waiting === 0;
}

async function keptTexts(conversation) {
  const { account, device } = JSON.parse(document.getElementById('folkmoot').textContent);
  const db = await new Promise((done) => (indexedDB.open(`folkmoot-${account}-${device}`).onsuccess = (e) => done(e.target.result)));
  const range = IDBKeyRange.bound([conversation, [0, 0]], [conversation, [Infinity, 0]]);
  const all = await new Promise((done) => (db.transaction('messages').objectStore('messages').getAll(range).onsuccess = (e) => done(e.target.result)));
  db.close();
  return all.map((m) => m.text);
}

// tell has the society say something to somebody; the test that runs this does it, as a job would.
async function tell(address, text) {
  const answer = await fetch(process.env.SOCIETY, { method: 'POST', body: JSON.stringify({ address, key: text, text }) });
  assert.equal(answer.status, 204, 'app/browser_test.go says what SOCIETY is');
}

journey('the society writes, is marked as itself, and takes no answers', async () => {
  const { page } = bela;
  const news = `In October your £10 paid for about 8 people (between 7 and 9), you among them.\n\nHow this is worked out: ${base}/impact`;
  await bela.toList();
  await tell(at('bela'), news);
  await bela.line('Folkmoot').getByText('Official').waitFor();
  await bela.open('Folkmoot');
  await bela.sees(news);
  await page.locator('.head').getByText('The society itself').waitFor();
  await page.getByText('Nobody reads answers here.').waitFor();
  assert.equal(await page.getByRole('textbox').count(), 0, 'nothing to answer with');
  assert.equal(await bela.bubble(news).getByRole('link').getAttribute('href'), `${base}/impact`);
  await page.getByLabel('What to do with Folkmoot').click();
  assert.deepEqual(await page.locator('.menu button').allInnerTexts(), ['Block']);
  await page.keyboard.press('Escape');
  await picture(page, '/chat/society');

  // whoever takes its name gets neither its mark nor its links
  const faker = await Someone.arrive(browser, 'Folkmoot', at('faker'));
  await faker.add(at('bela'), `Pay here: ${base}/impact`);
  await bela.toList();
  await bela.line('would like to talk with you').waitFor();
  assert.equal(await page.locator('.badge').count(), 1, 'one is official');
  await bela.open('would like to talk with you');
  await bela.sees(`Pay here: ${base}/impact`);
  assert.equal(await page.locator('.main .badge, .main .official, .main article a').count(), 0);
  await bela.answer('Decline');
  await bela.line('would like to talk with you').waitFor({ state: 'detached' });
  faker.fine();
  await faker.context.close();

  await bela.toList();
  await bela.open('Folkmoot');
  await page.getByLabel('What to do with Folkmoot').click();
  await page.getByRole('button', { name: 'Block', exact: true }).click();
  await page.waitForURL(/#\/$/); // where one is led once it is done
  await tell(at('bela'), 'Said to who blocks it');
  await page.goto('/chat#/blocked');
  await page.getByRole('listitem').filter({ hasText: 'Folkmoot' }).getByRole('button', { name: 'Unblock' }).click();
  await tell(at('bela'), 'Said afterwards');
  await bela.toList();
  await bela.open('Folkmoot');
  await bela.sees('Said afterwards');
  assert.equal(await bela.bubble('Said to who blocks it').count(), 0);
});

journey('one quiet line says whose this is, and leads to impact and the books', async () => {
  const { page } = bela;
  await bela.toList();
  const line = page.getByRole('list', { name: 'Owned by its members' });
  assert.deepEqual(await line.getByRole('link').evaluateAll((all) => all.map((a) => a.getAttribute('href'))), ['/impact', '/finances']);
  await axe(page, 'the quiet line');
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await line.isVisible());
  assert.ok(await page.locator('.list-foot').evaluate((foot) => foot.scrollWidth <= foot.clientWidth), 'it fits a small phone');
  await page.setViewportSize(size);
  await page.getByRole('link', { name: 'Open books' }).click();
  await page.waitForURL('**/finances');
  await page.goBack();
});

journey('the first page says what came, and what nobody has read yet', async () => {
  await bela.toList();
  await bela.page.goto('/');
  const unread = bela.page.locator('#unread');
  assert.ok(!(await unread.isVisible()), 'all is read');
  await ada.open('Béla Bartók');
  await ada.write('Do you wait for me?');
  await until(bela.page, '/', /One message came since/);
  await bela.page.goto('/chat');
  await bela.page.getByText('1 unread message').waitFor({ state: 'attached' });
  await bela.page.getByRole('link', { name: 'Home' }).click();
  await unread.getByText('1', { exact: true }).waitFor();
  await unread.getByRole('link').click();
  await bela.open('Ada Lovelace');
  await bela.sees('Do you wait for me?');
});

journey('signing out keeps the device, and somebody else on it sees nothing', async () => {
  const fay = await Someone.arrive(browser, 'Fay', at('fay'));
  await fay.page.getByRole('link', { name: 'You', exact: true }).click();
  await fay.page.getByRole('button', { name: 'Sign out' }).click();
  await fay.page.waitForURL((url) => !url.pathname.startsWith('/chat'));
  const gil = fay;
  gil.address = at('gil');
  gil.name = 'Gil';
  await gil.signIn();
  await gil.page.getByText('Nobody here yet.').waitFor();
  gil.fine();
  await gil.context.close();
});

journey('every page in both schemes, at three widths: axe finds nothing', async () => {
  await shots(browser, ada, bela);
}, { timeout: 300_000 });

journey('nobody’s browser complained', () => {
  ada.fine();
  bela.fine();
});
