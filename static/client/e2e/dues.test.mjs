// Journeys of members and of the treasurer, in Chromium, in practice mode, against the server at BASE_URL. app/browser_test.go starts
// it and runs this.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint, until } from './society.mjs';

const run = Date.now().toString(36);
const legal = (name) => `${name} ${run} of Leeds`; // nobody twice: the secretary would have to look first
const at = (name) => `${name}.${run}@example.org`;

let browser, cara, dov, eve, failed;

function journey(name, go) {
  test(name, { timeout: 180_000 }, async () => {
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

// apply fills in the form for the register and says how to pay.
async function apply(one, way, amount = 'standard') {
  const { page } = one;
  await page.goto('/join');
  await page.getByLabel('Full legal name').fill(legal(one.name));
  await page.getByLabel('Postal address').fill('1 High Street\nLeeds');
  await page.getByLabel('Postcode').fill('LS1 4AP');
  await page.getByLabel('Your age in years').fill('34');
  await page.getByLabel('Email for notices').fill(one.address);
  await page.locator(`#amount-${amount}`).check();
  if (way) await page.locator(`#provider-${way}`).check();
  await page.getByRole('button', { name: 'Apply to join' }).click();
}

// play has something happen at the practice bank, to the newest thing for which that is offered.
async function play(page, act) {
  await page.goto('/practice');
  await page.getByRole('button', { name: new RegExp(`^${act}: `) }).first().click();
  await page.waitForURL('**/practice?done=1');
}

journey('a stranger reads what belonging means', async () => {
  const context = await browser.newContext({ baseURL: process.env.BASE_URL, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto('/join');
  await picture(page, '/join/stranger');
  await page.getByRole('link', { name: 'Sign in to apply' }).waitFor();
  await page.goto('/finances');
  await picture(page, '/finances/none');
  await context.close();
});

journey('a mistake in the application keeps every word', async () => {
  cara = await Someone.arrive(browser, 'Cara', at('cara'));
  const { page } = cara;
  await page.goto('/join');
  await page.getByLabel('Postal address').fill('1 High Street\nLeeds');
  await page.locator('#amount-reduced').check();
  await page.locator('#reduced').fill('2');
  await page.getByRole('button', { name: 'Apply to join' }).click();
  await page.locator('.summary:focus').waitFor();
  assert.equal(await page.getByLabel('Postal address').inputValue(), '1 High Street\nLeeds');
  assert.equal(await page.locator('#reduced').inputValue(), '2');
  await picture(page, '/join/wrong');
  await page.getByRole('link', { name: /^Enter £3 or more/ }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'reduced');
  cara.complaints = cara.complaints.filter((c) => !/422/.test(c));
});

journey('joining by card: declined, then paid, and a member', async () => {
  const { page } = cara;
  await apply(cara, 'stripe');
  await page.waitForURL('**/practice/stripe/checkout/**');
  await picture(page, '/practice/checkout');
  await page.getByRole('button', { name: 'Pay with a card that is declined' }).click();
  await page.getByText('The card was declined').first().waitFor();
  cara.complaints = cara.complaints.filter((c) => !/422/.test(c));
  await page.getByRole('button', { name: 'Pay with a card that works', exact: true }).click();
  await page.waitForURL('**/join/done**');
  await until(page, '/join/done', /You are a member/);
  await picture(page, '/join/done');
  await until(page, '/membership', /You are paid up until/);
  await picture(page, '/membership/paid');
});

journey('the receipt has a number, as a page and on paper', async () => {
  const { page } = cara;
  await page.goto('/membership');
  await page.getByRole('link', { name: /^Receipt \d{4}-\d{5}$/ }).first().click();
  await page.getByText('£11').first().waitFor();
  await picture(page, '/membership/receipt');
  const paper = await page.request.get(page.url() + '.pdf');
  assert.equal(paper.headers()['content-type'], 'application/pdf');
  assert.equal((await paper.body()).subarray(0, 5).toString(), '%PDF-');
  const data = await page.request.get('/membership/export');
  assert.equal((await data.json()).Register.Member.Name, legal('Cara'));
});

journey('joining by Direct Debit, by keyboard alone', async () => {
  dov = await Someone.arrive(browser, 'Dov', at('dov'));
  const { page } = dov;
  await page.goto('/join');
  const to = async (selector) => {
    for (let i = 0; i < 80 && !(await page.evaluate((s) => document.activeElement.matches(s), selector)); i++) await page.keyboard.press('Tab');
    assert.ok(await page.evaluate((s) => document.activeElement.matches(s), selector), `Tab never came to ${selector}`);
  };
  for (const [field, words] of [['#legal_name', legal('Dov')], ['#postal', '2 High Street'], ['#postcode', 'LS1 4AP'], ['#age', '51'], ['#email', dov.address]]) {
    await to(field);
    await page.keyboard.type(words);
  }
  await to('input[name="provider"]');
  await page.keyboard.press('ArrowDown');
  if (!(await page.locator('#provider-gocardless').isChecked())) await page.keyboard.press('ArrowDown');
  assert.ok(await page.locator('#provider-gocardless').isChecked());
  await to('.finish button');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/practice/gocardless/flow/**');
  await picture(page, '/practice/mandate');
  await to('button[value="works"]');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/join/done**');
  await picture(page, '/join/waiting');
  await until(page, '/membership', /account ending 11/);
  await picture(page, '/membership/waiting');
});

journey('a Direct Debit fails, and is paid by card instead', async () => {
  const { page } = dov;
  await play(page, 'It goes to the bank');
  await until(page, '/practice', /It is confirmed/);
  await play(page, 'It fails');
  await picture(page, '/practice/house');
  await page.goto('/membership/dues');
  await picture(page, '/membership/way');
  await page.locator('#provider-stripe').check();
  await page.getByRole('button', { name: 'Go to the payment page' }).click();
  await page.waitForURL('**/practice/stripe/checkout/**');
  await page.getByRole('button', { name: 'Pay with a card that works', exact: true }).click();
  await page.waitForURL('**/join/done**');
  await until(page, '/membership', /Visa ending 4242/);
});

journey('the amount is changed', async () => {
  const { page } = cara;
  await page.goto('/membership');
  await page.getByRole('link', { name: 'Change the amount' }).click();
  await picture(page, '/membership/amount');
  await page.locator('#amount-more').check();
  await page.locator('#more').fill('12.50');
  await page.getByRole('button', { name: 'Change it' }).click();
  await page.getByText('Your amount was changed.').waitFor();
  await page.getByText('£12.50 every month').waitFor();
});

journey('a payment is taken back within fourteen days', async () => {
  const { page } = cara;
  await page.goto('/membership');
  await page.getByRole('link', { name: 'Take it back' }).first().click();
  await picture(page, '/membership/refund');
  await page.getByRole('button', { name: 'Have it paid back' }).click();
  await page.getByText('Your payment is on its way back to you.').waitFor();
  await until(page, '/membership', /Paid back/);
});

journey('leaving takes two clicks', async () => {
  const { page } = cara;
  await page.getByRole('link', { name: 'Leave the society' }).click();
  await picture(page, '/membership/leave');
  await page.getByRole('button', { name: 'Leave now' }).click();
  await page.getByText('Your membership has ended.').waitFor();
  await picture(page, '/membership/left');
});

journey('impact is not known yet, and says so', async () => {
  const { page } = dov;
  await page.goto('/impact');
  await page.getByRole('heading', { name: 'Not known yet.' }).waitFor();
  await picture(page, '/impact/unknown');
});

journey('the desk is the treasurer’s alone', async () => {
  const { page } = dov;
  const answer = await page.goto('/treasury');
  assert.equal(answer.status(), 404);
  dov.complaints = dov.complaints.filter((c) => !/404/.test(c));
});

journey('the treasurer closes a month, and the open books show it', async () => {
  eve = await Someone.arrive(browser, 'Eve', at('eve'));
  const { page } = eve;
  await appoint('treasurer', eve.address);
  await page.goto('/treasury');
  await picture(page, '/treasury');

  const last = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 1, 15));
  const on = (day) => `${last.toISOString().slice(0, 8)}${day}`;
  await page.goto('/treasury/costs');
  await page.getByLabel('Category').selectOption({ label: 'Servers and network' });
  await page.getByLabel('Supplier, or who gave').fill('Host');
  await page.getByLabel('Their invoice or reference').fill(`17 ${run}`);
  await page.getByLabel('Day on which it left or reached the bank').fill(on(15));
  await page.getByLabel('Amount in pounds').fill('120,50');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.locator('.summary:focus').waitFor();
  eve.complaints = eve.complaints.filter((c) => !/422/.test(c));
  await page.getByLabel('Amount in pounds').fill('120.50');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByText('£120.50 to Host is in the books, under “Servers and network”.').waitFor();
  await picture(page, '/treasury/costs');

  await page.goto('/treasury');
  const statement = `Date,Description,Amount,Balance\n${on('02')},BROUGHT FORWARD,500.00,500.00\n${on(15)},HOST 17,-120.50,379.50\n`;
  await page.getByLabel('Bank statement, CSV').setInputFiles({ name: 'statement.csv', mimeType: 'text/csv', buffer: Buffer.from(statement) });
  await page.getByRole('button', { name: 'Import the statement' }).click();
  await page.getByText('Imported. New lines: 2; known ones: 0; matched: 1.').waitFor();
  await picture(page, '/treasury/lines');
  await page.getByLabel('What is it?').selectOption({ label: 'What there was before these books' });
  await page.getByRole('button', { name: /^Record the line of/ }).click();
  await page.getByLabel(/^The bank’s balance on/).fill('379.00');
  await page.getByRole('button', { name: /^Close / }).click();
  await page.locator('.summary:focus').waitFor();
  eve.complaints = eve.complaints.filter((c) => !/422/.test(c));
  await picture(page, '/treasury/differs');
  await page.getByLabel(/^The bank’s balance on/).fill('379.50');
  await page.getByRole('button', { name: /^Close / }).click();
  await page.getByText(/ is closed, and its books are public\.$/).waitFor();

  await page.goto('/finances');
  await page.getByRole('heading', { name: '£0 came in, and £120.50 went out.' }).waitFor();
  await picture(page, '/finances');
  const journal = await page.request.get(`/finances/books/${on('').slice(0, 7)}.journal`);
  assert.match(await journal.text(), /Expenses:Servers/);
});

journey('the treasurer works the exceptions', async () => {
  if (!eve) {
    eve = await Someone.arrive(browser, 'Eve', at('eve'));
    await appoint('treasurer', eve.address);
  }
  const gil = await Someone.arrive(browser, 'Gil', at('gil'));
  await apply(gil, 'gocardless');
  await gil.page.waitForURL('**/practice/gocardless/flow/**');
  await gil.page.getByRole('button', { name: 'Authorise, from an account that works' }).click();
  await gil.page.waitForURL('**/join/done**');
  await until(gil.page, '/membership', /account ending 11/);
  await until(gil.page, '/practice', /It goes to the bank/);
  await play(gil.page, 'It goes to the bank');
  await until(gil.page, '/practice', /It is confirmed/);
  await play(gil.page, 'It fails');

  const { page } = eve;
  await until(page, '/treasury/exceptions', new RegExp(legal('Gil')));
  await picture(page, '/treasury/exceptions');
  await page.goto('/treasury');
  await page.getByRole('link', { name: /exceptions? waits? for you\.$/ }).click();
  await page.getByRole('link', { name: legal('Gil') }).first().click();
  await page.getByRole('heading', { name: legal('Gil') }).waitFor();
  await picture(page, '/treasury/member');
  const waive = page.getByRole('button', { name: /^Waive / }).first();
  await waive.click();
  await page.locator('.summary:focus').waitFor();
  eve.complaints = eve.complaints.filter((c) => !/422/.test(c));
  await page.getByLabel('Why it is waived').fill('lost his job, minute 12');
  await waive.click();
  await page.getByText(/is waived, and not asked for any more\.$/).waitFor();
  await page.getByRole('cell', { name: 'Waived' }).waitFor();
  await page.goto('/treasury/exceptions');
  await page.getByRole('heading', { name: /^(No exception waits|\d+ exceptions? waits?) for you\.$/ }).waitFor();
  assert.equal(await page.getByText(legal('Gil')).count(), 0);
  await page.goto('/register/audit');
  await page.getByText('lost his job, minute 12').waitFor();
  await until(gil.page, '/membership', /Waived/);
  gil.fine();
});

journey('nobody’s browser complained', () => {
  for (const one of [cara, dov, eve]) one.fine();
});
