// The journey of an election to the board, in Chromium, in practice mode, against the server at BASE_URL: who has the right to vote, the call,
// nominations, the roll, questions to the candidates, the poll on paper, the count, the certificate, a challenge, and the board that comes of
// it. The clock is moved from phase to phase. app/browser_test.go starts it and runs this.
//
// Each journey goes on where the one before ended. What the next one needs is in `staff`, `voters` and `election`.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { boxes, type } from './papers.mjs';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint, apply, entries, forgive, here, later, moveTo, named, paper, refused, seconds, sitting, status, timetable, until, untilSaid, verify, wrong } from './society.mjs';

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

let browser, failed, stranger;
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
    await second.waitForURL('**/register/operators?done=*');
  }
  await staff.tom.to('/register/contribution');
  for (const button = second.getByRole('button', { name: 'Confirm the exception' }); (await button.count()) > 0; ) {
    await button.first().click();
    await second.waitForURL('**/register/contribution?done=*');
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
  await page.getByText('You vote in the class that is chosen below.').waitFor();
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
  await page.getByRole('radio', { name: 'On paper' }).check();
  await page.getByLabel('Returning officer').fill(staff.ro.address);
  await page.getByLabel('First scrutineer').fill(staff.sal.address);
  await page.getByLabel('Second scrutineer').fill(staff.sam.address);
  await page.getByRole('button', { name: 'Propose this election' }).click();
  await page.getByText('Proposed by one officer').waitFor();
  election.path = new URL(page.url()).pathname.replace(/\/work$/, '');
  const second = await staff.tom.to(`${election.path}/work`);
  await second.getByRole('button', { name: 'Call this election' }).click();
  await second.getByText('You have confirmed it').waitFor();

  const own = await voters.kit.to(election.path);
  await until(own, election.path, /Notice was given/);
  await picture(own, '/elections/noticed');
  await Promise.all(Object.values(voters).map(async (one) => {
    const said = await one.read(election.path);
    one.reference = /Your reference as a member is ([A-Z0-9]+)/.exec(said)[1];
  }));
  await untilSaid(staff.sue, `${election.path}/work`, /Sent by email<\/dt><dd>14</);
  await picture(await staff.sue.to(`${election.path}/work`), '/elections/work/noticed');
  await voters.ann.letter('Notice: Board election');
});

const candidates = () => `${election.path}/candidates`;

journey('members stand, and one is asked by another and consents', async () => {
  await itIs(later(election.dates.nominations_open, { minutes: 1 }));
  const { ann, ben } = voters;
  const page = await ann.to(candidates());
  await picture(page, '/candidates/none');
  await page.locator('summary', { hasText: 'Stand for the board' }).click();
  await page.getByLabel('Name on the ballot').fill(paper('Ann').paper_name);
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
  await page.getByText('They are nominated').waitFor();
  await ben.letter('You are nominated: Board election');
  const asked = await ben.to(candidates());
  await asked.getByText('Somebody nominated you.').waitFor();
  await picture(asked, '/candidates/asked');
  await asked.locator('summary', { hasText: 'Accept the nomination' }).click();
  await asked.getByLabel('Name on the ballot').fill(paper('Ben').paper_name);
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
  await page.getByText('You have seconded the nomination').waitFor();
  await seconds(cat, candidates(), 'Ben', 'Dan', 'Eve', 'Fay');
  await seconds(ann, candidates(), 'Ben', 'Cat', 'Gus');
  await seconds(ben, candidates(), 'Ann', 'Cat');
  await seconds(gus, candidates(), 'Dan', 'Eve', 'Fay');
  await seconds(dan, candidates(), 'Gus');
  await seconds(hal, candidates(), 'Ida', 'Joe');
  await seconds(ida, candidates(), 'Hal', 'Joe');
  await seconds(joe, candidates(), 'Hal', 'Ida');
  await seconds(lea, candidates(), 'Max');
  await seconds(max, candidates(), 'Lea');
  await seconds(nia, candidates(), 'Lea', 'Max');
});

