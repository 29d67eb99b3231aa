import assert from 'node:assert/strict';
import { AxeBuilder } from '@axe-core/playwright';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// axe finds nothing wrong with a page, in either scheme.
export async function axe(page, what) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const look = new AxeBuilder({ page });
    // Only contrast depends on the scheme, and axe takes a journey's time: the rest is looked at once.
    const { violations } = await (colorScheme === 'light' ? look.withTags(tags) : look.withRules(['color-contrast'])).analyze();
    const said = violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html).join('\n  ')}`);
    assert.deepEqual(said, [], `${what}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null });
}
