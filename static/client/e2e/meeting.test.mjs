// The journey of a general meeting, in Chromium, in practice mode, against the server at BASE_URL: called by two officers, noticed by mail, a motion moved,
// seconded and amended, the order paper, the day itself with a quorum and votes, the minutes, and what is to be done. The clock is moved.
//
// Each journey goes on where the one before ended. What the next one needs is in `staff`, `members`, `path` and `motion`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint, apply, here, later, moveTo, refused, status, until, untilSaid, wrong } from './society.mjs';

const run = Date.now().toString(36);
const at = (name) => `${name.toLowerCase()}.${run}@example.org`;
const phone = { viewport: { width: 390, height: 780 } };

let browser, failed, path, motion, secret, times;
const staff = {}; // sue is the secretary, tom the treasurer
const members = {}; // ann takes the chair, ben writes the minutes, cat moves, dan seconds, eve amends, fay is in the room without a device

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

// itIs moves the clock. Everybody looks in, so that nobody's session ends.
async function itIs(local) {
  await moveTo(await staff.sue.to('/practice/clock'), local);
  await Promise.all([...Object.values(staff), ...Object.values(members)].map((one) => one.context.request.get('/devices')));
}

// deed opens what a page offers to do.
async function deed(page, summary) {
  await page.locator('summary', { hasText: summary }).first().click();
}

const press = (page, name) => page.getByRole('button', { name }).first().click();
const said = (page, words) => page.getByRole('status').getByText(words).waitFor();

journey('six members join, and two hold offices', async () => {
  await Promise.all(['Sue', 'Tom'].map(async (name) => (staff[name.toLowerCase()] = await Someone.enrol(browser, name, at(name)))));
  await appoint('secretary', staff.sue.address);
  await appoint('treasurer', staff.tom.address);
  await Promise.all(['Ann', 'Ben', 'Cat', 'Dan', 'Eve', 'Fay'].map(async (name) => {
    const one = (members[name.toLowerCase()] = await Someone.enrol(browser, name, at(name), name === 'Cat' || name === 'Dan' ? phone : {}));
    one.legal = `${name} ${run} of Leeds`;
    await apply(one, { dues: true });
    await untilSaid(one, '/membership', /Member since/);
  }));
});

journey('two officers call a meeting, and every member is told by mail', async () => {
  const { sue, tom } = staff;
  const { ann, ben, cat } = members;
  let page = await sue.to('/meetings');
  await page.getByText('No meeting is called.').waitFor();
  await page.getByRole('link', { name: 'Call a general meeting' }).click();
  await page.getByLabel('Title').fill('Spring meeting');
  await page.getByLabel('What is it for?').fill('To hear the members, and to decide on what they move.');
  await page.getByLabel('Where', { exact: true }).fill('The hall, 4 Long Road, Leeds');
  await page.getByLabel('Link to join from elsewhere').fill('https://meet.example.org/spring');
  await page.getByLabel('Takes the chair').fill(ann.address);
  await page.getByLabel('Writes the minutes').fill(ann.address);
  await press(page, 'Propose the meeting');
  await wrong(sue, 'two different members', '/meetings/call/wrong');
  times = Object.fromEntries(await Promise.all(['meets_at', 'motions_by', 'amendments_by'].map(async (f) => [f, await page.locator(`#${f}`).inputValue()])));
  await page.getByLabel('Writes the minutes').fill(ben.address);
  await press(page, 'Propose the meeting');
  await page.getByRole('status').getByText('Another officer must confirm it').waitFor();
  path = new URL(page.url()).pathname;
  assert.equal(await status(cat, path), 404); // nobody was told
  await refused(sue, `${path}/confirm`, {}, 'another officer must confirm it');

  page = await tom.to(path);
  await press(page, 'Call the meeting and give notice');
  await page.getByRole('status').getByText('The meeting is called').waitFor();
  assert.match(await cat.letter('Notice of a general meeting: Spring meeting'), /The hall, 4 Long Road, Leeds/);
  await until(page, path, /6 of 6 members were told by email/);
  await picture(page, '/meeting/officer');
});

journey('a member moves something on a phone, and another one seconds it', async () => {
  const { cat, dan } = members;
  let page = await cat.to('/meetings');
  await page.getByRole('link', { name: /^“Spring meeting” is on/ }).click();
  await page.getByRole('link', { name: /^Write a motion/ }).click();
  await page.getByLabel('Title').fill('Lamps in the cellar');
  await page.getByLabel('Your reasons').fill('It is dark down there, and Fay fell.');
  await press(page, 'Publish the motion');
  await wrong(cat, 'Write what the meeting is to resolve', '/meeting/motion/wrong');
  await page.getByLabel('The meeting resolves').fill('That three lamps be hung in the cellar.');
  await page.getByRole('radio', { name: 'As Cat' }).check();
  await press(page, 'Publish the motion');
  await page.getByText('It wants a seconder by').waitFor();
  motion = new URL(page.url()).pathname;
  await refused(cat, `${motion}/second`, { seen: '1' }, 'another member has to second it');
  await picture(page, '/meeting/motion/wants');

  page = await dan.to('/meetings');
  await page.getByRole('link', { name: /^“Lamps in the cellar” wants a seconder/ }).click();
  await refused(dan, `${motion}/second`, { seen: '2' }, 'The words have changed');
  await press(page, 'Second this motion');
  await page.getByText('You seconded it.', { exact: true }).waitFor();
  secret = new URL(await cat.post(`${path}/motions/new`, { motion_title: 'Another name', motion_words: 'That the cellar be called the vault.', motion_reasons: 'It sounds better.', needs: 'two_thirds' })).pathname;
  await dan.post(`${secret}/second`, { seen: '1' });
  await cat.post(`${path}/motions/new`, { motion_title: 'Candles', motion_words: 'That candles be lit.', motion_reasons: 'They are nice.', needs: 'simple' });
});

