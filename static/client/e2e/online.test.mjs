// The journey of an election to the board whose votes are cast online, in Chromium, in practice mode, against the server at BASE_URL and the
// scrutineers' signer at SIGNER, which reads its tokens from the file TOKENS: the call, the keys, the poll, the opening of ballots by two of three
// scrutineers, the count, the audit, and the board that comes of it. app/browser_test.go starts all three and runs this.
//
// What goes as in an election on paper is not looked at again: election.test.mjs does that. Each journey goes on where the one before ended.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { begins, casts, certifies, declares, linksSigner, mailed, makesKey, opensWhatTheyCan, ordered, turnsTo as opens } from './ballots.mjs';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint, apply, audit, entries, here, later, moveTo, named, paper, seconds, sitting, status, timetable, untilSaid } from './society.mjs';

const run = Date.now().toString(36);
const at = (name) => `${name.toLowerCase()}.${run}@example.org`;
const phone = { viewport: { width: 390, height: 780 } };

// Who votes as what. Fay and Max get no key, and do not vote.
const classes = { ordinary: ['Ann', 'Ben', 'Cat', 'Dan', 'Eve', 'Fay'], operator: ['Hal', 'Ida', 'Joe'], contributor: ['Lea', 'Max', 'Nia'] };
const seats = { ordinary: 2, operator: 2, contributor: 2 };

let browser, failed, folder, stranger;
const staff = {}; // ro returns, sal, sam and sid watch, sue is the secretary, tom the treasurer
const voters = {}; // by their names in small letters
const election = { path: '', dates: {} };
let absent, first, second; // the scrutineers, in the order of their numbers: the first takes outer seals off, the second opens

const everybody = () => [...Object.values(staff), ...Object.values(voters)];
const of = (group) => classes[group].map((name) => voters[name.toLowerCase()]);
const vote = () => `${election.path}/vote`;
const opening = () => `${election.path}/opening`;
const work = () => `${election.path}/poll/work`;
const result = () => `${election.path}/result`;

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
  folder = await mkdtemp(join(tmpdir(), 'folkmoot-online-'));
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

journey('twelve people join, and six run the society', async () => {
  await Promise.all(['Ro', 'Sal', 'Sam', 'Sid', 'Sue', 'Tom'].map(async (name) => (staff[name.toLowerCase()] = await Someone.enrol(browser, name, at(name)))));
  await appoint('secretary', staff.sue.address);
  await appoint('treasurer', staff.tom.address);
  const names = Object.values(classes).flat();
  await Promise.all(names.map(async (name) => {
    const one = (voters[name.toLowerCase()] = await Someone.enrol(browser, name, at(name), 'BDEIN'.includes(name[0]) ? phone : {}));
    one.legal = `${name} ${run} of Leeds`;
    await apply(one, { dues: false });
  }));
  const waiting = await entries(await staff.sue.to('/register'));
  for (const one of Object.values(voters)) await staff.sue.post(`${waiting[one.legal]}/admit`);
  await Promise.all(Object.values(voters).map((one) => untilSaid(one, '/membership', /Member since/)));
});

journey('three are operators and three contributors, and choose to vote as such', async () => {
  const desk = await staff.sue.to('/register/members');
  const entry = await entries(desk);
  const today = (await here(desk)).slice(0, 10);
  for (const one of of('operator')) {
    await staff.sue.post(`${entry[one.legal]}/operator`, { operator_name: one.name, operator_runs: 'the servers', operator_since: today, operator_why: 'runs them well' });
  }
  for (const one of of('contributor')) {
    await staff.sue.post(`${entry[one.legal]}/contributor`, { contributor_first: today, contributor_last: later(today, { days: 365 }).slice(0, 10), contributor_why: 'translates it all' });
  }
  for (const [list, button] of [['operators', 'Confirm the appointment'], ['contribution', 'Confirm the exception']]) {
    const page = await staff.tom.to(`/register/${list}`);
    for (const confirm = page.getByRole('button', { name: button }); (await confirm.count()) > 0; ) {
      await confirm.first().click();
      await page.waitForURL(`**/register/${list}?done=*`);
    }
  }
  for (const group of ['operator', 'contributor']) for (const one of of(group)) await one.post('/contribute/class', { class: group });
});

