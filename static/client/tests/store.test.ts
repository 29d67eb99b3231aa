import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { END } from '../core/position.ts';
import { Store, type Arrival } from '../core/store.ts';

let accounts = 0;
const open = () => Store.open(`keeper${++accounts}`, 'phone');
const cursor = (n: number) => new Uint8Array([n]);

function said(offset: number, text: string, more: { account?: string; device?: string; id?: string; incarnation?: number } = {}): Arrival {
  const { account = 'nia', device = 'laptop', id = text, incarnation = 1 } = more;
  return {
    what: 'message',
    position: { incarnation, partition: 0, offset },
    message: { conversation: 'c', account, device, id, text, at: 1, request: false },
  };
}

const texts = async (s: Store) => (await s.page('c', 'before', END, 1000)).map((m) => m.text);

test('the same position twice is the same message', async () => {
  const s = await open();
  await s.take([said(5, 'hello'), said(5, 'hello')], cursor(1), 0);
  await s.take([said(5, 'hello')], cursor(2), 0);
  assert.deepEqual(await texts(s), ['hello']);
  assert.equal((await s.conversation('c'))!.unread, 1);
});

test('the same message of a device at another position is not shown twice', async () => {
  const s = await open();
  await s.take([said(5, 'hello', { id: 'one' }), said(9, 'hello', { id: 'one' })], cursor(1), 0);
  assert.deepEqual((await s.page('c', 'before', END, 9)).map((m) => m.place), [[1, 5]]);
});

test('the canonical order is kept, whatever came first', async () => {
  const s = await open();
  await s.take([said(10, 'third'), said(2, 'first'), said(1, 'fourth', { incarnation: 2 }), said(9, 'second')], cursor(1), 0);
  assert.deepEqual(await texts(s), ['first', 'second', 'third', 'fourth']);
  assert.equal((await s.conversation('c'))!.last!.text, 'fourth');
});

test('records and cursor are kept together or not at all', async () => {
  const s = await open();
  await s.take([said(1, 'kept')], cursor(1), 0);
  const broken = { ...said(2, 'lost'), position: undefined } as unknown as Arrival;
  await assert.rejects(s.take([said(3, 'also lost'), broken], cursor(2), 0));
  assert.deepEqual(await texts(s), ['kept']);
  assert.deepEqual(await s.cursor(), cursor(1));
});

test('an own message leaves the outbox when its copy comes', async () => {
  const s = await open();
  await s.queue({ conversation: 'c', id: 'mine', text: 'hi', at: 1 });
  await s.take([said(3, 'hi', { account: s.account, device: 'phone', id: 'mine' })], cursor(1), 0);
  assert.deepEqual(await s.waiting('c', 9), []);
  assert.deepEqual(await texts(s), ['hi']);
});

test('what Sent promised is put right by the copy', async () => {
  const s = await open();
  await s.queue({ conversation: 'c', id: 'mine', text: 'hi', at: 1 });
  await s.take([{ what: 'sent', id: 'mine', position: { incarnation: 1, partition: 0, offset: 8 } }], undefined, 0);
  assert.deepEqual(await s.pending(9), ['mine']);
  await s.take([said(3, 'hi', { account: s.account, device: 'phone', id: 'mine' }), said(5, 'yes')], cursor(1), 0);
  assert.deepEqual(await texts(s), ['hi', 'yes']);
  assert.deepEqual(await s.pending(9), []);
  assert.equal((await s.conversation('c'))!.last!.text, 'yes');
});

test('a verdict that is asked for again puts a message in its place', async () => {
  const s = await open();
  await s.queue({ conversation: 'c', id: 'mine', text: 'hi', at: 1 });
  await s.take([{ what: 'sent', id: 'mine', position: { incarnation: 1, partition: 0, offset: 8 } }], undefined, 0);
  const position = { incarnation: 1, partition: 0, offset: 3 };
  await s.take([{ what: 'verdict', id: 'mine', position, verdict: { outcome: 'refused', reason: 'waiting' } }], undefined, 0);
  const [m] = await s.page('c', 'before', END, 9);
  assert.deepEqual([m!.place, m!.outcome, m!.reason, m!.pending], [[1, 3], 'refused', 'waiting', undefined]);
});

test('the highest watermark counts', async () => {
  const s = await open();
  const mark = (account: string, seen: number): Arrival => ({
    what: 'watermark',
    conversation: 'c',
    account,
    seen: { incarnation: 1, partition: 0, offset: seen },
  });
  await s.take([said(1, 'a'), said(2, 'b'), said(3, 'c'), mark('nia', 7), mark('nia', 4), mark(s.account, 2)], cursor(1), 0);
  const row = (await s.conversation('c'))!;
  assert.equal(row.theirs.seen!.offset, 7);
  assert.equal(row.unread, 1, 'what another device has seen is not new here');
});

test('whoever signs in next finds nothing of the former', async () => {
  const [first, second] = [await open(), await open()];
  await first.take([said(1, 'secret')], cursor(1), 0);
  assert.deepEqual(await texts(second), []);
});

test('a wiped store is empty', async () => {
  const s = await Store.open('wiped', 'phone');
  await s.take([said(1, 'secret')], cursor(1), 0);
  await s.wipe();
  assert.deepEqual(await texts(await Store.open('wiped', 'phone')), []);
});
