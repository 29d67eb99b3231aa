// The journey of a proposal, in Chromium, in practice mode, against the server at BASE_URL: written, amended, supported, left unanswered for too long,
// answered, put on the roadmap, ranked in a quarterly ballot, and done. The clock is moved. app/browser_test.go starts it and runs this.
//
// Each journey goes on where the one before ended. What the next one needs is in `sue`, `members`, `path` and `items`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint, apply, entries, here, later, moveTo, status, until, untilSaid, wrong } from './society.mjs';

const run = Date.now().toString(36);
const at = (name) => `${name.toLowerCase()}.${run}@example.org`;
const phone = { viewport: { width: 390, height: 780 } };

let browser, failed, sue;
const members = {}; // nia proposes, ben sits on the board; each is Someone
let path = ''; // of the proposal
const items = {}; // of the roadmap: their paths

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

// pass moves the clock on by some days. Everybody looks in, so that nobody's session ends.
async function pass(days) {
  await moveTo(await sue.to('/practice/clock'), later(await here(await sue.to('/practice/clock')), { days }));
  await Promise.all([sue, ...Object.values(members)].map((one) => one.context.request.get('/devices')));
}

// deed opens what a page offers to do.
async function deed(page, summary) {
  await page.locator('summary', { hasText: summary }).click();
}

// join has people become members who pay.
async function join(...names) {
  await Promise.all(names.map(async (name) => {
    const one = (members[name.toLowerCase()] = await Someone.enrol(browser, name, at(name), name === 'Nia' || name === 'Cat' ? phone : {}));
    one.legal = `${name} ${run} of Leeds`;
    await apply(one, { dues: true });
    await untilSaid(one, '/membership', /Member since/);
  }));
}

journey('five members join, and one of them sits on the board', async () => {
  sue = await Someone.enrol(browser, 'Sue', at('Sue'));
  await appoint('secretary', sue.address);
  await join('Nia', 'Ben', 'Cat', 'Dan', 'Eve');
  const entry = await entries(await sue.to('/register/members'));
  await sue.post('/board/co-opt', {
    board_member: entry[members.ben.legal].split('/').pop(), board_name: 'Ben of Leeds', board_interests: 'None.', board_class: 'ordinary',
    board_since: (await here(await sue.to('/practice/clock'))).slice(0, 10), board_minute: '2026-11-20, item 1',
  });
});

journey('a member writes a proposal on a phone', async () => {
  const { nia } = members;
  const page = await nia.to('/proposals');
  await picture(page, '/proposals/empty');
  await page.getByRole('link', { name: 'Write a proposal' }).click();
  await page.getByLabel('Title').fill('Read messages aloud');
  await page.getByLabel('What should change?').fill('Give every message a button that reads it aloud, in the language it is written in.');
  await page.getByLabel('Who is affected?').fill('Members who cannot see the screen, or cannot look at it.');
  await page.getByRole('button', { name: 'Publish the proposal' }).click();
  await wrong(nia, 'Say what the problem is', '/proposals/new/wrong');
  await page.getByLabel('What is the problem?').fill('My eyes are tired in the evening.\n\nI put the telephone down and do not read on.');
  await page.getByRole('radio', { name: 'As Nia' }).check();
  await page.getByRole('button', { name: 'Publish the proposal' }).click();
  await page.getByRole('status').getByText('Your proposal is public').waitFor();
  path = new URL(page.url()).pathname;
  await page.getByText('1 of 5 supporters').waitFor();
});

journey('it gathers support, and is amended on the way', async () => {
  const { nia, ben, cat, dan, eve } = members;
  let page = await ben.to(path);
  await page.getByRole('button', { name: 'Support this proposal' }).click();
  await page.getByRole('status').getByText('You support this proposal').waitFor();
  await deed(page, /^Say something$/);
  await page.getByLabel('Your comment').fill('In which languages?');
  await page.getByRole('radio', { name: 'As Ben' }).check();
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('In which languages?').waitFor();
  await cat.post(`${path}/comments`, { comment: 'Buy pills from me.' });

  page = await nia.to(path);
  await deed(page, /^Amend the proposal$/);
  await page.getByLabel('What should change?').fill('Give every message a button that reads it aloud, in English and Welsh first.');
  await page.getByLabel('Why do you change it?').fill('Ben asked which languages.');
  await page.getByRole('button', { name: 'Publish the new version' }).click();
  await page.getByRole('link', { name: /^Version 2,.*Ben asked which languages/ }).click();
  await page.locator('ins').getByText('English').waitFor();
  await picture(page, '/proposals/version');

  page = await ben.to('/proposals');
  await page.getByRole('link', { name: /was changed after you supported it/ }).click();
  await page.getByRole('button', { name: 'I support it as it is now' }).click();
  await page.getByRole('status').getByText('You support this proposal').waitFor();
  assert.match(await ben.letter('Read messages aloud'), /asks for something else/);

  page = await sue.to(path);
  await deed(page.locator('article').filter({ hasText: 'Buy pills' }), /^Take down$/);
  const spam = page.locator('article').filter({ hasText: 'Buy pills' });
  await spam.getByLabel('Why').fill('an advertisement');
  await spam.getByRole('button', { name: 'Take down' }).click();
  await page.getByText('Taken down by an officer: an advertisement').waitFor();

  await Promise.all([cat, dan].map((one) => one.act(path, 'support')));
  page = await cat.to(path);
  await page.getByText('4 of 5 supporters').waitFor();
  await picture(page, '/proposal');
  await eve.act(path, 'support');
  await until(page, path, /The board answers by/);
  assert.equal((await dan.context.request.post(`${path}/unsupport`)).status(), 422);
  assert.match(await ben.letter('Proposal: Read messages aloud', (mail) => mail.includes('must answer')), /must answer it in public/);
});

