// Walks the whole site as somebody: from the pages that the menu leads to along every link, on a phone.

import assert from 'node:assert/strict';
import { picture } from './shots.mjs';

const phone = { width: 360, height: 780 };

// What a path has of one thing alone, so that each sort of page is looked at once.
const sort = (path) => path.replace(/[a-z2-7]{26}|\d{4}-\d{5}|(?<=\/)\d+/g, ':one');

const links = /<a\s[^>]*href="(\/[^"#]*)/g;

// Beyond these no page of ours lies: files, what a script answers, another's pages that are only played here.
const beyond = /^\/(assets|practice|api|i)\/|\.(json|csv|pdf|atom|txt)(\?|$)|^\/chat|\/(audit|manifest|papers|letters|issue)\b/;

// Everybody has these to themselves: what is on them depends on who looks.
const own = /^\/($|you$|society$)|:one/;

// walk asserts that no link leads nowhere, and that each page fits a phone, has one heading and says where one is. It returns the sorts of
// pages that somebody in a role can reach. seen are those that were looked at in a browser before, by whomever.
export async function walk(role, one, from, seen) {
  const found = new Map(from.map((path) => [sort(path), path]));
  for (const [kind, path] of found) { // grows on the way
    const answer = await one.context.request.get(path);
    assert.equal(answer.status(), 200, `${one.name} is led to ${path}`);
    if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) continue;
    const said = await answer.text();
    for (const [, to] of said.matchAll(links)) {
      const next = to.replaceAll('&amp;', '&');
      if (!beyond.test(next) && !found.has(sort(next.split('?')[0]))) found.set(sort(next.split('?')[0]), next);
    }
    if (seen.has(kind) && !own.test(kind)) continue;
    seen.add(kind);
    await looked(one, path);
    await picture(one.page, `/walk/${role}${kind.replace(':', '')}`);
  }
  return [...found.keys()];
}

async function looked(one, path) {
  const page = await one.to(path);
  await page.setViewportSize(phone);
  assert.equal(await page.locator('h1').count(), 1, `${path} has one heading`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= phone.width, `${path} is ${wide} wide on a phone of ${phone.width}`);
  const menu = await page.locator('.masthead nav a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  assert.ok(menu.includes('/society'), `${path} leads on: ${menu}`);
}
