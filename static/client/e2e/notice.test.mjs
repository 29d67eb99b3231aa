// The journey of the annual notice, in Chromium, against the server at BASE_URL: the secretary prepares, tries out and releases it; who asked
// for it gets it in their chats and by mail, who did not sees a card, who declined both sees nothing. app/browser_test.go runs this.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint, apply, forgive, until } from './society.mjs';

const run = Date.now().toString(36);
const at = (name) => `${name}.${run}@example.org`;

let browser, sue, pat, bob, cat, nix, failed;

function journey(name, go) {
  test(name, { timeout: 120_000 }, async () => {
    assert.ok(!failed, `not tried: "${failed}" failed`);
    failed = name;
    await go();
    failed = undefined;
  });
}

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

const card = (page) => page.getByRole('region', { name: 'Who pays for this?' });

journey('at sign-up nothing is ticked, and one may ask to be told', async () => {
  bob = await Someone.appear(browser, 'Bob', at('bob'), {});
  await bob.post('/sign-in', { address: bob.address });
  await bob.post('/sign-in/code', { code: await bob.code() });
  const page = await bob.to('/welcome');
  for (const box of await page.getByRole('checkbox').all()) assert.equal(await box.isChecked(), false);
  assert.equal(await page.getByRole('checkbox').count(), 2);
  await page.getByLabel('Tell me once a year, as a message in my chats').check();
  await page.getByLabel('Tell me by email, too').check();
  await page.locator('form[action="/welcome"] button').click();
  await page.locator('.summary:focus').waitFor(); // no name, and what was ticked stays
  assert.equal(await page.getByLabel('Tell me by email, too').isChecked(), true);
  await picture(page, '/welcome/notice');
  await page.locator('input[name="name"]').fill('Bob');
  await page.locator('form[action="/welcome"] button').click();
  await page.waitForURL('**/chat**');
  await bob.ready();
  await page.goto('/notices');
  assert.equal(await page.getByLabel('As a message in my chats').isChecked(), true);
  assert.equal(await page.getByLabel('By email').isChecked(), true);
  await picture(page, '/notices');
  forgive(bob);
});

journey('others ask for nothing, or decline the card as well; who pays may agree to be counted', async () => {
  cat = await Someone.enrol(browser, 'Cat', at('cat'));
  nix = await Someone.enrol(browser, 'Nix', at('nix'));
  await nix.to('/notices');
  await nix.page.getByLabel('show me a card', { exact: false }).uncheck();
  await nix.page.getByRole('button', { name: 'Save' }).click();
  await nix.page.getByRole('status').getByText('Kept: you hear nothing').waitFor();
  await nix.page.goto('/notices');
  assert.equal(await nix.page.getByLabel('My contacts may be told', { exact: false }).count(), 0, 'who pays nothing has nothing to agree to');

  pat = await Someone.enrol(browser, 'Pat', at('pat'));
  pat.legal = `Pat ${run} of Leeds`;
  await apply(pat, { dues: true });
  await pat.to('/notices');
  for (const label of ['As a message in my chats', 'My contacts may be told that one of their contacts pays']) {
    assert.equal(await pat.page.getByLabel(label).isChecked(), false, label);
    await pat.page.getByLabel(label).check();
  }
  await pat.page.getByRole('button', { name: 'Save' }).click();
  await pat.page.getByRole('status').getByText('Kept: once a year').waitFor();
  await picture(pat.page, '/notices/payer');
});

journey('the secretary prepares it, reads it, tries it out, and releases it', async () => {
  sue = await Someone.enrol(browser, 'Sue', at('sue'));
  await appoint('secretary', sue.address);
  const page = await sue.to('/register/notices');
  await picture(page, '/register/notices/none');
  await page.locator('summary', { hasText: 'Prepare this year’s' }).click();
  await page.getByRole('button', { name: 'Work out how far everybody is' }).click();
  await until(page, '/register/notices', /It is worked out how far/);
  await cat.to('/chat');
  await cat.ready();
  assert.equal(await card(cat.page).count(), 0, 'a card before the release');
  await page.locator('summary', { hasText: 'Send samples to yourself' }).click();
  await page.getByRole('button', { name: 'Send samples', exact: true }).click();
  await page.getByText('Samples are on their way to you.').waitFor();
  assert.match(await page.locator('main').innerText(), /Messages in their chats\s+2/);
  await picture(page, '/register/notices/ready');
  assert.match(await sue.letter('How far you are from somebody who pays'), /This is a sample/);
  await page.locator('summary', { hasText: 'Release it' }).click();
  await page.getByRole('button', { name: 'Send the notices', exact: true }).click();
  await page.getByText('Released on').waitFor();
  await until(page, '/register/notices', /Still to go out\s+0/);
  assert.match(await page.locator('main').innerText(), /Messages said\s+2/);
  assert.match(await page.locator('main').innerText(), /Emails given to the mail server\s+1/);
  await picture(page, '/register/notices/released');
});