journey('the order paper is made, and an amendment is proposed and seconded', async () => {
  const { dan, eve } = members;
  await itIs(times.motions_by);
  let page = await eve.to(path);
  await page.getByRole('link', { name: /^Read the order paper/ }).click();
  await until(page, `${path}/order-paper`, /Made on/);
  await page.getByText('Candles: nobody seconded it in time').waitFor();
  await page.getByRole('link', { name: 'Item 1: Lamps in the cellar' }).click();
  await deed(page, 'Propose an amendment');
  await page.getByLabel('The meeting resolves, as you would have it').fill('That four lamps be hung in the cellar by May.');
  await page.getByLabel('Your reasons').fill('Three leave the corner dark.');
  await press(page, 'Publish the amendment');
  await page.locator('ins').getByText('four').waitFor();
  await picture(page, '/meeting/motion/amendment');
  page = await dan.to(motion);
  await press(page, 'Second this amendment');
  await said(page, 'You seconded the amendment.');
  await picture(await eve.to(`${path}/order-paper`), '/meeting/order-paper');
});

journey('on the day members check in, and the quorum shows', async () => {
  const { ann, ben, cat, dan, fay } = members;
  await itIs(later(times.meets_at, { minutes: -10 }));
  let page = await ann.to(path);
  await page.getByRole('link', { name: 'Go into the meeting' }).click();
  await page.getByText('0 present, 3 needed.').waitFor();
  await press(page, 'Check in as present');
  await page.getByRole('status').getByText('You are checked in').waitFor();
  await Promise.all([ben, dan].map((one) => one.post(`${path}/hall/check-in`)));
  await itIs(times.meets_at);
  page = await ann.to(`${path}/hall`);
  await page.getByText('There is a quorum').waitFor();
  await press(page, 'Open the meeting');
  await page.getByText('The meeting is open now').waitFor();
  await refused(cat, `${path}/hall/close`, {}, 'Only the chair');
  page = await ben.to(`${path}/hall`);
  await page.getByLabel('Find a member by name').fill('fay');
  await press(page, 'Find');
  await press(page, `Mark ${fay.legal} as present in the room`);
  await page.getByText('4 present, 3 needed.').waitFor();
  await picture(page, '/meeting/hall/minutes');
});

// vote has somebody vote in the hall.
async function vote(one, how) {
  const page = await one.to(`${path}/hall`);
  await page.getByText('You have not voted yet.').waitFor();
  await page.getByRole('radio', { name: how, exact: true }).check();
  await press(page, 'Vote');
  await page.getByRole('status').getByText('Your vote is in').waitFor();
  return page;
}

