// Pictures of every page, in both schemes, at three widths; into the folder SHOTS when it is given.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { axe } from './axe.mjs';

const widths = [360, 768, 1440];
const folder = process.env.SHOTS;

const open = ['/', '/society', '/how-it-works', '/sign-in', '/maildrop'];
const closed = ['/', '/you', '/devices', '/welcome', '/chat#/', '/chat#/add', '/chat#/blocked'];

export async function shots(browser, ada, bela) {
  const stranger = await browser.newContext({ reducedMotion: 'reduce', baseURL: new URL(ada.page.url()).origin });
  const page = await stranger.newPage();
  for (const path of open) {
    await page.goto(path);
    await picture(page, path);
  }
  await page.goto('/no-such-page');
  await picture(page, '/not-found');
  await stranger.close();

  for (const path of closed) {
    await bela.page.goto(path);
    if (path.startsWith('/chat')) await bela.ready();
    await picture(bela.page, path === '/' ? '/home' : path);
  }
  bela.complaints = bela.complaints.filter((c) => !/404/.test(c));
}

// picture takes one page as it is now, after axe has looked at it.
export async function picture(page, path) {
  await axe(page, path);
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  const name = path.replace(/[^a-z-]+/g, '.').replace(/^\.|\.$/g, '') || 'front';
  const size = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height: width < 700 ? 780 : 900 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))));
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: !path.startsWith('/chat') });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(size);
}