journey('two officers call an election online, with three scrutineers', async () => {
  const today = (await here(await staff.sue.to('/'))).slice(0, 10);
  const page = await staff.sue.to(`/elections/call?from=${today}`);
  election.dates = await timetable(page);
  await page.getByLabel('Name of the election').fill('Board election');
  await page.getByLabel('Minute of the board').fill('item 4');
  for (const [group, n] of Object.entries(seats)) await page.locator(`#seats_${group}`).fill(String(n));
  assert.ok(await page.getByRole('radio', { name: 'Online, in secret' }).isChecked());
  await page.getByLabel('Returning officer').fill(staff.ro.address);
  await page.getByLabel('First scrutineer').fill(staff.sal.address);
  await page.getByLabel('Second scrutineer').fill(staff.sam.address);
  await page.getByLabel('Third scrutineer').fill(staff.sid.address);
  await picture(page, '/online/call');
  await page.getByRole('button', { name: 'Propose this election' }).click();
  await page.getByText('Proposed by one officer').waitFor();
  election.path = new URL(page.url()).pathname.replace(/\/work$/, '');
  const confirming = await staff.tom.to(`${election.path}/work`);
  await confirming.getByRole('button', { name: 'Call this election' }).click();
  await confirming.getByText('You have confirmed it').waitFor();
  await untilSaid(voters.ann, election.path, /Notice was given/);
  await picture(await staff.ro.to(`${election.path}/work`), '/online/work/keys-missing');
  await picture(await voters.ann.to(election.path), '/online/noticed');
});

journey('each scrutineer makes a key of their own, and one links their signer', async () => {
  const { ro, sal, sam, sid } = staff;
  await makesKey(sal, opening(), folder, true);
  await makesKey(sam, opening(), folder);
  await makesKey(sid, opening(), folder);
  await linksSigner(sal, opening(), true);
  await picture(await sal.to(opening()), '/online/opening/keys');
  await sal.to(opening());
  await picture(await ro.to(`${election.path}/work`), '/online/work/ready');
});

journey('candidates stand, and the roll is made', async () => {
  await itIs(later(election.dates.nominations_open, { minutes: 1 }));
  const { ann, ben, cat, hal, ida, joe, lea, max, nia } = voters;
  const candidates = `${election.path}/candidates`;
  for (const one of [ann, ben, cat, hal, ida, joe, lea, max, nia]) await one.post(candidates, paper(one.name));
  await seconds(ann, candidates, 'Ben', 'Cat');
  await seconds(ben, candidates, 'Ann', 'Cat');
  await seconds(cat, candidates, 'Ann', 'Ben');
  await seconds(hal, candidates, 'Ida', 'Joe');
  await seconds(ida, candidates, 'Hal', 'Joe');
  await seconds(joe, candidates, 'Hal', 'Ida');
  await seconds(lea, candidates, 'Max', 'Nia');
  await seconds(max, candidates, 'Lea', 'Nia');
  await seconds(nia, candidates, 'Lea', 'Max');
  await itIs(later(election.dates.record, { days: 1, minutes: 9 * 60 }));
  await untilSaid(ann, election.path, /12 voters are on it/);
  await itIs(later(election.dates.hustings_open, { minutes: 1 }));
  await picture(await ann.to(vote()), '/online/vote/waits'); // it stays open: the link finds it so
});

journey('the roll is frozen, and voters open the link that the scrutineers mail them', async () => {
  const { ann, ben, cat, dan, eve, hal, ida, joe, lea, nia } = voters;
  await itIs(later(election.dates.poll_opens, { days: -2, minutes: 1 }));
  await untilSaid(ann, vote(), /Get your key to vote with now/);
  await picture(await cat.to(vote()), '/online/vote/code');
  await begins(ann, 'desk');
  await begins(ben, 'phone');
  for (const one of [dan, eve, hal, ida, joe, lea, nia]) await begins(one);
  await picture(await ann.to(`${election.path}/poll`), '/online/poll/final');
});

journey('keys are collected at a moment of chance before the poll opens', async () => {
  const { ann, ben, dan, eve, hal, ida, joe, lea, nia } = voters;
  await itIs(later(election.dates.poll_opens, { minutes: -1 }));
  let early = 0;
  for (const one of [ann, ben, dan, eve, hal, ida, joe, lea, nia]) {
    const page = await one.to(vote());
    const head = page.locator('.desk [data-step]');
    await head.waitFor();
    if ((await head.innerText()) === 'Your key is ready') early++; // a moment in the last minute is as likely as any other
    if (one === ann || one === ben) await picture(page, `/online/vote/ready-${one === ann ? 'desk' : 'phone'}`);
  }
  assert.ok(early > 1, `${early} keys were collected`);
});

