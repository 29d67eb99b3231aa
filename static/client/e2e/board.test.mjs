// The journey of the board's work in public, in Chromium, in practice mode, against the server at BASE_URL: somebody who sits declares an
// interest, the secretary records a meeting and a decision and corrects it, a member asks, time passes, and an answer comes. People sit by
// co-option. app/browser_test.go starts it and runs this.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint, apply, entries, here, later, moveTo, untilSaid, wrong } from './society.mjs';

const run = Date.now().toString(36);
const at = (name) => `${name.toLowerCase()}.${run}@example.org`;
const phone = { viewport: { width: 390, height: 780 } };

let browser, failed, stranger;
const people = {}; // sue is the secretary, tom the treasurer; ann and ben sit, mia is a member

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

journey('two members are co-opted to the board', async () => {
  stranger = await Someone.appear(browser, 'a stranger', '', phone);
  await picture(await stranger.to('/board'), '/board/empty');
  await Promise.all(['Sue', 'Tom', 'Ann', 'Ben', 'Mia'].map(async (name) => (people[name.toLowerCase()] = await Someone.enrol(browser, name, at(name), name === 'Mia' ? phone : {}))));
  const { sue, tom, ann, ben, mia } = people;
  await appoint('secretary', sue.address);
  await appoint('treasurer', tom.address);
  await Promise.all([ann, ben, mia].map(async (one) => {
    one.legal = `${one.name} ${run} of Leeds`;
    await apply(one, { dues: true });
    await untilSaid(one, '/membership', /Member since/);
  }));
  const entry = await entries(await sue.to('/register/members'));
  const today = (await here(sue.page)).slice(0, 10);
  for (const one of [ann, ben]) {
    await sue.post('/board/co-opt', {
      board_member: entry[one.legal].split('/').pop(), board_name: `${one.name} of Leeds`, board_interests: 'None.', board_class: 'ordinary', board_since: today, board_until: '', board_minute: 'item 2',
    });
  }
});

journey('somebody who sits declares an interest, and what they said before stays', async () => {
  const { ann } = people;
  const page = await ann.to('/board');
  await page.locator('summary', { hasText: 'Declare my interests anew' }).click();
  const field = page.getByLabel('Interests that could come into conflict');
  await field.fill('');
  await page.getByRole('button', { name: 'Declare them' }).click();
  await wrong(ann, 'Enter the interests', '/board/interests');
  await field.fill('I own part of a host.');
  await page.getByRole('button', { name: 'Declare them' }).click();
  await page.getByText('Your declaration is public now.').waitFor();
  await page.locator('summary', { hasText: 'Earlier declarations of Ann of Leeds' }).click();
  await page.getByText('On taking the seat: None.').waitFor();
});

journey('the secretary records a meeting and a decision, and corrects it', async () => {
  const { sue } = people;
  const page = await sue.to('/board/meetings/record');
  await page.getByLabel('Where Ann of Leeds was').selectOption('Was there');
  await page.getByLabel('Where Ben of Leeds was').selectOption('Sent apologies');
  await page.getByLabel('Minutes').fill('minutes of today');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByText('That is recorded.').waitFor();
  await picture(page, '/board/meetings');

  await page.goto('/board/decisions');
  await page.getByRole('link', { name: 'Record a decision' }).click();
  await page.getByLabel('What was decided').fill('Rent a second server.');
  await page.getByLabel('The reasons').fill('The first one is full.');
  await page.getByLabel('Minute', { exact: true }).fill('item 3');
  await page.getByLabel('How Ann of Leeds voted').selectOption('For');
  await page.getByRole('button', { name: 'Record it' }).click();
  await wrong(sue, 'Say how Ben of Leeds voted', '/board/decisions/record');
  assert.equal(await page.getByLabel('How Ann of Leeds voted').inputValue(), 'for');
  await page.getByLabel('How Ben of Leeds voted').selectOption('Against');
  await page.getByRole('button', { name: 'Record it' }).click();
  await wrong(sue, 'Ben of Leeds was not at the meeting of that day', '/board/decisions/away');
  await page.goto('/board/meetings');
  await page.getByRole('link', { name: 'Correct this entry' }).click();
  await page.getByLabel('Where Ben of Leeds was').selectOption('Was there');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByText('That is recorded.').waitFor();
  await page.goto('/board/decisions/record');
  await page.getByLabel('What was decided').fill('Rent a second server.');
  await page.getByLabel('The reasons').fill('The first one is full.');
  await page.getByLabel('Minute', { exact: true }).fill('item 3');
  await page.getByLabel('How Ann of Leeds voted').selectOption('For');
  await page.getByLabel('How Ben of Leeds voted').selectOption('Against');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByText('That is recorded.').waitFor();
  await page.getByRole('link', { name: 'Correct this entry' }).click();
  assert.equal(await page.getByLabel('What was decided').inputValue(), 'Rent a second server.');
  await page.getByLabel('How Ann of Leeds voted').selectOption('Declared an interest');
  await page.getByLabel('How Ben of Leeds voted').selectOption('For');
  await page.getByRole('button', { name: 'Record it' }).click();
  await page.getByText('That is recorded.').waitFor();

  const open = await stranger.to('/board/decisions');
  await open.getByText('1 for, 0 against, 0 abstained').waitFor();
  assert.equal(await open.getByText('Corrected', { exact: true }).count(), 1);
  assert.equal(await open.getByRole('link', { name: 'Correct this entry' }).count(), 0);
  await picture(open, '/board/decisions');
  await open.goto('/board');
  await open.getByText('Was at 1 of 1 meeting.').first().waitFor();
  assert.equal(await open.getByText('Was at 1 of 1 meeting.').count(), 2);
  await picture(open, '/board/works');
});

