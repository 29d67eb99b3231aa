// The journey of an election to the board, in Chromium, in practice mode, against the server at BASE_URL: who has the right to vote, the call,
// nominations, the roll, questions to the candidates, up to the moment before the poll. The clock is moved from phase to phase.
// app/browser_test.go starts it and runs this.
//
// Each journey goes on where the one before ended. What the next one needs is in `staff`, `voters` and `election`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint, apply, entries, here, later, moveTo, timetable, until, untilSaid } from './society.mjs';

const run = Date.now().toString(36);
const at = (name) => `${name.toLowerCase()}.${run}@example.org`;
const phone = { viewport: { width: 390, height: 780 } };

// Who votes as what in the end. Every member is an ordinary one, even for dues of nothing: operators and contributors choose to vote as such.
// Kit's choice is not noted, and the roll is corrected.
const classes = {
  ordinary: ['Ann', 'Ben', 'Cat', 'Dan', 'Eve', 'Fay', 'Gus'],
  operator: ['Hal', 'Ida', 'Joe', 'Kit'],
  contributor: ['Lea', 'Max', 'Nia'],
};
const payDues = [...classes.ordinary, 'Hal', 'Kit'];

let browser, failed;
const staff = {}; // ro returns, sal and sam watch, sue is the secretary, tom the treasurer
const voters = {}; // by their names in small letters; each is Someone, with a legal name and, from the call on, a reference
const election = { path: '', dates: {} }; // where it is, and its timetable as society.mjs reads it

const everybody = () => [...Object.values(staff), ...Object.values(voters)];
const of = (group) => classes[group].map((name) => voters[name.toLowerCase()]);

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

// itIs moves the clock. Everybody looks in, so that nobody's session ends: it lasts 30 days.
async function itIs(local) {
  await moveTo(await staff.sue.to('/practice/clock'), local);
  await Promise.all(everybody().map((one) => one.context.request.get('/devices')));
}

// forgive takes out what the browser says of a page that is meant to be refused.
function forgive(one) {
  one.complaints = one.complaints.filter((c) => !/422/.test(c));
}

journey('five people run the society', async () => {
  await Promise.all(['Ro', 'Sal', 'Sam', 'Sue', 'Tom'].map(async (name) => (staff[name.toLowerCase()] = await Someone.enrol(browser, name, at(name)))));
  await appoint('secretary', staff.sue.address);
  await appoint('treasurer', staff.tom.address);
  const page = await staff.sue.to('/practice/clock');
  await picture(page, '/practice/clock');
  await page.getByLabel('Move to').fill('2001-01-01T09:00');
  await page.getByRole('button', { name: 'Move the clock' }).click();
  await page.locator('.summary:focus').waitFor();
  await picture(page, '/practice/clock/wrong');
  forgive(staff.sue);
});

journey('somebody who pays no dues applies, pays one share and is admitted', async () => {
  const ida = (voters.ida = await Someone.arrive(browser, 'Ida', at('Ida'), phone));
  ida.legal = `Ida ${run} of Leeds`;
  const page = await ida.to('/join');
  await page.getByLabel('Full legal name').fill(ida.legal);
  await page.getByLabel('Postal address').fill('1 High Street\nLeeds');
  await page.getByLabel('Your age in years').fill('34');
  await page.getByLabel('Email for notices').fill(ida.address);
  await page.locator('#amount-nothing').check();
  await page.getByRole('button', { name: 'Apply to join' }).click();
  await page.waitForURL('**/join/done**');
  await ida.to('/membership/share');
  await page.getByRole('button', { name: 'Pay £1 by card' }).click();
  await page.getByRole('button', { name: 'Pay with a card that works', exact: true }).click();
  await page.waitForURL('**/membership?said=share');

  const desk = await staff.sue.to('/register');
  await desk.getByRole('link', { name: ida.legal }).click();
  await desk.locator('summary', { hasText: /^Admit$/ }).click();
  await desk.getByRole('button', { name: 'Admit as a member' }).click();
  await desk.getByText('Member since').waitFor();
});

journey('thirteen others join by the same forms', async () => {
  const names = Object.values(classes).flat().filter((name) => name !== 'Ida');
  await Promise.all(names.map(async (name) => {
    const one = (voters[name.toLowerCase()] = await Someone.enrol(browser, name, at(name), name < 'D' ? phone : {}));
    one.legal = `${name} ${run} of Leeds`;
    await apply(one, { dues: payDues.includes(name) });
  }));
  const desk = await staff.sue.to('/register');
  const waiting = await entries(desk);
  for (const name of names.filter((n) => !payDues.includes(n))) {
    await staff.sue.post(`${waiting[voters[name.toLowerCase()].legal]}/admit`);
  }
  await Promise.all(Object.values(voters).map((one) => untilSaid(one, '/membership', /Member since/)));
});