journey('anybody finds it, and whoever looks sees that the board is late', async () => {
  const { ben } = members;
  await pass(29);
  const page = await ben.to('/proposals');
  await page.getByRole('heading', { name: 'The board’s answer is overdue' }).waitFor();
  await page.getByRole('link', { name: /^The board’s answer to “Read messages aloud” was due by/ }).waitFor();
  await picture(page, '/proposals/overdue');
  await page.getByLabel('Search all proposals').fill('WELSH butt');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.locator('mark', { hasText: 'Welsh' }).waitFor();
  await picture(page, '/proposals/found');
  await page.goto('/proposals?q=%22%20NEAR%20*');
  await page.getByText('Nothing was found').waitFor();
  await ben.letter('Proposal: Read messages aloud', (mail) => mail.includes('overdue'));

  const stranger = await Someone.appear(browser, 'Stranger', '', {});
  await (await stranger.to(path)).getByText('It has not answered.').waitFor();
  assert.equal(await stranger.page.getByRole('button', { name: 'Support' }).count(), 0);
  stranger.fine();
});

journey('somebody of the board publishes its answer', async () => {
  const { nia, ben } = members;
  const page = await ben.to(path);
  await deed(page, /^Publish the board’s answer$/);
  await page.getByLabel('The board’s reasons').fill('Many asked for it, and it is cheap to make.');
  await page.getByLabel('Where the board’s minutes have it').fill('2026-12-28, item 2');
  await page.getByRole('button', { name: 'Publish the answer' }).click();
  await wrong(ben, 'Choose what the board decided', '/proposal/answer');
  await page.getByRole('radio', { name: 'Accepted', exact: true }).check();
  await page.getByRole('button', { name: 'Publish the answer' }).click();
  await page.getByText('Accepted by the board').waitFor();
  assert.match(await nia.letter('Proposal: Read messages aloud', (mail) => mail.includes('accepted')), /has accepted your proposal/);
  await (await nia.to('/proposals')).getByRole('link', { name: 'The board answered “Read messages aloud”' }).waitFor();
});

// puts has the secretary put an item on the roadmap, and returns where it is.
async function puts(title, fields) {
  await sue.post('/roadmap', { item_title: title, item_words: `${title}, for everybody.`, status: 'planned', owner: 'the board', minute: '2026-12-28, item 3', item_why: 'decided', ...fields });
  return (await sue.to('/roadmap')).getByRole('heading', { level: 3 }).getByRole('link', { name: title }).getAttribute('href');
}