const turnsTo = (one) => opens(one, vote(), 'Rank the candidates');

// ranks gives candidates numbers from the lists, first preference first, and looks the ballot over.
async function ranks(page, ...order) {
  for (const [i, name] of named(...order).entries()) await page.getByRole('combobox', { name }).selectOption(String(i + 1));
  await page.getByRole('button', { name: 'Look it over' }).click();
  await page.getByRole('heading', { name: 'Is this your ballot?' }).waitFor();
  assert.deepEqual(await page.locator('ol.reviewed > li').allInnerTexts(), named(...order));
}

const tracker = (page) => page.locator('.facts div').filter({ hasText: 'Your tracker' }).locator('code').innerText();

journey('a voter ranks, looks it over, casts, has a receipt, and votes again', async () => {
  await itIs(later(election.dates.poll_opens, { minutes: 30 }));
  await untilSaid(voters.ann, vote(), /You can vote now/);
  const { ann } = voters;
  const page = await turnsTo(ann);
  await picture(page, '/online/vote/rank');
  await page.getByRole('combobox', { name: 'Ben of Leeds' }).selectOption('1');
  await page.getByRole('combobox', { name: 'Cat of Leeds' }).selectOption('1'); // the page asks what is meant
  await page.getByText('Ben of Leeds has 1 already. What do you want?').waitFor();
  await picture(page, '/online/vote/clash');
  await page.getByRole('button', { name: 'Leave it as it was' }).click();
  await page.getByRole('combobox', { name: 'Ann of Leeds' }).selectOption('3');
  await page.getByText('Nobody has 2.').waitFor();
  await picture(page, '/online/vote/gap');
  await page.getByRole('button', { name: 'Move the others up' }).click();
  await page.getByRole('button', { name: 'Look it over' }).click();
  await page.getByRole('heading', { name: 'Is this your ballot?' }).waitFor();
  assert.deepEqual(await page.locator('ol.reviewed > li').allInnerTexts(), named('Ben', 'Ann'));
  await picture(page, '/online/vote/review');
  await casts(page);
  const before = await tracker(page);
  await picture(page, '/online/vote/cast');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the receipt' }).click()]);
  await file.saveAs(join(folder, 'receipt.json'));
  assert.equal(JSON.parse(await readFile(join(folder, 'receipt.json'), 'utf8')).entry, before);

  await page.getByRole('button', { name: 'Vote again' }).click();
  await page.getByText('This ballot will take the place of the one before').waitFor();
  await ranks(page, 'Ann', 'Ben');
  await casts(page);
  await page.locator('.facts div').filter({ hasText: 'Ballots you cast' }).getByText('2').waitFor();
  assert.notEqual(await tracker(page), before);
});

journey('a voter whose tab is lost goes on at another device, with the recovery code', async () => {
  const { ben } = voters;
  await ben.context.close();
  const again = (voters.ben = await ben.elsewhere(browser, phone));
  const page = await again.to(vote());
  await page.getByRole('heading', { name: 'You began on another device' }).waitFor();
  await picture(page, '/online/vote/elsewhere');
  await page.getByLabel('Recovery code').fill('ABCD');
  await page.getByRole('button', { name: 'Go on here' }).click();
  await page.getByText('That is not the code. Check every letter.').waitFor();
  await page.getByLabel('Recovery code').fill(ben.recovery.toLowerCase());
  await page.getByRole('button', { name: 'Go on here' }).click();
  await page.getByText('Your vote is on this device now.').waitFor();
  await turnsTo(again);
  await picture(page, '/online/vote/rank-phone');
  await ranks(page, 'Ben', 'Cat');
  await picture(page, '/online/vote/review-phone');
  await casts(page);
  await picture(page, '/online/vote/cast-phone');
});

journey('a voter who comes late is told what that weakens, and votes', async () => {
  const { cat } = voters;
  const link = await mailed(cat);
  const page = await cat.to(vote());
  await page.getByRole('button', { name: 'Email me a code' }).click();
  await page.getByText('a code is on its way to it').waitFor();
  await page.getByLabel('Code from the scrutineers').fill('AAAA-AAAA-AAAA-AAAA');
  await page.getByRole('button', { name: 'Get my key now' }).click();
  await page.getByText('That is not the code that the scrutineers emailed last').first().waitFor();
  await picture(page, '/online/vote/wrong-code');
  cat.complaints = cat.complaints.filter((c) => !/403/.test(c)); // the browser may say so after the page does
  await page.goto(link);
  await page.getByText('Because you get your key so late').waitFor();
  await picture(page, '/online/vote/late');
  await page.getByRole('button', { name: 'Get my key now' }).click();
  await page.getByRole('heading', { name: 'Rank the candidates' }).waitFor();
  await ranks(page, 'Ann', 'Cat');
  await casts(page);
});