journey('who asked for it is told in the chats, once, and ends it in one tap', async () => {
  const { page } = bob;
  await page.goto('/chat');
  await bob.ready();
  assert.equal(await card(page).count(), 0);
  await bob.open('Folkmoot');
  const said = page.locator('article .text');
  await said.getByText('three steps or more from somebody who pays', { exact: false }).waitFor();
  assert.equal(await said.count(), 1);
  await picture(page, '/chat/notice');
  const off = () => said.getByRole('button', { name: 'Switch it off' }).click();
  await off();
  await page.getByRole('heading', { name: 'Done' }).waitFor();
  await picture(page, '/notices/off/done');
  await page.getByRole('button', { name: 'Undo: tell me as before' }).click();
  await page.getByRole('status').getByText('in your chats and by email').waitFor();
  await page.goto('/chat');
  await bob.ready();
  await bob.open('Folkmoot');
  await off();
  await page.getByRole('heading', { name: 'Done' }).waitFor();
  await page.goto('/notices');
  for (const box of await page.getByRole('checkbox').all()) assert.equal(await box.isChecked(), false);
});

journey('the link in the mail works without being signed in, and for mail programs', async () => {
  const mail = await bob.letter('How far you are from somebody who pays');
  const link = /\/notices\/off\/[\w.-]+/.exec(mail)[0];
  const stranger = await browser.newContext({ baseURL: new URL(bob.page.url()).origin });
  const page = await stranger.newPage();
  await page.goto(link);
  await picture(page, '/notices/off');
  await page.getByRole('button', { name: 'Stop it' }).click();
  await page.getByRole('heading', { name: 'Done' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0, 'only its reader can undo it');
  const oneClick = await stranger.request.post(link, { form: { 'List-Unsubscribe': 'One-Click' }, maxRedirects: 0 });
  assert.equal(oneClick.status(), 200);
  assert.equal((await stranger.request.get(`${link}x`)).status(), 404);
  await page.goto('/how-far');
  await page.getByText('As it was on').waitFor();
  assert.doesNotMatch(await page.locator('table').innerText(), /\t\d/, 'so few people are not shown');
  await picture(page, '/how-far');
  await stranger.close();
});

journey('who pays is thanked, and not asked but led to what their dues do', async () => {
  const page = await pat.to('/chat');
  await pat.ready();
  await pat.open('Folkmoot');
  const said = page.locator('article .text', { hasText: 'one of those who pay' });
  await said.waitFor();
  assert.doesNotMatch(await said.innerText(), /join/i);
  await said.getByRole('link', { name: /\/impact/ }).waitFor();
});

journey('who asked for nothing sees a card, and ends it in one tap; who declined it sees nothing', async () => {
  const { page } = cat;
  await page.goto('/chat');
  await card(page).waitFor();
  assert.doesNotMatch(await card(page).innerText(), /step/, 'the card is the same for all, and has no degree');
  await picture(page, '/chat/card');
  await card(page).getByRole('button', { name: 'Never show this again' }).click();
  await page.getByText('You will not see this again.').waitFor();
  await page.reload();
  await cat.ready();
  await page.waitForLoadState('networkidle');
  assert.equal(await card(page).count(), 0);

  const answered = nix.page.waitForResponse('**/api/notice');
  await nix.page.goto('/chat');
  assert.deepEqual(await (await answered).json(), { card: null });
  await nix.ready();
  assert.equal(await card(nix.page).count(), 0);
  for (const one of [bob, cat, nix, pat, sue]) one.fine();
});
