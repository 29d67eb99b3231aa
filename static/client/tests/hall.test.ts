import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, next, wait, type Now } from '../core/hall.ts';

const now: Now = { present: '4 present, 3 needed.', quorum: 'There is a quorum', quorate: true, over: false, again: 4, mark: 'b' };
const idle = { touched: false, opened: false, focused: false };

test('the hall is as the server says, and nothing when it cannot say', async () => {
  const asked: string[] = [];
  const says = (answer: Response) => async (path: unknown) => (asked.push(String(path)), answer);
  assert.deepEqual(await ask(says(Response.json(now)), '/meetings/m/hall/now'), now);
  assert.deepEqual(asked, ['/meetings/m/hall/now']);
  assert.equal(await ask(says(new Response('', { status: 503 })), '/'), undefined);
  assert.equal(await ask(says(new Response(null, { status: 303 })), '/'), undefined); // signed out meanwhile
  assert.equal(await ask(says(new Response('<html>')), '/'), undefined);
  assert.equal(await ask(async () => Promise.reject(new TypeError('no network')), '/'), undefined);
});

test('a server that does not answer is asked less and less', () => {
  assert.deepEqual([wait(4, 0), wait(20, 0), wait(undefined, 0), wait(4, 1), wait(4, 3), wait(4, 9)], [4, 20, 4, 8, 32, 60]);
});

test('a page that would be the same stays, whatever somebody does on it', () => {
  assert.equal(next('b', now, idle), 'stay');
  assert.equal(next('b', now, { ...idle, touched: true }), 'stay');
});

test('a page that would be another one is loaded again, but never from under somebody who does something on it', () => {
  assert.equal(next('a', now, idle), 'reload');
  assert.equal(next('a', now, { ...idle, touched: true }), 'tell');
  assert.equal(next('a', now, { ...idle, opened: true }), 'tell');
  assert.equal(next('a', now, { ...idle, focused: true }), 'tell');
});