journey('a voter who lost the device and the code gets a tendered ballot, once', async () => {
  const { ro } = staff;
  const { dan, fay } = voters;
  await dan.context.close();
  const lost = (voters.dan = await dan.elsewhere(browser, phone));
  const page = await lost.to(vote());
  await page.getByText('You lost the code, and the other device?').waitFor();

  const desk = await ro.to(work());
  await picture(desk, '/online/work/open');
  const tender = desk.locator('details').filter({ hasText: 'Tender a ballot to somebody who lost their key' });
  const issue = async (reference) => {
    if (!(await tender.getByLabel('Why').isVisible())) await tender.locator('summary').click();
    await tender.getByLabel('Member’s reference').fill(reference);
    await tender.getByLabel('Why').fill('The phone fell into the Aire, and the code with it.');
    await tender.getByRole('button').click();
  };
  const reference = async (one) => /Your reference as a member is ([A-Z0-9]+)/.exec(await one.read(election.path))[1];
  await issue(await reference(fay));
  await desk.locator('.summary:focus').getByText('No key was signed in that member’s name').waitFor();
  await picture(desk, '/online/work/not-lost');
  await issue(await reference(lost));
  await desk.getByText('The ballot is tendered').waitFor();
  await picture(desk, '/online/work/tendered');
  await issue(await reference(lost));
  await desk.locator('.summary:focus').getByText('A ballot was tendered to that member already').waitFor();
  ro.complaints = ro.complaints.filter((c) => !/422/.test(c));

  await lost.to(vote());
  await page.getByText('The returning officer has issued a tendered ballot to you').waitFor();
  await picture(page, '/online/vote/tendered');
  await ranks(page, 'Cat');
  await picture(page, '/online/vote/tendered-review');
  await page.getByRole('button', { name: 'Cast this ballot' }).click();
  await page.getByText('Your tendered ballot is set aside').waitFor();
  await picture(page, '/online/vote/tendered-cast');
});

journey('a voter casts an empty ballot, though the page warns', async () => {
  const page = await turnsTo(voters.eve);
  await page.getByRole('button', { name: 'Look it over' }).click();
  await page.getByText('You have ranked nobody.').waitFor();
  await picture(page, '/online/vote/empty');
  await page.getByRole('button', { name: 'Cast an empty ballot' }).click();
  await page.getByText('Your ballot is in the box.').waitFor();
});

journey('operators and contributors vote', async () => {
  const { hal, ida, joe, lea, nia } = voters;
  for (const [one, ...order] of [[hal, 'Hal'], [ida, 'Ida'], [joe, 'Joe'], [lea, 'Lea', 'Max'], [nia, 'Nia', 'Lea']]) {
    await ranks(await turnsTo(one), ...order);
    await casts(one.page);
  }
});

journey('after the close, trackers are in the public log', async () => {
  const { ann, dan, max } = voters;
  await itIs(later(election.dates.poll_closes, { minutes: 1 }));
  const page = await ann.to(vote());
  await page.getByText('The poll closed on').waitFor();
  await itIs(later(election.dates.poll_closes, { minutes: 90 }));
  await untilSaid(staff.sal, opening(), /Any two of the three scrutineers open the ballots/);
  await ann.to(vote());
  await page.getByText(/Yes, at \d of 6; the proof is checked/).waitFor();
  await picture(page, '/online/vote/closed');
  await (await max.to(vote())).getByText('The poll is closed, and this device has cast no ballot.').waitFor();
  await dan.to(vote());
  await picture(dan.page, '/online/vote/closed-phone');
});