journey('a candidate withdraws', async () => {
  const page = await voters.gus.to(candidates());
  await page.getByText('You stand as: Ordinary member.').waitFor();
  await page.locator('summary', { hasText: 'Withdraw' }).click();
  await picture(page, '/candidates/withdraw');
  await page.getByRole('button', { name: 'Withdraw now' }).click();
  await page.getByText('The nomination is withdrawn').waitFor();
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
  await page.getByText('Your question is before the candidates').waitFor();
  await picture(page, '/candidates/question');
  await gus.post(`${election.path}/questions`, { question: 'Is it true what they say about Ann?' });
  await kit.post(`${election.path}/questions`, { question: 'Who is woken at night, and how often?' });
  await nia.post(`${election.path}/questions`, { question: 'Which part of the code would you throw away?' });

  const reply = await ann.to(candidates());
  await reply.getByLabel('Your answer').first().fill('Meetings without an agenda.');
  await reply.getByRole('button', { name: 'Answer' }).first().click();
  await reply.getByText('Your answer is here').waitFor();
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
  const names = await page.getByRole('article').filter({ has: page.getByText(/Seconded by|You seconded it/) }).getByRole('heading', { level: 3 }).allInnerTexts();
  const stand = (...all) => all.map((name) => `${name} of Leeds`);
  assert.deepEqual(names.toSorted(), stand('Ann', 'Ben', 'Cat', 'Dan', 'Eve', 'Fay', 'Hal', 'Ida', 'Joe', 'Lea', 'Max'));
  await picture(await staff.sue.to(`${election.path}/work`), '/elections/work/before-the-poll');
  await picture(await voters.ann.to(election.path), '/elections/before-the-poll');
});

const poll = () => `${election.path}/poll`;
const work = () => `${poll()}/work`;
const result = () => `${election.path}/result`;

// Who is on the papers that are printed, in their order. "Re-open nominations" is a choice like any other.
const onPaper = {
  ordinary: ['Ann', 'Ben', 'Cat', 'Dan', 'Eve', 'Fay', 'nobody'],
  operator: ['Hal', 'Ida', 'Joe', 'nobody'],
};

// What is on the papers, when they are mixed. Nothing tells Eve and Fay apart, and one seat is left for them.
const papers = {
  ordinary: [
    { Ann: 1, Eve: 2 },
    { Ben: 1, rejected: 'identity' }, // it is signed
    { Cat: 1, Ben: 2, Ann: 3 },
    { Ann: 1, Fay: 2 },
    { Ann: 1, Ben: 1 },
    { Ben: 1, Dan: 2 },
    { Dan: 1, Cat: 2 },
  ],
  operator: [{ Hal: 1 }, { Hal: 1, Ida: 2 }, { Ida: 1, Hal: 2 }, { Ida: 1, Joe: 2 }],
};

journey('the poll opens, and everybody sees who is on the papers', async () => {
  await itIs(later(election.dates.poll_opens, { minutes: 1 }));
  const { ann, lea } = voters;
  await untilSaid(ann, poll(), /A paper is on its way to you by post. You vote as: Ordinary member./);
  await picture(await ann.to(poll()), '/poll/issued');
  assert.doesNotMatch(await lea.read(poll()), /A paper is on its way/);

  stranger = await Someone.appear(browser, 'a stranger', '', {});
  const page = await stranger.to(election.path);
  await page.getByRole('link', { name: 'The poll: who is on the papers' }).click();
  await page.getByRole('heading', { name: 'How the poll stands' }).waitFor();
  const contest = (name) => page.locator('section').filter({ has: page.getByRole('heading', { name }) });
  const choices = (name) => contest(name).locator('ol > li').allInnerTexts();
  assert.deepEqual(await choices('5 seats, elected by ordinary members'), [...named('Ann', 'Ben', 'Cat', 'Dan', 'Eve', 'Fay'), 'Re-open nominations']);
  assert.deepEqual(await choices('2 seats, elected by operators'), [...named('Hal', 'Ida', 'Joe'), 'Re-open nominations']);
  assert.deepEqual(await choices('2 seats, elected by contributors'), named('Lea', 'Max'));
  await contest('2 seats, elected by contributors').getByText('there is no vote').waitFor();
  await contest('5 seats').locator('summary', { hasText: 'If votes are equal' }).click();
  await contest('5 seats').getByText('It comes from a random number that the public beacon “practice beacon” tells in its round').waitFor();
  assert.equal(await page.getByRole('link', { name: 'See the random number, at the beacon' }).count(), 0, 'the beacon has not spoken');
  await picture(page, '/poll/open');
  assert.equal(await status(stranger, result()), 404);
});

