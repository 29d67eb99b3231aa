import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pieces } from '../core/links.ts';

const ours = 'https://folkmoot.example';

test('an address of our own site is a link, and the text stays the text', () => {
  const text = 'In October your £10 paid.\n\nHow: https://folkmoot.example/impact. Or https://folkmoot.example/finances';
  const found = pieces(text, ours);
  assert.deepEqual(
    found.flatMap((p) => p.href ?? []),
    ['https://folkmoot.example/impact', 'https://folkmoot.example/finances'],
  );
  assert.equal(found.map((p) => p.text).join(''), text);
});

test('no other address is one', () => {
  for (const address of [
    'https://folkmoot.example.evil.example/impact',
    'https://folkmoot.example@evil.example/',
    'https://me:secret@folkmoot.example/impact',
    'http://folkmoot.example/impact',
    'https://folkmoot.example:8443/impact',
    'https://',
    'javascript:alert(1)',
    'folkmoot.example/impact',
  ]) {
    assert.deepEqual(pieces(`see ${address} there`, ours), [{ text: `see ${address} there` }], address);
  }
});

test('a text of nothing else has one piece', () => {
  assert.deepEqual(pieces('Hello', ours), [{ text: 'Hello' }]);
  assert.deepEqual(pieces(`${ours}/impact`, ours), [{ text: `${ours}/impact`, href: `${ours}/impact` }]);
});

test('what switches the annual notice off is known from other links', () => {
  const off = `${ours}/notices/off/a.b`;
  const found = pieces(`never again: ${off}, or ${ours}/notices`, ours);
  assert.deepEqual(
    found.filter((p) => p.off).map((p) => p.href),
    [off],
  );
});