journey('the amendment is carried, and the motion is passed as amended', async () => {
  const { ann, ben, cat, dan } = members;
  const waits = await dan.to(`${path}/hall`);
  let page = await ann.to(`${path}/hall`);
  await press(page, 'Put amendment 1 to the vote');
  await waits.getByText('You have not voted yet.').waitFor(); // by itself
  await page.getByText('0 of 4 present have voted so far.').waitFor();
  await page.getByRole('heading', { name: 'Amendment 1 Being voted on' }).waitFor();
  page = await cat.to(path);
  await refused(cat, await (await dan.to(`${path}/hall`)).locator('form[action*="/hall/votes/"]').first().getAttribute('action'), { choice: 'for' }, 'Check in first');
  await page.getByRole('link', { name: 'Go into the meeting' }).click();
  await press(page, 'Check in as present');
  await page.getByText('You have not voted yet.').waitFor();
  await picture(page, '/meeting/hall/vote');
  await vote(cat, 'Against');
  await (await dan.to('/meetings')).getByRole('link', { name: 'Vote now on “Lamps in the cellar”' }).waitFor();
  page = await vote(dan, 'Against');
  await page.getByRole('radio', { name: 'For', exact: true }).check();
  await press(page, 'Change my vote');
  await page.getByText('You voted for it.').waitFor();
  page = await ben.to(`${path}/hall`);
  await page.getByRole('group', { name: 'Hands in the room' }).getByLabel('For').fill('2');
  await press(page, 'Save the count');
  await wrong(ben, 'There are not so many members in the room', '/meeting/hall/hands');
  await page.getByRole('group', { name: 'Hands in the room' }).getByLabel('For').fill('1');
  await press(page, 'Save the count');
  await said(page, 'The count of hands is in.');
  page = await ann.to(`${path}/hall`);
  await page.getByText('3 of 5 present have voted so far.').waitFor();
  await press(page, 'Close the vote and count');
  await said(page, 'The amendment is carried: 2 for, 1 against, 0 abstained.');
  await page.getByText('That four lamps be hung in the cellar by May.').first().waitFor();
  await page.getByRole('heading', { name: 'Amendment 1 Carried' }).waitFor();
  await page.getByText('2 for, 1 against, 0 abstained.', { exact: true }).waitFor();

  await press(page, 'Put the motion to the vote');
  await deed(page, 'Call this vote off');
  await press(page, 'Call it off');
  await wrong(ann, 'Say why', '/meeting/hall/off');
  await page.getByLabel('Why?').fill('Dan still wanted to speak.');
  await press(page, 'Call it off');
  await page.getByText('A vote on the motion was opened and called off: Dan still wanted to speak.').waitFor();
  await press(page, 'Put the motion to the vote');
  await page.getByText('On the motion “Lamps in the cellar”, as it stands').waitFor();
  await page.getByText('0 of 5 present have voted so far.').waitFor();
  await Promise.all([vote(cat, 'For'), vote(dan, 'For'), vote(ben, 'Abstain')]);
  await page.getByText('3 of 5 present have voted so far.').waitFor();
  page = await ann.to(`${path}/hall`);
  await picture(page, '/meeting/hall/chair');
  const thinks = await cat.to(`${path}/hall`);
  await thinks.getByRole('radio', { name: 'Against', exact: true }).check();
  await press(page, 'Close the vote and count');
  await thinks.getByRole('status').getByText('Something has changed here.').waitFor(); // and nothing is taken from under her
  assert.ok(await thinks.getByRole('radio', { name: 'Against', exact: true }).isChecked());
  await picture(thinks, '/meeting/hall/news');
  await page.getByText('Carried: 2 for, 0 against, 1 abstained.').waitFor();
  await picture(page, '/meeting/hall/counted');
  await (await cat.to(`${path}/hall`)).getByText('The last vote was on: Lamps in the cellar. Carried: 2 for, 0 against, 1 abstained.').waitFor(); // who did not close it reads so, too
  await ann.post(`${path}/hall/motions/${secret.split('/').pop()}/ballot`, { seen: '1' });
  await deed(page, 'Close the meeting');
  await press(page, 'Close it for good');
  await page.getByText('The meeting is over.').waitFor();
  await page.getByText('The members decide it by a secret ballot. It is still to be called.').waitFor();
});

journey('officers call the secret ballot on what was adjourned to one, in its words', async () => {
  const page = await staff.sue.to(secret);
  await page.getByRole('link', { name: 'Call the secret ballot' }).click();
  await page.getByText('That the cellar be called the vault.').waitFor();
  await page.getByText('The motion, which stands adjourned to this ballot.').waitFor();
  assert.equal(await page.getByLabel('two thirds').count(), 0); // it is not theirs to choose
  assert.equal(await status(members.cat, new URL(page.url()).pathname), 404);
});

journey('the minutes are written and signed, and what is to be done is listed', async () => {
  const { ann, ben, cat } = members;
  let page = await ben.to(`${path}/minutes`);
  await page.getByLabel('Who gave apologies').fill('Eve sent');
  await press(page, 'Save the notes');
  await said(page, 'Your notes are saved.');
  await page.getByLabel('Who gave apologies').fill('Eve sent her apologies.');
  await deed(page, 'List something to be done');
  await page.getByLabel('What is to be done').fill('Buy and hang four lamps.');
  await page.getByLabel('Who does it').fill('the treasurer');
  await page.getByLabel('Who does it').press('Enter');
  await wrong(ben, 'Your notes are saved. This is not sent yet', '/meeting/minutes/unsent');
  await press(page, 'List it');
  await said(page, 'It is listed.');
  await (await cat.to(`${path}/minutes`)).getByText('The minutes are being written.').waitFor();
  page = await ann.to(path);
  await page.getByRole('link', { name: 'Read the minutes and sign them' }).click();
  await picture(page, '/meeting/minutes/draft');
  await deed(page, 'Sign the minutes');
  await press(page, 'I sign: these minutes are right');
  await page.getByText('Signed by Ann').waitFor();

  const stranger = await Someone.appear(browser, 'Stranger', '', {});
  page = await stranger.to(`${path}/minutes`);
  await page.getByText('Eve sent her apologies.').waitFor();
  await page.getByText('2 for, 0 against, 1 abstained.').waitFor();
  await picture(page, '/meeting/minutes');
  page = await stranger.to(path);
  await page.getByText('Members see the place and the link when they are signed in.').waitFor();
  assert.equal(await page.getByText('meet.example.org').count(), 0);
  stranger.fine();
  await itIs(later(times.meets_at, { days: 29 }));
  page = await cat.to('/meetings/actions');
  await page.getByText('Overdue since').waitFor();
  await picture(page, '/meetings/actions');
  await picture(await cat.to('/meetings'), '/meetings');
  for (const one of [...Object.values(staff), ...Object.values(members)]) one.fine();
});