journey('one scrutineer alone cannot open ballots; two of three can', async () => {
  [absent, first, second] = await ordered([staff.sal, staff.sam, staff.sid], opening());
  await picture(first.page, '/online/opening/closed');
  await untilSaid(staff.ro, work(), /4 ballots are not opened yet/);

  const desk = second.page.locator('#opening-ordinary'); // whose turn comes when somebody has taken outer seals off
  await desk.getByRole('button', { name: 'Open what I can' }).click();
  await desk.getByText('Choose your key file').last().waitFor();
  await desk.getByLabel('Choose your key file').setInputFiles(absent.key);
  await desk.getByRole('button', { name: 'Open what I can' }).click();
  await desk.getByText('That is not the key that you handed in').waitFor();
  await desk.getByLabel('Choose your key file').setInputFiles(second.key);
  await desk.getByRole('button', { name: 'Open what I can' }).click();
  await desk.getByText('There is nothing for you to do just now').waitFor();
  await picture(second.page, '/online/opening/nothing');

  const page = await opensWhatTheyCan(first, opening(), Object.keys(classes));
  assert.equal(await page.getByText('so far fewer have done their part: the ballots cannot be opened yet.').count(), 3);
  await picture(page, '/online/opening/one-alone');
  await picture(await staff.ro.to(work()), '/online/work/unopened');

  const done = await opensWhatTheyCan(second, opening(), Object.keys(classes), true);
  assert.equal(await done.getByText('All ballots are opened that can be.').count(), 3);
  await picture(done, '/online/opening/done');
});

journey('the returning officer says that all are opened, and the certificate is made and signed', async () => {
  const { ro } = staff;
  await picture(await declares(ro, work()), '/online/work/ready-to-certify');
  await certifies(ro, work(), [[first, 'First Ash'], [second, 'Second Elm']]);
});

journey('everybody reads the result, and anybody audits it', async () => {
  stranger = await Someone.appear(browser, 'a stranger', '', {});
  const page = await stranger.to(result());
  await page.getByRole('heading', { name: 'The result', exact: true }).waitFor();
  const told = (group) => page.locator('section').filter({ has: page.getByRole('heading', { name: group, level: 2 }) });
  const elected = (group) => told(group).locator('ol.elected > li').allInnerTexts();
  assert.deepEqual(await elected('2 seats, elected by ordinary members'), named('Ann', 'Ben'));
  assert.deepEqual(await elected('2 seats, elected by contributors'), named('Lea', 'Nia'));
  const [, out] = /Nothing in the count told Hal of Leeds, Ida of Leeds and Joe of Leeds apart.*it fell on (Hal|Ida|Joe) of Leeds/.exec(await page.locator('main').innerText());
  election.operators = ['Hal', 'Ida', 'Joe'].filter((name) => name !== out);
  assert.deepEqual(await elected('2 seats, elected by operators'), named(...election.operators));
  await picture(page, '/online/result');
  await picture(await voters.ben.to(result()), '/online/result/phone');
  await page.getByRole('link', { name: 'See the certificate' }).click();
  await page.getByRole('heading', { name: 'Certificate of an election' }).waitFor();
  assert.doesNotMatch(await page.locator('main').innerText(), /[Ee]nvelope/);
  await page.getByText('Tendered ballots, set aside and not counted').first().waitFor();
  await picture(page, '/online/certificate');
  await picture(await stranger.to(`${election.path}/poll`), '/online/poll/certified');

  // classes are small here: how people ranked is for those who handle papers
  assert.equal(await status(stranger, `${election.path}/audit/ordinary/openings.jsonl`), 404);
  const said = await audit(`${election.path}/audit`);
  assert.match(said, /ordinary: 2 of 2 seats: Ann of Leeds, Ben of Leeds/);
  assert.match(said, /6 voters on the roll; the society signed 5 keys, the scrutineers' signer 5/);
  assert.match(said, /5 casts by 4 keys/);
  assert.match(said, /1 tendered ballots/);
  assert.match(said, /attested by the scrutineers/);
  assert.match(said, /Everything holds that these files can prove/);
});

journey('those who were elected sit on the board', async () => {
  await itIs(later(election.dates.terms_begin, { minutes: 60 }));
  await untilSaid(stranger, '/board', /Sits from/);
  const page = await stranger.to('/board');
  assert.deepEqual(await sitting(page), [named('Ann', 'Ben'), named(...election.operators), named('Lea', 'Nia')]);
  await picture(page, '/online/board');
});

// Asking the ballot box for what was never cast there, and us for what no other device handed in, is answered with 404: so pages find out.
journey('nobody’s browser complained', async () => {
  for (const one of Object.values(voters)) one.complaints = one.complaints.filter((c) => !/404/.test(c));
  for (const one of [...everybody(), stranger]) one.fine();
});