journey('an officer prints letters, and papers that name nobody', async () => {
  const { ro } = staff;
  const page = await ro.to(poll());
  await page.getByRole('link', { name: 'Handle the papers' }).click();
  await page.getByRole('heading', { name: 'Handle the papers' }).waitFor();
  await picture(page, '/poll/work/open');
  await page.getByRole('link', { name: 'Print the papers' }).first().click();
  await page.getByText('Papers go to 7 voters.').waitFor();
  await picture(page, '/poll/issue');
  const ballots = await page.locator('.ballot').allInnerTexts();
  const letters = (await page.locator('.letter:not(.ballot)').allInnerTexts()).join('\n');
  assert.equal(ballots.length, 7);
  for (const one of Object.values(voters)) {
    const votesHere = of('ordinary').includes(one);
    assert.equal(letters.includes(one.legal), votesHere, one.name);
    assert.equal(letters.split(one.reference).length - 1, votesHere ? 1 : 0, one.name);
    assert.ok(!ballots.some((paper) => paper.includes(one.legal) || paper.includes(one.reference)), one.name);
  }
  assert.equal(new Set(ballots).size, 1, 'a paper is like the next');
  const printed = (await page.pdf({ format: 'A4' })).toString('latin1');
  assert.equal(printed.match(/\/Type\s*\/Page\b/g).length, 14, 'a letter and a paper for each, on a page each');

  // Hal, who is in two classes, has the paper of the one that he chose
  const issued = await Promise.all(['ordinary', 'operator', 'contributor'].map((group) => ro.read(`${election.path}/issue/${group}`)));
  assert.deepEqual(issued.map((said) => said.split(voters.hal.reference).length - 1), [0, 1, 0]);
});

journey('envelopes come back, and each is marked once', async () => {
  const { sal } = staff;
  const { ann, gus } = voters;
  const page = await sal.to(work());
  const sender = page.getByRole('textbox', { name: 'Member’s reference' }).first();
  const mark = async (reference) => {
    await sender.fill(reference);
    await sender.press('Enter');
  };
  await mark('FMAAAAAAAA');
  await wrong(sal, 'Enter the reference of one member', '/poll/work/wrong');
  await mark(ann.reference.toLowerCase());
  await page.getByText('The envelope is marked as received').waitFor();
  await page.locator('#sender:focus').waitFor(); // the hands stay where they are
  await page.keyboard.type(gus.reference);
  await page.keyboard.press('Enter');
  await page.locator('.facts div').filter({ hasText: 'Envelopes that came back' }).filter({ hasText: '2' }).waitFor();
  await picture(await ann.to(poll()), '/poll/received');
  await ann.page.getByText('Your envelope came back on').waitFor();

  await mark(ann.reference);
  await wrong(sal, 'An envelope of that member was marked already', '/poll/work/twice');

  await page.locator('summary', { hasText: 'Take a mark back' }).click();
  const back = page.locator('details').filter({ hasText: 'Take a mark back' });
  await back.getByLabel('Member’s reference').fill(gus.reference);
  await back.getByRole('button', { name: 'Take it back' }).click();
  await wrong(sal, 'Say why', '/poll/work/unmark');
  await back.getByLabel('Why').fill('It was the envelope of somebody else.');
  await back.getByRole('button', { name: 'Take it back' }).click();
  await page.getByText('The mark is taken back').waitFor();
  assert.match(await gus.read(poll()), /A paper is on its way/);

  for (const one of [...of('ordinary').filter((one) => one !== ann), ...of('operator')]) await sal.post(`${election.path}/envelopes`, { sender: one.reference });
  await refused(sal, `${election.path}/envelopes`, { sender: voters.lea.reference }, 'No paper was issued to that member');
  assert.match(await gus.read(poll()), /Your envelope came back on/);
});