journey('two officers appoint the operators', async () => {
  const desk = await staff.sue.to('/register/members');
  await picture(desk, '/register/members/many');
  const entry = await entries(desk);
  const page = await staff.sue.to(entry[voters.ida.legal]);
  await page.locator('summary', { hasText: 'Appoint as an operator' }).click();
  await page.getByLabel('Name on the public list').fill('Ida');
  await page.getByLabel('What they run').fill('the mail relay');
  await page.locator('#operator_why').fill('runs it well');
  await page.getByRole('button', { name: 'Appoint', exact: true }).click();
  await page.getByText('It waits for another officer').waitFor();
  const today = (await here(page)).slice(0, 10);
  for (const [one, runs] of [[voters.hal, 'the web servers'], [voters.joe, 'the brokers'], [voters.kit, 'the backups']]) {
    await staff.sue.post(`${entry[one.legal]}/operator`, { operator_name: one.name, operator_runs: runs, operator_since: today, operator_why: 'runs them well' });
  }
  for (const one of [voters.max, voters.nia]) {
    await staff.sue.post(`${entry[one.legal]}/contributor`, { contributor_first: today, contributor_last: later(today, { days: 365 }).slice(0, 10), contributor_why: 'translates it all' });
  }

  const second = await staff.tom.to('/register/operators');
  for (const button = second.getByRole('button', { name: 'Confirm the appointment' }); (await button.count()) > 0; ) {
    await button.first().click();
    await second.waitForURL('**/register/operators?done=1');
  }
  await staff.tom.to('/register/contribution');
  for (const button = second.getByRole('button', { name: 'Confirm the exception' }); (await button.count()) > 0; ) {
    await button.first().click();
    await second.waitForURL('**/register/contribution?done=1');
  }
});

journey('merged work makes a contributor', async () => {
  const { lea } = voters;
  await staff.sue.post('/register/contribution/repositories', { forge: 'practice', path: 'folkmoot/folkmoot', list_why: 'minute 3' });
  await lea.post('/practice/forge', { login: 'lea', title: 'Keep the cursor' });
  await lea.post(await lea.post('/contribute/link', { forge: 'practice' }), { login: 'lea' });
  const page = await lea.to('/contribute');
  await page.getByText('You are a contributor, and can vote as one.').waitFor();
});

journey('a member who is in two classes chooses one', async () => {
  const page = await voters.hal.to('/contribute');
  await page.getByRole('heading', { name: 'The class that you vote in' }).waitFor();
  await picture(page, '/contribute/two-classes');
  await page.getByRole('radio', { name: 'Operator' }).check();
  await page.getByRole('button', { name: 'Vote in this class' }).click();
  await page.getByText('Saved.').waitFor();
  assert.ok(await page.getByRole('radio', { name: 'Operator' }).isChecked());
  for (const one of [voters.ida, voters.joe]) await one.post('/contribute/class', { class: 'operator' });
  for (const one of of('contributor')) await one.post('/contribute/class', { class: 'contributor' });
});

journey('two officers call the election, and every member gets notice', async () => {
  const today = (await here(await staff.sue.to('/'))).slice(0, 10);
  const page = await staff.sue.to(`/elections/call?from=${today}`);
  election.dates = await timetable(page);
  assert.equal(election.dates.notice, today);
  await page.getByLabel('Name of the election').fill('Board election');
  await page.getByLabel('Minute of the board').fill('item 4');
  await page.getByLabel('Returning officer').fill(staff.ro.address);
  await page.getByLabel('First scrutineer').fill(staff.sal.address);
  await page.getByLabel('Second scrutineer').fill(staff.sam.address);
  await page.getByRole('button', { name: 'Propose this election' }).click();
  await page.getByText('Proposed by one officer').waitFor();
  election.path = new URL(page.url()).pathname.replace(/\/work$/, '');
  const second = await staff.tom.to(`${election.path}/work`);
  await second.getByRole('button', { name: 'Call this election' }).click();
  await second.getByText('Done.').waitFor();

  const own = await voters.kit.to(election.path);
  await until(own, election.path, /Notice was given/);
  await picture(own, '/elections/noticed');
  await Promise.all(Object.values(voters).map(async (one) => {
    const said = await one.read(election.path);
    one.reference = /Your reference as a member is ([A-Z0-9]+)/.exec(said)[1];
  }));
  await untilSaid(staff.sue, `${election.path}/work`, /Taken by the mail server<\/dt><dd>14</);
  await picture(await staff.sue.to(`${election.path}/work`), '/elections/work/noticed');
  await voters.ann.letter('Notice: Board election');
});

