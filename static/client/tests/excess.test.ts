import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excess, longest } from '../core/chat.ts';

test('a text that is too long says how many letters have to go', () => {
  for (const [text, many] of [
    ['', 0],
    ['a'.repeat(longest), 0],
    ['a'.repeat(longest + 3616), 3616],
    ['ä'.repeat(longest / 2), 0],
    ['ä'.repeat(longest / 2 + 1), 1],
    ['a' + 'ä'.repeat(longest / 2), 1],
    ['👋'.repeat(longest / 4 + 2), 2],
    ['a' + '👋'.repeat(longest / 4), 1],
  ] as [string, number][]) {
    assert.equal(excess(text), many);
    assert.equal(excess([...text].slice(0, [...text].length - many).join('')), 0);
  }
});