journey('after the close, envelopes are opened and papers counted', async () => {
  const { ro, sal } = staff;
  await refused(ro, `${poll()}/ordinary/emptied`, { papers_ordinary: 7 }, 'The poll is still open');
  await itIs(later(election.dates.poll_closes, { minutes: 120 }));
  assert.doesNotMatch(await sal.read(work()), /How many papers are there/);
  const page = await ro.to(work());
  await picture(page, '/poll/work/closed');
  const many = page.getByLabel('How many papers are there?').first();
  await many.fill('8');
  await many.press('Enter');
  await wrong(ro, 'There cannot be more papers than envelopes', '/poll/work/more-papers');
  await many.fill('7');
  await many.press('Enter');
  await page.getByText('The number of papers is recorded').waitFor();
  await ro.post(`${poll()}/operator/emptied`, { papers_operator: 4 });
});

journey('two people type every paper, and neither sees what the other typed', async () => {
  const read = `${poll()}/ordinary/read`;
  const { sal, sam } = staff;
  const page = await sal.to(work());
  await page.getByRole('link', { name: 'Read papers: Ordinary members' }).click();
  await page.getByText('Paper 1 of 7').waitFor();
  await picture(page, '/poll/read');
  await page.getByLabel('Ann of Leeds').fill('x');
  await page.getByLabel('Ann of Leeds').press('Enter');
  await wrong(sal, 'In a box goes a figure from 1 to 99', '/poll/read/wrong');
  await page.getByLabel('Ann of Leeds').fill('');
  for (const one of [sal, sam]) {
    const own = one === sal ? page : await sam.to(read);
    await own.getByLabel('Ann of Leeds').focus();
    for (const n of [1, 2]) {
      await own.getByText(`Paper ${n} of 7`).waitFor();
      await own.locator('#box_1:focus').waitFor(); // the hands stay where they are
      await type(own, onPaper.ordinary, papers.ordinary[n - 1]);
    }
    await own.getByText('Paper 3 of 7').waitFor();
    await own.getByText('Not counted: something on it tells whose it is').waitFor();
  }

  // Sal finds a slip before Sam comes to the paper
  await sal.post(read, { paper: 3, ...boxes(onPaper.ordinary, { Cat: 1, Dan: 2, Ann: 3 }) });
  await sal.to(read);
  await page.getByRole('link', { name: '1 Cat of Leeds, 2 Dan of Leeds, 3 Ann of Leeds' }).click();
  await page.getByText('Paper 3 of 7').waitFor();
  await page.getByLabel('Dan of Leeds').fill('');
  await page.getByLabel('Ben of Leeds').fill('2');
  await picture(page, '/poll/read/again');
  await page.getByRole('button', { name: 'Save, and read the next' }).click();
  await page.getByRole('link', { name: '1 Cat of Leeds, 2 Ben of Leeds, 3 Ann of Leeds' }).waitFor();

  const types = async (one, group, from, all = papers[group]) => {
    for (const [i, paper] of all.entries()) {
      if (i + 1 >= from) await one.post(`${poll()}/${group}/read`, { paper: i + 1, ...boxes(onPaper[group], paper) });
    }
  };
  await types(sal, 'ordinary', 4);
  assert.doesNotMatch(await sam.read(read), /Paper 4 of 7|1 Cat of Leeds/);
  await types(sam, 'ordinary', 3);
  await refused(sam, read, { paper: 1, ...boxes(onPaper.ordinary, { Ben: 1 }) }, 'Two people have read that paper already');
  await sal.to(read);
  await page.getByText('There is no paper left for you to read.').waitFor();
  await picture(page, '/poll/read/all');

  await types(sam, 'operator', 1);
  await types(sal, 'operator', 1, papers.operator.with(3, { Ida: 7, Joe: 2 }));
});