journey('it comes onto the roadmap, and members rank what comes first', async () => {
  const { nia, ben, cat, dan } = members;
  let page = await sue.to('/roadmap');
  await deed(page, /^Put something on the roadmap$/);
  await page.getByLabel('Title').fill('A button that reads aloud');
  await page.getByLabel('What is to be done').fill('Every message can be heard, in English and Welsh first.');
  await page.getByRole('radio', { name: 'Planned' }).check();
  await page.getByLabel('Who sees to it').fill('the client’s working group');
  await page.getByLabel('Expected cost').fill('1200');
  await page.locator('#item_why').fill('The board accepted it.');
  await page.getByRole('button', { name: 'Put it on the roadmap' }).click();
  await wrong(sue, 'Choose the proposal that it comes from', '/roadmap/wrong');
  await page.getByLabel('The proposal that it comes from').selectOption('Read messages aloud');
  await page.getByRole('button', { name: 'Put it on the roadmap' }).click();
  await page.getByRole('status').getByText('It is on the roadmap').waitFor();
  items.aloud = await page.getByRole('heading', { level: 3 }).getByRole('link', { name: 'A button that reads aloud' }).getAttribute('href');
  items.dark = await puts('Darker nights', {});
  items.spare = await puts('A second relay', { status: 'considered' });
  assert.match(await nia.read(path), /A button that reads aloud/);

  await join('Fay', 'Gus', 'Hal', 'Ida', 'Jon'); // no result is told of fewer than ten ballots
  page = await sue.to('/roadmap/priorities');
  await deed(page, /^Open this quarter’s ballot$/);
  for (const title of ['A button that reads aloud', 'Darker nights', 'A second relay']) await page.getByRole('checkbox', { name: title }).check();
  await page.getByLabel('How many will the board take up?').fill('1');
  await page.getByRole('button', { name: 'Open the ballot' }).click();
  await page.getByRole('status').getByText('The ballot is open').waitFor();

  page = await nia.to('/roadmap/priorities');
  const place = async (title, n) => page.getByLabel(`Place of ${title}`).selectOption(n);
  await place('A button that reads aloud', '1');
  await place('Darker nights', '1');
  await page.getByRole('button', { name: 'Send my ranking' }).click();
  await wrong(nia, 'Two items have the same place', '/roadmap/priorities/wrong');
  await place('Darker nights', '2');
  await page.getByRole('button', { name: 'Send my ranking' }).click();
  await page.getByRole('status').getByText('Your ranking is in').waitFor();
  await page.getByText('Rankings so far: 1, of 10 members.').waitFor();
  await picture(page, '/roadmap/priorities');
  const ballot = await page.locator('form[action^="/roadmap/priorities/"]').getAttribute('action');
  const order = await page.locator('.ranks label').allInnerTexts();
  const rank = (...titles) => Object.fromEntries(titles.map((t, i) => [`rank_${order.indexOf(t) + 1}`, `${i + 1}`]));
  await ben.post(ballot, rank('A button that reads aloud'));
  await cat.post(ballot, rank('Darker nights', 'A button that reads aloud'));
  await dan.post(ballot, rank('A second relay'));
  await dan.post(ballot, rank('A button that reads aloud', 'A second relay')); // changes their mind
  for (const name of ['eve', 'fay', 'gus', 'hal', 'ida', 'jon']) await members[name].post(ballot, rank('A button that reads aloud'));
  await pass(15);
  await until(page, '/roadmap/priorities', /What comes first/);
  await page.getByText('10 of 10 members ranked.').waitFor();
  assert.deepEqual(await page.locator('section ol > li').allInnerTexts(), ['A button that reads aloud', 'A button that reads aloud']); // all, and the one class that has ten
  assert.equal((await dan.context.request.post(ballot, { form: rank('Darker nights') })).status(), 422);
  await picture(page, '/roadmap/priorities/counted');
});

journey('it is done: you said, we did', async () => {
  const { nia } = members;
  let page = await sue.to(items.aloud);
  await deed(page, /^Change this item$/);
  await page.getByRole('radio', { name: 'Done' }).check();
  await page.locator('#item_why').fill('It is in the program of today.');
  await page.getByRole('button', { name: 'Save the change' }).click();
  await wrong(sue, 'Enter what it cost', '/roadmap/item/wrong');
  await page.getByLabel('What it cost').fill('1,080.50');
  await page.getByRole('button', { name: 'Save the change' }).click();
  await page.getByText('It is in the program of today.').waitFor();
  await picture(page, '/roadmap/item');

  page = await nia.to('/roadmap');
  const row = page.getByRole('region', { name: 'You said, we did' }).getByRole('row').filter({ hasText: 'Read messages aloud' });
  await row.getByRole('link', { name: 'A button that reads aloud' }).waitFor();
  await row.getByText('£1,080.50').waitFor();
  await picture(page, '/roadmap');

  const feed = await nia.context.request.get('/roadmap.atom');
  assert.match(feed.headers()['content-type'], /^application\/atom\+xml/);
  const titles = await page.evaluate((xml) => {
    const doc = new DOMParser().parseFromString(xml, 'application/xml');
    if (doc.querySelector('parsererror')) return [doc.querySelector('parsererror').textContent];
    return [...doc.querySelectorAll('entry > title')].map((t) => t.textContent);
  }, await feed.text());
  assert.equal(titles[0], 'Done: A button that reads aloud');
  assert.ok(titles.includes('Accepted: Read messages aloud'), titles.join('\n'));
  assert.equal(titles.length, 5);
  assert.equal(await status(nia, '/proposals/new'), 200);
  for (const one of [sue, ...Object.values(members)]) one.fine();
});
