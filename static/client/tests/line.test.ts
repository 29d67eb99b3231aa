import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Kind, Reason } from '../core/wire/folkmoot_pb.ts';
import { Gateway } from './gateway.ts';
import { Browser, caughtUp, ended, messages, nia, texts, until } from './world.ts';

let gateway: Gateway;
let browser: Browser;

function begin(): Browser {
  gateway = new Gateway();
  return (browser = new Browser(gateway));
}

afterEach(() => browser.close());

const written = () => gateway.sends.filter((e) => e.kind === Kind.MESSAGE).map((e) => new TextDecoder().decode(e.body.slice(4)));

test('what was said while away is there after catching up', async () => {
  const chat = await begin().tab();
  gateway.put(gateway.message('c', 1, 'hello'));
  await caughtUp(chat);
  gateway.put(gateway.message('c', 2, 'again'));
  await until('both', async () => (await texts(chat)).length === 2);
  await until('acked when stored', () => gateway.acked === 2);
});

test('a line that breaks loses nothing and brings nothing twice', async () => {
  const chat = await begin().tab();
  await caughtUp(chat);
  for (let i = 1; i <= 40; i++) {
    gateway.put(gateway.message('c', i, `m${i}`));
    if (i % 7 === 0) gateway.open[0]?.closed(1006);
    await new Promise((r) => setTimeout(r, 0));
  }
  await until('all', async () => (await texts(chat)).length === 40);
  assert.deepEqual(await texts(chat), Array.from({ length: 40 }, (_, i) => `m${i + 1}`));
});

test('a message waits for the former of its conversation, not for others', async () => {
  const chat = await begin().tab();
  gateway.answer = (e) => (e.conversation === 'c' ? 'lose' : 'take');
  await caughtUp(chat);
  await chat.send('c', 'one');
  await chat.send('c', 'two');
  await chat.send('d', 'three');
  await until('the other conversation', async () => (await texts(chat, 'd')).length === 1);
  assert.deepEqual(written(), ['one', 'three']);
});

test('written offline, sent in order when back', async () => {
  const b = begin();
  gateway.online = false;
  const chat = await b.tab();
  for (const text of ['one', 'two', 'three']) await chat.send('c', text);
  assert.equal((await chat.waiting('c')).length, 3);
  gateway.online = true;
  chat.wake();
  await until('all sent', async () => (await texts(chat)).length === 3);
  assert.deepEqual(await texts(chat), ['one', 'two', 'three']);
  assert.deepEqual(await chat.waiting('c'), []);
});

test('a send whose answer was lost is sent again with the same id, and is there once', async () => {
  const chat = await begin().tab();
  await caughtUp(chat);
  gateway.holdCopies = true;
  const take = gateway.answer;
  let dropped = false;
  gateway.answer = (e) => {
    if (dropped) return take(e);
    dropped = true;
    queueMicrotask(() => gateway.open[0]!.closed(1006));
    return 'lose';
  };
  await chat.send('c', 'once');
  await until('sent', async () => (await texts(chat)).length === 1);
  assert.equal(gateway.sends.length, 2);
  assert.equal(gateway.sends[0]!.id, gateway.sends[1]!.id);
});

test('what the server cannot take now is sent again', async () => {
  const chat = await begin().tab();
  await caughtUp(chat);
  let times = 0;
  gateway.answer = () => (++times < 3 ? { reason: Reason.UNAVAILABLE, retryAfterMs: 5 } : 'take');
  await chat.send('c', 'patience');
  await until('taken', async () => (await texts(chat)).length === 1);
  assert.equal(times, 3);
});

test('a refusal for good is told with its reason, and the next one goes', async () => {
  const chat = await begin().tab();
  await caughtUp(chat);
  gateway.answer = () => (gateway.sends.length === 1 ? { reason: Reason.NOT_A_PARTICIPANT } : 'take');
  await chat.send('c', 'refused');
  await chat.send('c', 'taken');
  await until('the next', async () => (await texts(chat)).length === 1);
  assert.deepEqual(await chat.waiting('c'), []);
  const [left] = await chat.returned('c');
  assert.deepEqual([left!.text, left!.refused], ['refused', 'not_a_participant']);
  assert.equal((await chat.withdraw(left!.id))!.text, 'refused');
  assert.deepEqual(await chat.returned('c'), []);
});

test('verdicts that we did not meet are asked for', async () => {
  const chat = await begin().tab();
  await caughtUp(chat);
  gateway.holdCopies = true;
  await chat.send('c', 'hi');
  await until('sent', async () => (await messages(chat))[0]?.pending === 1);
  gateway.open[0]!.closed(1006);
  await until('the verdict', async () => (await messages(chat))[0]?.outcome === 'delivered');
});

test('a gap is told', async () => {
  const b = begin();
  gateway.put(gateway.message('c', 1, 'too old'));
  gateway.put(gateway.message('c', 2, 'kept'));
  gateway.gone = 1;
  const chat = await b.tab();
  await caughtUp(chat);
  assert.equal((await chat.gap())!.reason, 'expired');
  assert.deepEqual(await texts(chat), ['kept']);
});

test('only a contact is told what was seen, and the newest only', async () => {
  const b = begin();
  gateway.people = [nia('contact', 'c'), { ...nia('asking', 'd'), account: 'sam' }];
  const chat = await b.tab();
  await caughtUp(chat);
  await until('people', async () => (await chat.people()).length === 2);
  gateway.put(gateway.message('d', 1, 'a request', { account: 'sam', request: true }));
  for (let i = 2; i < 30; i++) gateway.put(gateway.message('c', i, `m${i}`));
  await until('stored', async () => (await texts(chat)).length === 28);
  await chat.see('c', { incarnation: 1, partition: 0, offset: 29 });
  await chat.see('d', { incarnation: 1, partition: 0, offset: 1 });
  const marks = () => gateway.sends.filter((e) => e.kind === Kind.WATERMARK);
  await until('seen is told', async () => (await chat.conversation('c'))?.seen && marks().length >= 1);
  assert.ok(marks().length <= 2, 'at most one a second');
  assert.ok(marks().every((e) => e.conversation === 'c'));
});

test('a signed-out device keeps its store, a revoked one nothing', async () => {
  const b = begin();
  gateway.put(gateway.message('c', 1, 'mine'));
  let chat = await b.tab();
  await caughtUp(chat);
  let end = ended(chat);
  gateway.open[0]!.closed(4401);
  assert.deepEqual(await end, { what: 'ended', how: 'signed-out' });

  chat = await b.tab();
  await caughtUp(chat);
  assert.deepEqual(await texts(chat), ['mine']);
  end = ended(chat);
  gateway.open[0]!.closed(4403);
  assert.deepEqual(await end, { what: 'ended', how: 'revoked' });
  gateway.mailbox = [];
  assert.deepEqual(await texts(await b.tab()), []);
});

test('two tabs have one socket, and the second takes over', async () => {
  const b = begin();
  const [first, second] = [await b.tab(), await b.tab()];
  await caughtUp(first);
  await until('the second is told', () => second.state.line === 'open');
  assert.equal(gateway.open.length, 1);
  await second.send('c', 'by the other tab');
  await until('sent by the leader', async () => (await texts(second)).length === 1);
  first.close();
  await until('the second leads', () => gateway.greetings === 2 && gateway.open.length === 1);
  await second.send('c', 'by itself');
  await until('sent', async () => (await texts(second)).length === 2);
});

test('a message that is too long never leaves', async () => {
  const chat = await begin().tab();
  await assert.rejects(chat.send('c', 'ä'.repeat(8193)), RangeError);
});