journey('where they differ, the returning officer decides, and everybody reads why', async () => {
  const { ro, sam } = staff;
  const page = await ro.to(work());
  assert.doesNotMatch(await sam.read(work()), /How does this paper count/);
  const differs = page.getByRole('article').filter({ hasText: 'Paper 4: two people read different things' });
  await differs.getByText('7 Ida of Leeds').waitFor();
  await picture(page, '/poll/work/differs');
  await differs.getByLabel('Ida of Leeds').fill('1');
  await differs.getByLabel('Joe of Leeds').fill('2');
  await differs.getByRole('button', { name: 'Decide' }).click();
  await wrong(ro, 'Say why', '/poll/work/decide');
  assert.equal(await differs.getByLabel('Ida of Leeds').inputValue(), '1');
  await differs.getByLabel('Why').fill('The 1 has a long upstroke. Both scrutineers have seen it under the lamp.');
  await differs.getByRole('button', { name: 'Decide' }).click();
  await page.getByText('Your decision about the paper counts').waitFor();

  const open = await stranger.to(poll());
  await open.getByText('The 1 has a long upstroke.').waitFor();
  await picture(open, '/poll/decided');
});

journey('a lot is drawn that nobody could foresee', async () => {
  const { ro } = staff;
  const page = await ro.to(work());
  await refused(ro, `${election.path}/certify`, { certify_name: 'Ro Low' }, 'What the beacon said is not recorded yet');
  await page.getByLabel('What the beacon said').fill('Heads.');
  await page.getByRole('button', { name: 'Record what the beacon said' }).click();
  await wrong(ro, 'The beacon did not say that in that round', '/poll/work/beacon');
  await page.getByRole('link', { name: 'See the random number, at the beacon' }).click();
  await page.waitForURL('**/practice/beacon/*');
  const said = await page.locator('body').innerText();
  await ro.to(work());
  await page.getByLabel('What the beacon said').fill(said);
  await page.getByRole('button', { name: 'Record what the beacon said' }).click();
  await page.getByText('It is recorded.').waitFor();
});

journey('the certificate is made, looked at and signed by three', async () => {
  const { ro, sal, sam } = staff;
  const page = await ro.to(work());
  await page.getByRole('button', { name: 'Make the certificate and sign it' }).click();
  await wrong(ro, 'Enter your name', '/poll/work/certify');
  await page.getByLabel('Your name').fill('Ro Low');
  await page.getByRole('button', { name: 'Make the certificate and sign it' }).click();
  await page.getByText('Ro Low, returning officer').waitFor();
  await picture(page, '/poll/work/certified');

  for (const [one, name] of [[sal, 'Sal Ash'], [sam, 'Sam Elm']]) {
    for (const path of [result(), `${election.path}/certificate`, `${election.path}/certificate?version=1`]) assert.equal(await status(stranger, path), 404);
    const own = await one.to(work());
    await own.getByRole('link', { name: 'See version 1 of the certificate' }).click();
    await own.getByText('Only those who run the election see this version').waitFor();
    if (one === sal) await picture(own, '/certificate/unsigned');
    await one.to(work());
    if (one === sal) await picture(own, '/poll/work/sign');
    await own.getByLabel('Your name').fill(name);
    await own.getByRole('button', { name: 'Sign the certificate' }).click();
    await own.getByText(`${name}, scrutineer`).waitFor();
  }
});

