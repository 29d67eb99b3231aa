// Numbers on a ballot move when somebody asks for it, and only those that were asked for.

import assert from 'node:assert/strict';
import test from 'node:test';
import { BadCode, makeCode, readCode } from '../vote/recovery.ts';
import { close, gaps, give, holder, insert, moved, preferences, step, take, type Ranks } from '../vote/ranking.ts';

const ranks: Ranks = new Map([
  [7, 1],
  [3, 2],
  [5, 3],
]);
const order = (r: Ranks): string => [...r].sort((a, b) => a[1] - b[1]).map(([c, at]) => `${at}:${c}`).join(' ');

test('giving a free number moves nobody, and leaves a gap where it came from', () => {
  const next = give(ranks, 3, 4);
  assert.equal(order(next), '1:7 3:5 4:3');
  assert.deepEqual(moved(ranks, next, 3), []);
  assert.deepEqual(gaps(next), [2]);
  assert.equal(order(close(next)), '1:7 2:5 3:3');
});

test('taking a number leaves its holder without one', () => {
  const next = take(ranks, 9, 2);
  assert.equal(order(next), '1:7 2:9 3:5');
  assert.deepEqual(moved(ranks, next, 9), [3]);
});

test('inserting moves those behind down, as far as the next gap', () => {
  assert.equal(order(insert(ranks, 9, 2)), '1:7 2:9 3:3 4:5');
  assert.equal(order(insert(ranks, 5, 1)), '1:5 2:7 3:3');
  assert.equal(order(insert(give(ranks, 5, 4), 9, 1)), '1:9 2:7 3:3 4:5');
});

test('one higher and one lower exchange two neighbours', () => {
  assert.equal(order(step(ranks, 3, -1)), '1:3 2:7 3:5');
  assert.equal(order(step(ranks, 3, 1)), '1:7 2:5 3:3');
  assert.equal(order(step(ranks, 7, -1)), order(ranks));
  assert.equal(order(step(ranks, 5, 1)), '1:7 2:3');
  assert.equal(order(step(ranks, 9, -1)), '1:7 2:3 3:5 4:9');
  assert.equal(order(step(ranks, 9, 1)), order(ranks));
});

test('preferences are in the order of numbers, and an empty ballot has none', () => {
  assert.deepEqual(preferences(ranks), [7, 3, 5]);
  assert.deepEqual(preferences(new Map()), []);
  assert.equal(holder(ranks, 4), undefined);
});

test('a recovery code is read as it was meant, and not as it was not', () => {
  const code = makeCode();
  assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{2}$/);
  assert.deepEqual(readCode(code.toLowerCase().replaceAll('-', ' ')), readCode(code));
  assert.equal(readCode(code).length, 16);
  assert.notEqual(makeCode(), code);
  for (const bad of ['', code.slice(1), code + '0', code.replace(/^./, 'U')]) assert.throws(() => readCode(bad), BadCode);
});
