// The journey of a month's end in a society with a history, in Chromium, against the server at BASE_URL: the treasurer closes the month, and
// its figures are on the open books and on a member's page. app/browser_test.go makes the history, starts the server and runs this. MONTH is
// the one that is to be closed, BANK what the bank has at its end, TREASURER and MEMBER are addresses; the member pays £10 a month by card.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';

const { MONTH, BANK, TREASURER, MEMBER } = process.env;
const [year, nth] = MONTH.split('-').map(Number);
const earlier = new Date(Date.UTC(year, nth - 2, 1)).toISOString().slice(0, 7);
const last = new Date(Date.UTC(year, nth, 0)).toISOString().slice(0, 10);
const words = (month) => new Date(`${month}-15`).toLocaleDateString('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

let browser, tess, mo, failed;
const people = {}; // who used the service, by month, as the open books tell

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

// pounds is an amount in pence as pages write it.
function pounds(pence) {
  const whole = Math.floor(pence / 100).toLocaleString('en-GB');
  return pence % 100 ? `£${whole}.${String(pence % 100).padStart(2, '0')}` : `£${whole}`;
}

const pence = (decimal) => Math.round(Number(decimal) * 100);

// booked reads a month's published table: what came in and what went out, in pence by account.
async function booked(page, month) {
  const answer = await page.request.get(`/finances/books/${month}.csv`);
  assert.equal(answer.status(), 200, month);
  const sums = {};
  for (const line of (await answer.text()).trim().split('\n').slice(1)) {
    if (line.includes(',opening balances,')) continue; // the months before it
    const [, account, debit, credit] = /,(\w+(?::\w+)+),([\d.]*),([\d.]*),GBP,/.exec(line);
    const turned = account.startsWith('Income:') ? pence(credit) - pence(debit) : pence(debit) - pence(credit);
    sums[account] = (sums[account] ?? 0) + turned;
  }
  return sums;
}

const sum = (all, is) => Object.entries(all).reduce((n, [account, amount]) => (is(account) ? n + amount : n), 0);

// What the history pays for a year at once, in its first month and in its second: each month bears a twelfth, and odd pence the first.
const yearly = ['Expenses:Insurance', 'Expenses:Legal'];
const twelfth = (amount, n) => Math.floor(amount / 12) + (n < amount % 12 ? 1 : 0);

// costs are those of the first two months, payment fees apart: worked out here from what is published, not by the program.
function costs(first, second) {
  const straight = (a) => a.startsWith('Expenses:') && a !== 'Expenses:PaymentFees' && !yearly.includes(a);
  const spread = yearly.flatMap((a) => [twelfth(first[a] ?? 0, 0), twelfth(first[a] ?? 0, 1), twelfth(second[a] ?? 0, 0)]);
  return sum(first, straight) + sum(second, straight) + spread.reduce((a, b) => a + b);
}

// active reads how many used the service in the month that the open books show.
async function active(page) {
  const said = /([\d,]+) people used Folkmoot/.exec(await page.locator('main').innerText());
  assert.ok(said, 'the open books do not say how many people used the service');
  return Number(said[1].replace(',', ''));
}

// onBoth looks at a page as a phone and a desk show it: nothing is cut off, and axe finds nothing wrong.
async function onBoth(page, path, look) {
  const size = page.viewportSize();
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: width < 700 ? 780 : 900 });
    await page.goto(path);
    await look();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} is wider than ${width}`);
    await picture(page, `${path}/known`);
  }
  await page.setViewportSize(size);
}

journey('before the month is closed, a member sees the one before', async () => {
  mo = await Someone.arrive(browser, 'Mo', MEMBER);
  const { page } = mo;
  await page.goto('/finances');
  await page.getByText(words(earlier), { exact: true }).first().waitFor();
  people[earlier] = await active(page);
  await page.goto('/impact');
  await page.locator('.sentence').getByText(words(earlier)).waitFor();
  assert.equal((await page.request.get(`/finances/books/${MONTH}.csv`)).status(), 404);
});

journey('the treasurer records a cost, explains the bank’s lines, and closes the month', async () => {
  tess = await Someone.arrive(browser, 'Tess', TREASURER);
  const { page } = tess;
  await page.goto('/treasury/costs');
  await page.getByLabel('Category').selectOption({ label: 'Servers and network' });
  await page.getByLabel('Supplier, or who gave').fill('Host');
  await page.getByLabel('Their invoice or reference').fill('17');
  await page.getByLabel('Day on which it left or reached the bank').fill(last);
  await page.getByLabel('Amount in pounds').fill('160.50');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByText('£160.50 to Host is in the books, under “Servers and network”.').waitFor();

  await page.goto('/treasury');
  const left = ((pence(BANK) - 16050) / 100).toFixed(2);
  const statement = `Date,Description,Amount,Balance\n${last},HOST 17,-160.50,${left}\n`;
  await page.getByLabel('Bank statement, CSV').setInputFiles({ name: 'statement.csv', mimeType: 'text/csv', buffer: Buffer.from(statement) });
  await page.getByRole('button', { name: 'Import the statement' }).click();
  await page.getByText('Imported. New lines: 1; known ones: 0; matched: 1.').waitFor();
  const line = page.locator('#lines li').filter({ hasText: 'CASH PAID IN' });
  await line.getByLabel('What is it?').selectOption({ label: 'Donations' });
  await line.getByRole('button', { name: /^Record the line of/ }).click();
  await page.getByLabel(/^The bank’s balance on/).fill(left);
  await page.getByRole('button', { name: `Close ${words(MONTH)}` }).click();
  await page.getByText(/ is closed, and its books are public\.$/).waitFor();
  await picture(page, '/treasury/closed');
});

journey('the open books show what came in and went out, to the penny', async () => {
  const { page } = tess;
  const sums = await booked(page, MONTH);
  const came = sum(sums, (a) => a.startsWith('Income:')), went = sum(sums, (a) => a.startsWith('Expenses:'));
  assert.ok(sums['Expenses:Servers'] > 16050, 'what was recorded is in the published books');
  assert.ok(sums['Income:Donations'] >= 1200, 'and so is what was explained');
  await onBoth(page, '/finances', async () => {
    await page.locator('.sentence').getByText(words(MONTH)).waitFor();
    await page.getByRole('heading', { name: `${pounds(came)} came in, and ${pounds(went)} went out.`, exact: true }).waitFor();
    const servers = page.getByRole('row').filter({ hasText: 'Servers and network' });
    await servers.getByText(`£${(sums['Expenses:Servers'] / 100).toFixed(2)}`).first().waitFor();
  });
  people[MONTH] = await active(page);
});

journey('the member’s impact is a number, and it is the right one', async () => {
  const { page } = mo;
  const all = costs(await booked(page, earlier), await booked(page, MONTH));
  const uses = people[earlier] + people[MONTH];
  const each = Math.round(all / uses);
  const net = 1000 - 35; // the practice card's fee is 1.5 % and 20p
  const tenths = Math.floor((10 * net * uses) / all);
  assert.ok(uses > 20 && tenths >= 10 && tenths < 30, `${uses} people, ${tenths} tenths: another history than this journey is for`);
  const said = tenths % 10 ? (tenths / 10).toFixed(1) : String(tenths / 10);
  await onBoth(page, '/impact', async () => {
    await page.locator('.sentence').getByText(words(MONTH)).waitFor();
    await page.getByRole('heading', { name: `Your £10 paid for about ${said} people, you among them.`, exact: true }).waitFor();
    await page.getByText(`It costs ${pounds(each)} to keep one person chatting for a month.`).waitFor();
    const workings = await page.locator('#workings').innerText();
    for (const figure of [`Folkmoot cost ${pounds(all)} in all`, `${uses} people used it`, `kept £0.35, which leaves £9.65`]) {
      assert.ok(workings.includes(figure), `the workings lack "${figure}":\n${workings}`);
    }
    const [from, to] = /Between (\d+) and (\d+)\./.exec(await page.locator('.sentence').innerText()).slice(1).map(Number);
    assert.ok(from * 10 <= tenths && tenths <= to * 10, `${said} is not between ${from} and ${to}`);
  });
});

journey('nobody’s browser complained', () => {
  for (const one of [mo, tess]) one.complaints = one.complaints.filter((c) => !/404/.test(c));
  for (const one of [mo, tess]) one.fine();
});
