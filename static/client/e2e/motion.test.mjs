// The journey of a major privacy change that is put to the members' vote, in Chromium, in practice mode, against the server at BASE_URL and the scrutineers'
// signer at SIGNER, which reads its tokens from the file TOKENS: the call, a secret ballot of yes and no, the count, the audit, and what is decided.
//
// What goes as in an election online is not looked at again: online.test.mjs does that. Each journey goes on where the one before ended.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { begins, casts, certifies, declares, linksSigner, makesKey, opensWhatTheyCan, ordered, turnsTo } from './ballots.mjs';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint, apply, audit, entries, here, later, moveTo, status, untilSaid } from './society.mjs';

const run = Date.now().toString(36);
const at = (name) => `${name.toLowerCase()}.${run}@example.org`;
const phone = { viewport: { width: 390, height: 780 } };
const moved = 'That the change “Keeping addresses” to what is kept about people be made, as the board adopted it.';

let browser, failed, folder, first, second;
const staff = {}; // ro returns, sal, sam and sid watch, sue is the secretary, tom the treasurer
const voters = {};
const poll = { path: '', dates: {} };
const everybody = () => [...Object.values(staff), ...Object.values(voters)];
const [vote, opening, work] = ['vote', 'opening', 'poll/work'].map((page) => () => `${poll.path}/${page}`);

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
  folder = await mkdtemp(join(tmpdir(), 'folkmoot-motion-'));
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

// itIs moves the clock. Everybody looks in, so that nobody's session ends: it lasts 30 days.
async function itIs(local) {
  await moveTo(await staff.sue.to('/practice/clock'), local);
  await Promise.all(everybody().map((one) => one.context.request.get('/devices')));
}

journey('four join, and six run the society', async () => {
  await Promise.all(['Ro', 'Sal', 'Sam', 'Sid', 'Sue', 'Tom'].map(async (name) => (staff[name.toLowerCase()] = await Someone.enrol(browser, name, at(name)))));
  await appoint('secretary', staff.sue.address);
  await appoint('treasurer', staff.tom.address);
  await Promise.all(['Ann', 'Bob', 'Cat', 'Dan'].map(async (name) => {
    const one = (voters[name.toLowerCase()] = await Someone.enrol(browser, name, at(name), name === 'Bob' ? phone : {}));
    one.legal = `${name} ${run} of Leeds`;
    await apply(one, { dues: false });
  }));
  const waiting = await entries(await staff.sue.to('/register'));
  for (const one of Object.values(voters)) await staff.sue.post(`${waiting[one.legal]}/admit`);
  await Promise.all(Object.values(voters).map((one) => untilSaid(one, '/membership', /Member since/)));
});

journey('the board adopts a major change to what is kept about people', async () => {
  const drafted = await staff.sue.post('/privacy/changes/new', {
    change_title: 'Keeping addresses', was: 'Addresses go with the account.', becomes: 'Addresses are kept for a year.', change_why: 'People come back.', risk: 'They can leak.', weight: 'major', speed: 'ordinary',
  });
  poll.change = new URL(drafted).pathname;
  await staff.tom.act(poll.change, 'publish');
  const today = (await here(await staff.sue.to('/'))).slice(0, 10);
  for (const days of [20, 35]) await itIs(`${later(today, { days }).slice(0, 10)}T09:00`); // no session outlasts 30 days
  await staff.sue.post(`${poll.change}/decide`, { decision: 'adopted', board_reasons: 'It was asked for.', minute: 'item 8' });
  await untilSaid(voters.ann, poll.change, /It waits for the members’ vote/);
  assert.doesNotMatch(await voters.ann.read(poll.change), /elections\/motion/);
});

journey('two officers put it to the members’ vote', async () => {
  const page = await staff.sue.to(poll.change);
  await page.getByRole('link', { name: 'Put a motion to the members’ vote' }).click();
  await page.getByText(moved).waitFor(); // and nobody can word it otherwise
  await page.getByRole('button', { name: 'Propose this vote' }).click();
  await page.locator('.summary:focus').waitFor();
  staff.sue.complaints = staff.sue.complaints.filter((c) => !/422/.test(c));
  await picture(page, '/motion/call-failed');
  await page.getByLabel('Minute of the board').fill('item 9');
  await page.getByRole('radio', { name: /two thirds/ }).check();
  await page.getByLabel('Returning officer').fill(staff.ro.address);
  await page.getByLabel('First scrutineer').fill(staff.sal.address);
  await page.getByLabel('Second scrutineer').fill(staff.sam.address);
  await page.getByLabel('Third scrutineer').fill(staff.sid.address);
  for (const f of ['notice', 'record', 'objections_close', 'poll_opens', 'poll_closes', 'terms_begin']) poll.dates[f] = await page.locator(`#${f}`).inputValue();
  await picture(page, '/motion/call');
  await page.getByRole('button', { name: 'Propose this vote' }).click();
  await page.getByText('Proposed by one officer').waitFor();
  poll.path = new URL(page.url()).pathname.replace(/\/work$/, '');
  const confirming = await staff.tom.to(`${poll.path}/work`);
  await confirming.getByRole('button', { name: 'Call this election' }).click();
  await confirming.getByText('You have confirmed it').waitFor();
  await itIs(later(poll.dates.notice, { minutes: 10 * 60 }));
  await untilSaid(voters.ann, poll.path, /Notice was given/);
  const letter = await voters.ann.letter('Keeping addresses');
  assert.ok(letter.includes(moved));
  assert.doesNotMatch(letter, /[Nn]ominations/);
  await picture(await voters.ann.to(poll.path), '/motion/noticed');
  assert.match(await voters.ann.read(poll.change), new RegExp(poll.path));
  assert.equal(await status(voters.ann, `${poll.path}/candidates`), 404);
});

