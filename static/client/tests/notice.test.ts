import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Notices } from '../core/notice.ts';

const answering = (status: number, body: unknown, asked: string[] = []) =>
  new Notices(async (path, init) => {
    asked.push(`${init?.method} ${String(path)}`);
    return new Response(JSON.stringify(body), { status });
  });

test('there is a card, or none', async () => {
  const card = { year: 2026, did: 'Much.' };
  assert.deepEqual(await answering(200, { card }).card(), card);
  assert.equal(await answering(200, { card: null }).card(), null);
});

test('that the card cannot be asked for troubles nobody', async () => {
  assert.equal(await answering(503, { error: 'unavailable' }).card(), null);
});

test('each button asks once, and says when that failed', async () => {
  const asked: string[] = [];
  const notices = answering(200, { card: null }, asked);
  await notices.putAway();
  await notices.never();
  assert.deepEqual(asked, ['POST /api/notice/dismiss', 'POST /api/notice/never']);
  await assert.rejects(answering(500, {}).never());
});