journey('everybody reads the result, and why it is so', async () => {
  const { ann } = voters;
  const page = await stranger.to(election.path);
  await page.getByRole('link', { name: 'The result, and how every vote was counted' }).click();
  await page.getByRole('heading', { name: 'The result', exact: true }).waitFor();
  const main = await page.locator('main').innerText();
  const [, out] = /Nothing in the count told Eve of Leeds and Fay of Leeds apart.*it fell on (Eve|Fay) of Leeds/.exec(main);
  election.out = out;
  election.elected = ['Ann', 'Ben', 'Cat', 'Dan', out === 'Eve' ? 'Fay' : 'Eve'];
  const told = (group) => page.locator('section').filter({ has: page.getByRole('heading', { name: group, level: 2 }) });
  const elected = (group) => told(group).locator('ol.elected > li').allInnerTexts();
  assert.deepEqual(await elected('5 seats, elected by ordinary members'), named(...election.elected));
  assert.deepEqual(await elected('2 seats, elected by operators'), named('Hal', 'Ida'));
  await told('2 seats, elected by contributors').getByText('Elected without a vote').getByText('Lea of Leeds and Max of Leeds').waitFor();
  await page.getByRole('heading', { name: `Why was ${out} of Leeds not elected?` }).waitFor();
  await page.getByRole('heading', { name: 'Why was Joe of Leeds not elected?' }).waitFor();
  await told('5 seats, elected by ordinary members').getByText('1 ballot: more than one figure 1').waitFor();
  await told('5 seats, elected by ordinary members').getByText('1 ballot: something on it tells whose it is').waitFor();
  await picture(page, '/result');
  await picture(await ann.to(result()), '/result/phone');
  await ann.letter('The result: Board election', (mail) => mail.includes('You are elected'));
  await voters[out.toLowerCase()].letter('The result: Board election', (mail) => mail.includes('You are not elected'));
});

journey('anybody has the certificate on paper and as a file, and can count again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'folkmoot-election-'));
  try {
    const page = await stranger.to(result());
    await page.getByRole('link', { name: 'See the certificate' }).click();
    await page.getByRole('heading', { name: 'Certificate of an election' }).waitFor();
    await picture(page, '/certificate');
    const load = async (name) => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
      await file.saveAs(join(folder, file.suggestedFilename()));
      return join(folder, file.suggestedFilename());
    };
    await load('As a paper (PDF)');
    const certificate = await load('As a signed file (JSON)');
    assert.match(await verify(certificate), /not counted again/);

    // classes are small here: only those who handle the papers get them
    const files = [];
    for (const group of ['ordinary', 'operator']) {
      assert.equal(await status(stranger, `${election.path}/papers/${group}`), 404);
      files.push(join(folder, `${group}.blt`));
      await writeFile(files.at(-1), await staff.ro.read(`${election.path}/papers/${group}`));
    }
    const said = await verify(certificate, ...files);
    assert.match(said, /counted again from 7 papers: the same result/);
    assert.match(said, /counted again from 4 papers: the same result/);
    assert.match(said, new RegExp(`ordinary: 5 of 5 seats: ${named(...election.elected).join(', ')}`));
  } finally {
    await rm(folder, { recursive: true });
  }
});

