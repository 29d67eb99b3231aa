import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waiting } from '../core/waiting.ts';

test('what waits is as the server says, and nothing when it cannot say', async () => {
  assert.equal(await waiting(async () => new Response('{"waiting":3}')), 3);
  assert.equal(await waiting(async () => new Response('{"error":"unavailable"}', { status: 503 })), 0);
  assert.equal(await waiting(async () => Promise.reject(new TypeError('no network'))), 0);
});