// paper is what a candidate says for themself.
const paper = (name) => ({
  paper_name: `${name} of Leeds`,
  statement: `I have been here from the start.\n\nI want a board that answers letters, publishes what it decides, and does not spend what it does not have. Ask me anything.\n${name}`,
  interests: 'None.',
});

const candidates = () => `${election.path}/candidates`;

// seconds has somebody support candidates, by the forms of the page.
async function seconds(one, ...names) {
  const said = await one.read(candidates());
  for (const name of names) {
    const form = new RegExp(`action="([^"]+/second)"[^>]*><button[^>]*>Second ${name} of Leeds<`).exec(said);
    assert.ok(form, `${one.name} may not second ${name}`);
    await one.post(form[1]);
  }
}

journey('members stand, and one is asked by another and consents', async () => {
  await itIs(later(election.dates.nominations_open, { minutes: 1 }));
  const { ann, ben } = voters;
  const page = await ann.to(candidates());
  await picture(page, '/candidates/none');
  await page.locator('summary', { hasText: 'Stand for the board' }).click();
  await page.getByLabel('Name on the paper').fill(paper('Ann').paper_name);
  await page.getByLabel('Statement').fill(paper('Ann').statement);
  await page.getByRole('button', { name: 'Stand', exact: true }).click();
  await page.locator('.summary:focus').waitFor();
  assert.equal(await page.getByLabel('Statement').inputValue(), paper('Ann').statement);
  await picture(page, '/candidates/wrong');
  forgive(ann);
  await page.getByLabel('Interests to declare').fill('I sell coffee to the office.');
  await page.getByRole('button', { name: 'Stand', exact: true }).click();
  await page.getByText('You stand as: Ordinary member.').waitFor();
  await picture(page, '/candidates/own');

  await page.locator('summary', { hasText: 'Nominate somebody else' }).click();
  await page.getByLabel('Member’s reference').fill(ben.reference);
  await page.getByRole('button', { name: 'Nominate', exact: true }).click();
  await page.getByText('Done.').waitFor();
  await ben.letter('You are nominated: Board election');
  const asked = await ben.to(candidates());
  await asked.getByText('Somebody nominated you.').waitFor();
  await picture(asked, '/candidates/asked');
  await asked.locator('summary', { hasText: 'Accept the nomination' }).click();
  await asked.getByLabel('Name on the paper').fill(paper('Ben').paper_name);
  await asked.getByLabel('Statement').fill(paper('Ben').statement);
  await asked.getByLabel('Interests to declare').fill('None.');
  await asked.getByRole('button', { name: 'Accept', exact: true }).click();
  await asked.getByText('You stand as: Ordinary member.').waitFor();
});

journey('others stand, and members of their class second them', async () => {
  const { ann, ben, cat, dan, eve, fay, gus, hal, ida, joe, lea, max, nia } = voters;
  for (const one of [cat, dan, eve, fay, gus, hal, ida, joe, lea, max]) await one.post(candidates(), paper(one.name));
  const page = await cat.to(candidates());
  await picture(page, '/candidates/many');
  await page.getByRole('button', { name: 'Second Ann of Leeds' }).click();
  await page.getByText('Done.').waitFor();
  await seconds(cat, 'Ben', 'Dan', 'Eve', 'Fay');
  await seconds(ann, 'Ben', 'Cat', 'Gus');
  await seconds(ben, 'Ann', 'Cat');
  await seconds(gus, 'Dan', 'Eve', 'Fay');
  await seconds(dan, 'Gus');
  await seconds(hal, 'Ida', 'Joe');
  await seconds(ida, 'Hal', 'Joe');
  await seconds(joe, 'Hal', 'Ida');
  await seconds(lea, 'Max');
  await seconds(max, 'Lea');
  await seconds(nia, 'Lea', 'Max');
});

journey('a candidate withdraws', async () => {
  const page = await voters.gus.to(candidates());
  await page.getByText('You stand as: Ordinary member.').waitFor();
  await page.locator('summary', { hasText: 'Withdraw' }).click();
  await picture(page, '/candidates/withdraw');
  await page.getByRole('button', { name: 'Withdraw now' }).click();
  await page.getByText('Done.').waitFor();
  await page.getByRole('heading', { name: 'Stand for the board' }).waitFor();
  assert.equal(await page.getByRole('heading', { name: 'Gus of Leeds' }).count(), 0);
});

journey('the roll is made, and everybody sees whether they are on it', async () => {
  await itIs(later(election.dates.record, { days: 1, minutes: 9 * 60 }));
  const page = await voters.hal.to(election.path);
  await until(page, election.path, /14 voters are on it/);
  await page.getByText('You are on the roll. You vote as: Operator.').waitFor();
  await picture(page, '/elections/roll');
  await Promise.all(of('contributor').map((one) => untilSaid(one, election.path, /You vote as: Contributor/)));
});

