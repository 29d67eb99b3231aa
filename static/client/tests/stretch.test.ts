import assert from 'node:assert/strict';
import { test } from 'node:test';
import { START, compare, type Place } from '../core/position.ts';
import type { Message } from '../core/records.ts';
import { Stretch, most } from '../core/stretch.ts';

// A conversation of so many messages; some wait.
function conversation(length: number, waiting = 0) {
  const all = Array.from({ length }, (_, i) => ({ id: `${i}`, place: [1, i] as Place }) as Message);
  return {
    all,
    page: async (_: string, side: 'before' | 'after', from: Place, max: number) =>
      side === 'before' ? all.filter((m) => compare(m.place, from) < 0).slice(-max) : all.filter((m) => compare(m.place, from) > 0).slice(0, max),
    span: async (_: string, from: Place, to: Place) => all.filter((m) => compare(m.place, from) >= 0 && compare(m.place, to) <= 0),
    returned: async () => [],
    waiting: async () => Array.from({ length: waiting }, (_, i) => ({ conversation: 'c', id: `w${i}`, text: '', at: 0 })),
  };
}

const ids = (s: Stretch) => [Number(s.messages[0]?.id), Number(s.messages.at(-1)?.id)];

test('never more than sixty rows, up and down a long conversation', async () => {
  const s = new Stretch(conversation(2000, 5), 'c');
  await s.newest();
  assert.deepEqual(ids(s), [1945, 1999]);
  while (!s.atStart) {
    await s.older();
    assert.ok(s.messages.length + (s.atEnd ? s.waiting.length : 0) <= most);
  }
  assert.equal(ids(s)[0], 0);
  while (!s.atEnd) {
    const [, before] = ids(s);
    await s.newer();
    assert.ok(s.messages.length <= most && ids(s)[1]! >= before!);
    s.messages.reduce((a, b) => (assert.equal(Number(b.id), Number(a.id) + 1), b));
  }
  assert.equal(ids(s)[1], 1999);
});

test('opens where the unseen begin', async () => {
  const s = new Stretch(conversation(2000), 'c');
  await s.around([1, 999]);
  assert.deepEqual(ids(s), [980, 1039]);
  await s.around([1, 1995]);
  assert.deepEqual(ids(s), [1940, 1999]);
  await s.around(START);
  assert.deepEqual(ids(s)[0], 0);
});

test('a reader further up is not moved by what comes', async () => {
  const c = conversation(100);
  const s = new Stretch(c, 'c');
  await s.newest();
  c.all.push({ id: '100', place: [1, 100] } as Message);
  await s.refresh(false);
  assert.deepEqual([...ids(s), s.atEnd], [40, 99, false]);
  await s.newest();
  assert.deepEqual([...ids(s), s.atEnd], [41, 100, true]);
});

test('a message that finds its place while we read is shown once', async () => {
  const c = conversation(3, 2);
  const { page } = c;
  c.page = async (...asked) => {
    if (c.all.length === 3) c.all.push({ id: 'w0', place: [1, 3] as Place } as Message);
    return page(...asked);
  };
  const s = new Stretch(c, 'c');
  await s.newest();
  assert.deepEqual(
    [...s.messages, ...s.waiting].map((m) => m.id),
    ['0', '1', '2', 'w0', 'w1'],
  );
});