journey('each who sat says whether that is how they voted', async () => {
  const { ann, ben } = people;
  let page = await ann.to('/');
  await page.getByRole('link', { name: 'One decision has you voting. Is it right?' }).click();
  await page.getByRole('button', { name: 'Yes, so I voted' }).click();
  await page.getByText('Your word stands beside it').waitFor();
  page = await ben.to('/board/decisions');
  await page.locator('summary', { hasText: 'No, I did not vote so' }).click();
  await page.getByRole('button', { name: 'Say so for everybody to read' }).click();
  await wrong(ben, 'Say what was', '/board/decisions/dispute');
  await page.getByLabel('What was it?').fill('I was on holiday.');
  await page.getByRole('button', { name: 'Say so for everybody to read' }).click();
  await page.getByText('Ben of Leeds says that this is not so: I was on holiday.').waitFor();
  const open = await stranger.to('/board/decisions');
  assert.equal(await open.getByText('Confirmed', { exact: true }).count(), 1);
  assert.equal(await open.getByText('Is that how you voted?').count(), 0);
});

journey('a member asks, the answer is late, and then it comes', async () => {
  const { ann, mia, sue } = people;
  const page = await mia.to('/board/questions');
  await page.locator('summary', { hasText: 'Ask a question' }).click();
  await page.getByRole('button', { name: 'Ask in public' }).click();
  await wrong(mia, 'Enter your question', '/board/questions/ask');
  await page.getByLabel('Your question').fill('Why is the service so slow in the evening?');
  await page.getByLabel('As Mia').check();
  await page.getByRole('button', { name: 'Ask in public' }).click();
  await page.getByText('Your question is public').waitFor();
  await mia.post('/board/questions', { question: 'Why does my neighbour never pay?', asker: 'none' });

  await moveTo(await sue.to('/practice/clock'), later(await here(sue.page), { days: 29 }));
  const open = await stranger.to('/board/questions');
  assert.equal(await open.getByText(/^Should have been answered by/).count(), 2);
  await picture(open, '/board/questions/overdue');
  await open.goto('/board');
  await open.getByText('2 questions should have been answered by now.').waitFor();

  const board = await ann.to('/board/questions');
  const first = board.getByRole('article').filter({ hasText: 'so slow in the evening' }).first();
  await first.locator('summary', { hasText: 'Answer this question' }).click();
  await first.getByLabel('The answer').fill('The server is full. A second one is rented.');
  await first.getByRole('button', { name: 'Answer in public' }).click();
  await board.getByText('The answer is public.').waitFor();
  const desk = await sue.to('/board/questions');
  const second = desk.getByRole('article').filter({ hasText: 'my neighbour' }).first();
  await second.locator('summary', { hasText: 'Take this question down' }).click();
  await second.getByLabel('Why').fill('It is about somebody who cannot answer.');
  await second.getByRole('button', { name: 'Take this question down' }).click();
  await desk.getByText('The question was taken down.').waitFor();

  await open.goto('/board/questions');
  await open.getByText('Ann of Leeds answered for the board').waitFor();
  await open.getByText('Mia asked on').waitFor();
  await open.getByText('This question was taken down: It is about somebody').waitFor();
  assert.doesNotMatch(await open.locator('main').innerText(), /my neighbour/);
  await picture(open, '/board/questions');
});

journey('nobody’s browser complained', async () => {
  for (const one of [...Object.values(people), stranger]) one.fine();
});