journey('a member objects to the roll, is answered, and two people correct it', async () => {
  const { kit } = voters;
  const page = await kit.to(election.path);
  await page.getByText('You vote as: Ordinary member.').waitFor();
  await page.locator('summary', { hasText: 'Something is wrong with the roll' }).click();
  await picture(page, '/elections/object');
  await page.getByLabel('What is wrong?').fill('I chose to vote as an operator, on paper, before the record date.');
  await page.getByRole('button', { name: 'Object' }).click();
  await page.getByText('We have your objection.').waitFor();

  const work = await staff.ro.to(`${election.path}/work`);
  await picture(work, '/elections/work/objection');
  await work.locator('summary', { hasText: 'Correct the roll' }).click();
  await work.getByLabel('Member’s reference').last().fill(kit.reference);
  await work.getByRole('radio', { name: 'Votes as: Operator' }).check();
  await work.locator('#correct_why').fill('A choice of class was handed in on paper, and not noted.');
  await work.getByRole('button', { name: 'Propose', exact: true }).click();
  await work.getByText('It waits for a second person.').waitFor();
  await work.getByLabel('Answer').fill('You did. The roll is being corrected.');
  await work.getByRole('button', { name: 'Answer' }).click();
  await work.getByText('Answer of').waitFor();

  const second = await staff.sue.to(`${election.path}/work`);
  await picture(second, '/elections/work/correction');
  await second.getByRole('button', { name: 'Confirm: make the next version' }).click();
  await second.getByText('Done on').waitFor();
  await kit.to(election.path);
  await page.getByText('You vote as: Operator.').waitFor();
  await page.getByText('Version 2: A choice of class was handed in on paper').waitFor();
  await picture(page, '/elections/corrected');
});

journey('candidates are asked, and answer side by side', async () => {
  await itIs(later(election.dates.hustings_open, { minutes: 1 }));
  const { ann, ben, gus, kit, nia } = voters;
  const page = await gus.to(candidates());
  await page.locator('summary', { hasText: 'Ask the candidates' }).click();
  await page.getByLabel('Question').fill('What would you stop doing?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByText('Done.').waitFor();
  await picture(page, '/candidates/question');
  await gus.post(`${election.path}/questions`, { question: 'Is it true what they say about Ann?' });
  await kit.post(`${election.path}/questions`, { question: 'Who is woken at night, and how often?' });
  await nia.post(`${election.path}/questions`, { question: 'Which part of the code would you throw away?' });

  const reply = await ann.to(candidates());
  await reply.getByLabel('Your answer').first().fill('Meetings without an agenda.');
  await reply.getByRole('button', { name: 'Answer' }).first().click();
  await reply.getByText('Done.').waitFor();
  await picture(reply, '/candidates/answer');
  for (const one of [ben, ...of('operator').slice(0, 3), ...of('contributor').slice(0, 2)]) {
    const said = await one.read(candidates());
    const [, path, field] = /action="([^"]+\/questions\/[a-z0-9]+)"[^>]*>.*?name="(reply_[a-z0-9]+)"/s.exec(said);
    await one.post(path, { [field]: `I would think twice, and say why.\n${one.name}` });
  }

  const chair = await staff.ro.to(candidates());
  const loaded = chair.getByRole('article').filter({ has: chair.getByRole('heading', { name: 'Is it true what they say about Ann?' }) });
  await loaded.locator('summary').click();
  await loaded.getByLabel('Why').fill('It asks about a rumour, and not about the work.');
  await loaded.getByRole('button', { name: 'Take the question down' }).click();
  await chair.getByText('A question was taken down').waitFor();
  await picture(chair, '/candidates/hustings');
});

journey('the moment before the poll opens, all is as it will be on the paper', async () => {
  await itIs(later(election.dates.poll_opens, { minutes: -2 }));
  const page = await voters.nia.to(candidates());
  await page.getByText('Nominations are closed. The poll opens on').waitFor();
  await picture(page, '/candidates/final');
  const names = await page.getByRole('article').filter({ has: page.getByText('Seconded by') }).getByRole('heading', { level: 3 }).allInnerTexts();
  const stand = (...all) => all.map((name) => `${name} of Leeds`);
  assert.deepEqual(names.toSorted(), stand('Ann', 'Ben', 'Cat', 'Dan', 'Eve', 'Fay', 'Hal', 'Ida', 'Joe', 'Lea', 'Max'));
  await picture(await staff.sue.to(`${election.path}/work`), '/elections/work/before-the-poll');
  await picture(await voters.ann.to(election.path), '/elections/before-the-poll');
});

journey('nobody’s browser complained', async () => {
  for (const one of everybody()) one.fine();
});