journey('a voter challenges the result, and the board answers', async () => {
  const { kit } = voters;
  const page = await kit.to(result());
  await page.locator('summary', { hasText: 'Challenge the result' }).click();
  await page.getByRole('button', { name: 'Challenge', exact: true }).click();
  await wrong(kit, 'Say why', '/result/challenge');
  await page.getByLabel('What is wrong?').fill('The envelopes lay in an open room for a night.');
  await page.getByRole('button', { name: 'Challenge', exact: true }).click();
  await page.getByText('We have your challenge.').waitFor();

  const desk = await staff.sue.to(result());
  const settle = desk.locator('details').filter({ hasText: 'Record the board’s decision' });
  await settle.locator('summary').click();
  await settle.getByRole('button', { name: 'Record the board’s decision' }).click();
  await wrong(staff.sue, 'Choose how the board decided', '/result/settle');
  await settle.getByRole('radio', { name: 'It is dismissed' }).check();
  await settle.getByLabel('The board’s reasons').fill('The room was locked, and both scrutineers had sealed the box.');
  await settle.getByLabel('Minute of the board').fill('item 7');
  await settle.getByRole('button', { name: 'Record the board’s decision' }).click();
  await desk.getByText('The board’s decision is recorded').waitFor();

  const open = await stranger.to(result());
  await open.getByText('The room was locked').waitFor();
  assert.ok(!(await open.locator('main').innerText()).includes(kit.legal));
  await picture(open, '/result/challenged');
});

journey('those who were elected sit on the board', async () => {
  const said = await stranger.read(result());
  const begin = new Date(`${election.dates.terms_begin}T00:00Z`).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  assert.ok(said.includes(`Terms begin on ${begin}`), begin);
  await picture(await stranger.to('/board'), '/board/vacant');
  await itIs(later(election.dates.terms_begin, { minutes: 60 }));
  await untilSaid(stranger, '/board', /Sits from/);
  const page = await stranger.to('/board');
  assert.deepEqual(await sitting(page), [named(...election.elected), named('Hal', 'Ida'), named('Lea', 'Max')]);
  assert.doesNotMatch(await page.locator('main').innerText(), /vacant/);
  await picture(page, '/board');
  await page.getByRole('link', { name: 'How they were elected' }).first().click();
  await page.waitForURL(`**${result()}`);
  await page.getByText('have taken their seats').waitFor();
});

journey('one leaves the board, and another is co-opted', async () => {
  await itIs(later(election.dates.terms_begin, { days: 20, minutes: 9 * 60 }));
  const { sue } = staff;
  const page = await sue.to('/board');
  const dan = page.getByRole('article').filter({ has: page.getByRole('heading', { name: 'Dan of Leeds' }) });
  await dan.locator('summary').click();
  await dan.getByRole('button', { name: 'End the seat' }).click();
  await wrong(sue, 'Say why', '/board/leave');
  await dan.getByLabel('Why').fill('He moves abroad.');
  const today = await dan.getByLabel('Last day').inputValue();
  await dan.getByLabel('Last day').fill(later(today, { days: -1 }).slice(0, 10));
  await dan.getByRole('button', { name: 'End the seat' }).click();
  await page.getByText('1 seat is vacant').waitFor();

  await page.locator('summary', { hasText: 'Co-opt somebody' }).click();
  await page.getByRole('radio', { name: 'A seat of: Ordinary members' }).check();
  await page.getByLabel('Member’s reference').fill(voters.gus.reference);
  await page.getByRole('button', { name: 'Record the co-option' }).click();
  await wrong(sue, 'Enter the name', '/board/co-opt');
  await page.getByLabel('Name on the board').fill('Gus of Leeds');
  await page.getByLabel('Interests to declare').fill('None.');
  await page.getByLabel('Minute of the board').fill('item 12');
  await page.getByRole('button', { name: 'Record the co-option' }).click();
  await page.getByText('Their seat is recorded.').waitFor();

  const open = await stranger.to('/board');
  await open.getByText('Co-opted by the board: item 12').waitFor();
  assert.deepEqual(await sitting(open), [named(...election.elected.map((name) => (name === 'Dan' ? 'Gus' : name))), named('Hal', 'Ida'), named('Lea', 'Max')]);
  await open.getByRole('heading', { name: 'Who sat before' }).waitFor();
  await picture(open, '/board/after');
});

journey('nobody’s browser complained', async () => {
  for (const one of [...everybody(), stranger]) one.fine();
});
