import assert from 'node:assert/strict';
import axecore from 'axe-core';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// axe finds nothing wrong with a page, in either scheme. It is put into the page itself: our pages have no frames to look into.
export async function axe(page, what) {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axecore.source);
    // Only contrast depends on the scheme, and axe takes a journey's time: the rest is looked at once.
    const runOnly = colorScheme === 'light' ? { type: 'tag', values: tags } : { type: 'rule', values: ['color-contrast'] };
    const said = await page.evaluate(async (run) => {
      for (const change of document.getAnimations()) if (change instanceof CSSTransition) change.finish(); // from one scheme to the other
      const { violations } = await window.axe.run(document, { ...run, resultTypes: ['violations'] });
      return violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.html).join('\n  ')}`);
    }, { runOnly });
    assert.deepEqual(said, [], `${what}, ${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: null });
}