journey('the scrutineers make their keys, and the roll is final', async () => {
  for (const one of [staff.sal, staff.sam, staff.sid]) await makesKey(one, opening(), folder);
  await linksSigner(staff.sal, opening());
  await itIs(later(poll.dates.record, { days: 1, minutes: 9 * 60 }));
  await untilSaid(voters.ann, poll.path, /4 voters are on it/);
  await itIs(later(poll.dates.poll_opens, { days: -2, minutes: 1 }));
  await untilSaid(voters.ann, vote(), /Get your key to vote with now/);
  for (const one of [voters.ann, voters.bob, voters.cat]) await begins(one);
});

// says has a voter choose, look it over and cast.
async function says(one, answer, look) {
  const page = await turnsTo(one, vote(), 'Yes or no?');
  await page.getByRole('radio', { name: answer, exact: true }).check();
  if (look) await picture(page, `/motion/vote${look}`);
  await page.getByRole('button', { name: 'Look it over' }).click();
  await page.getByRole('heading', { name: 'Is this your ballot?' }).waitFor();
  assert.equal(await page.locator('.given').innerText(), answer);
  if (look) await picture(page, `/motion/review${look}`);
  await casts(page);
  return page;
}

journey('members say yes or no, and one thinks again', async () => {
  await itIs(later(poll.dates.poll_opens, { minutes: 30 }));
  await untilSaid(voters.ann, vote(), /You can vote now/);
  const page = await turnsTo(voters.ann, vote(), 'Yes or no?');
  await page.getByRole('button', { name: 'Look it over' }).click();
  await page.getByText('Choose yes or no first.').waitFor();
  await says(voters.ann, 'Yes', '/desk');
  await says(voters.bob, 'No', '/phone');
  const again = await says(voters.cat, 'No');
  await again.getByRole('button', { name: 'Vote again' }).click();
  await again.getByRole('radio', { name: 'Yes', exact: true }).check();
  await again.getByRole('button', { name: 'Look it over' }).click();
  await casts(again);
});

journey('two of three scrutineers open the ballots, and the result is certified', async () => {
  await itIs(later(poll.dates.poll_closes, { minutes: 90 }));
  await untilSaid(staff.sal, opening(), /Any two of the three scrutineers open the ballots/);
  [first, second] = await ordered([staff.sal, staff.sam, staff.sid], opening());
  await untilSaid(staff.ro, work(), /3 ballots are not opened yet/);
  await opensWhatTheyCan(first, opening(), ['ordinary']);
  await opensWhatTheyCan(second, opening(), ['ordinary']);
  await declares(staff.ro, work());
  await certifies(staff.ro, work(), [[first, 'First Ash'], [second, 'Second Elm']]);
});

journey('everybody reads what was decided, and anybody audits it', async () => {
  const page = await voters.dan.to(`${poll.path}/result`);
  await page.getByText('Carried: 2 said yes, 1 said no.').waitFor();
  await picture(page, '/motion/result');
  await page.getByRole('link', { name: 'See the certificate' }).click();
  await page.getByText('Carried: 2 said yes, 1 said no.').waitFor();
  assert.doesNotMatch(await page.locator('main').innerText(), /seats|elected|no value/i);
  await picture(page, '/motion/certificate');
  const said = await audit(`${poll.path}/audit`);
  assert.match(said, /carried by 2 yes to 1 no; it needs two thirds/);
  assert.match(said, /ordinary: 2 yes, 1 no/);
  assert.match(said, /Everything holds that these files can prove/);
  await itIs(later(poll.dates.terms_begin, { minutes: 60 }));
  await untilSaid(voters.dan, poll.path, /Decided\. It can be challenged no more\./);
  assert.doesNotMatch(await voters.dan.read('/board'), /Sits from/);
  await untilSaid(voters.dan, poll.change, /In force/);
  await picture(await voters.dan.to(poll.change), '/motion/change');
});

// Asking the ballot box for what was never cast there, and us for what no other device handed in, is answered with 404: so pages find out.
journey('nobody’s browser complained', async () => {
  for (const one of Object.values(voters)) one.complaints = one.complaints.filter((c) => !/404/.test(c));
  for (const one of everybody()) one.fine();
});
