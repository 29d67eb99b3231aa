// Journeys of what the service holds about people and how that is changed, in Chromium, with a clock that is moved, against the server at BASE_URL.
// app/browser_test.go starts it and runs this.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint, apply, entries, forgive, here, later, moveTo, refused, status, until, wrong } from './society.mjs';

const run = Date.now().toString(36);

let browser, secretary, steward, nia, owen, pat, failed;
let ordinary, major, urgent;

function journey(name, go) {
  test(name, { timeout: 300_000 }, async () => {
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

async function comes(name) {
  const one = await Someone.enrol(browser, name, `${name.toLowerCase()}.${run}@example.org`);
  one.legal = `${name} ${run} of Leeds`;
  return one;
}

const notice = (title, more = {}) => ({
  change_title: title, was: 'Mailboxes are kept for 45 days.', becomes: 'Mailboxes are kept for 30 days.', change_why: 'What is not there cannot leak.',
  risk: 'Whoever is away for more than a month misses messages.', weight: 'ordinary', speed: 'later', ...more,
});

// published drafts a change as the secretary and publishes it as the steward, by forms alone. Its address.
async function published(title, more) {
  const at = new URL(await secretary.post('/privacy/changes/new', notice(title, more))).pathname;
  await steward.act(at, 'publish');
  return at;
}

const decides = (at, decision) => secretary.post(`${at}/decide`, { decision, board_changes: 'Not in August.', board_reasons: 'Members see it so.', minute: 'item 4' });

journey('a society of a few', async () => {
  secretary = await comes('Sue');
  steward = await comes('Stan');
  await appoint('secretary', secretary.address);
  await appoint('steward', steward.address);
  nia = await comes('Nia');
  owen = await comes('Owen');
  pat = await comes('Pat');
  await apply(nia, { dues: true });
  await apply(owen, { dues: true });
  await apply(pat, { dues: false });
  const page = await secretary.to('/register');
  for (const [name, entry] of Object.entries(await entries(page))) {
    if ([nia, owen, pat].some((one) => one.legal === name)) await secretary.post(`${entry}/admit`, { admit_why: 'welcome' });
  }
  await secretary.to('/register/members');
  const entry = (await entries(secretary.page))[pat.legal];
  const today = (await here(secretary.page)).slice(0, 10);
  await secretary.post(`${entry}/operator`, { operator_name: 'Pat', operator_runs: 'the mail relay', operator_since: today, operator_why: 'runs it well' });
  const waits = /action="(\/register\/operators\/[^"]+\/confirm)"/.exec(await steward.read('/register/operators'));
  await steward.post(waits[1]);
});

journey('anybody reads what is kept about people', async () => {
  const stranger = await Someone.appear(browser, 'Nobody', '', {});
  const page = await stranger.to('/privacy');
  await page.getByRole('heading', { name: 'What we keep about you' }).waitFor();
  await page.locator('#kept-mailbox').getByText('45 days').waitFor();
  await page.locator('#kept-address summary').click();
  await page.locator('#kept-address').getByText('Database: addresses.value').waitFor();
  // All kinds are made alike, and axe takes a minute for all: it looks at two of each group.
  await page.evaluate(() => document.querySelectorAll('main section > section:nth-of-type(n + 3)').forEach((kind) => kind.remove()));
  await picture(page, '/privacy');
  const { version, kinds } = JSON.parse(await stranger.read('/privacy.json'));
  assert.match(version, /^[0-9a-f]{64}$/);
  assert.ok(kinds.some((k) => k.id === 'address' && k.places[0].parts.includes('typed')));
  await page.getByText(`version ${version.slice(0, 12)}`).waitFor();
  await page.getByRole('link', { name: 'How this is changed' }).click();
  await page.getByText('nothing is being changed').waitFor();
  await picture(page, '/privacy/changes/none');
  stranger.fine();
});

journey('a change from its notice to what members say', async () => {
  const page = await secretary.to('/privacy/changes');
  await page.getByRole('link', { name: 'Draft a change' }).click();
  await page.getByLabel('What changes, in a few words').fill('Keep mailboxes for 30 days');
  await page.getByRole('button', { name: 'Save the draft' }).click();
  await wrong(secretary, 'Say in plain words how it is now', '/privacy/changes/new/wrong');
  for (const [label, words] of [['How it is now', 'For 45 days.'], ['How it will be', 'For 30 days.'], ['Why', 'Less can leak.'], ['What could go wrong', 'Long holidays.']]) {
    await page.getByLabel(label, { exact: label === 'Why' }).first().fill(words);
  }
  await page.getByRole('button', { name: 'Save the draft' }).click();
  await page.getByText('Somebody else has to publish it').waitFor();
  ordinary = new URL(page.url()).pathname;
  assert.equal(await page.getByRole('button', { name: 'Publish it' }).count(), 0);
  await refused(secretary, `${ordinary}/publish`, {}, 'Somebody else must publish');
  assert.equal(await status(nia, ordinary), 404);
  await picture(page, '/privacy/changes/draft');

  const second = await steward.to(ordinary);
  await second.getByRole('button', { name: 'Publish it' }).click();
  await second.getByText('Members are being told').waitFor();

  const member = await nia.to('/chat');
  await nia.ready();
  await nia.open('Folkmoot');
  await member.locator('article .text', { hasText: 'What we keep about you may change: Keep mailboxes for 30 days' }).waitFor();
  await nia.to('/privacy/changes');
  await member.getByText('you have said nothing yet').waitFor();
  await picture(member, '/privacy/changes');
  await nia.to(ordinary);
  await member.locator('summary', { hasText: 'Comment' }).click();
  await member.getByLabel('Your comment').fill(' ');
  await member.getByRole('button', { name: 'Comment without your name' }).click();
  await wrong(nia, 'Write something', '/privacy/changes/comment/wrong');
  await member.getByLabel('Your comment').fill('I am on a boat in July, for five weeks.');
  await member.getByRole('button', { name: 'Comment without your name' }).click();
  await member.getByText('Your comment is there, without your name').waitFor();

  const other = await owen.to(ordinary);
  assert.equal((await other.content()).includes('Nia'), false);
  await other.getByRole('button', { name: 'Agree with comment 1' }).first().click();
  await other.getByRole('button', { name: 'Agree with comment 1', pressed: true }).waitFor();
  await owen.post(`${ordinary}/comments`, { remark: 'Owen lives in Mill Lane.' });
  await owen.to(ordinary);
  await picture(other, '/privacy/changes/open');
  const boat = /action="([^"]+\/comments\/[^"]+)\/answer"/.exec(await pat.read(ordinary))[1];
  await pat.post(`${boat}/answer`, { stand: 'disagree' });
  await refused(nia, `${boat}/answer`, { stand: 'agree' }, 'Nobody answers their own comment');
  await refused(secretary, `${ordinary}/comments`, { remark: 'Hm.' }, 'Only members');

  await steward.to(ordinary);
  await second.locator('#comment-2 summary').click();
  await second.locator('#comment-2').getByLabel('Why').fill('It tells where somebody lives.');
  await second.locator('#comment-2').getByRole('button', { name: 'Take it down' }).click();
  await second.getByText('by a steward: It tells where somebody lives.').waitFor();
  assert.equal((await pat.read(ordinary)).includes('Mill Lane'), false);
});

journey('a major change and an emergency are published', async () => {
  major = await published('Keep who voted when', { weight: 'major' });
  urgent = await published('Keep crash reports', { speed: 'emergency', urgency: 'The server falls over every night.' });
  const page = await nia.to(urgent);
  await page.getByText('in force as an emergency').waitFor();
  await picture(page, '/privacy/changes/emergency');
});

journey('the board decides when the days are over', async () => {
  await refused(secretary, `${ordinary}/decide`, { decision: 'adopted', board_reasons: 'Yes.', minute: '4' }, 'Members still have days');
  const today = (await here(await secretary.to('/privacy'))).slice(0, 10);
  await moveTo(secretary.page, later(`${today}T09:00`, { days: 29 }));
  await refused(nia, `${ordinary}/comments`, { remark: 'Late.' }, 'The days for comments are over');
  const page = await secretary.to(ordinary);
  await page.getByText('Too few members said the same').waitFor(); // fewer than ten answered
  await page.locator('summary', { hasText: 'Record the board’s decision' }).click();
  await page.getByRole('button', { name: 'Record the board’s decision' }).click();
  await wrong(secretary, 'Choose what the board decided', '/privacy/changes/decide/wrong');
  await page.getByLabel('Adopted with changes', { exact: true }).check();
  await page.getByLabel('What the board changed').fill('Sixty days for whoever says that they are away.');
  await page.getByLabel('The board’s reasons').fill('Members see it so, but for those on boats.');
  await page.locator('#minute').fill('item 4');
  await page.getByRole('button', { name: 'Record the board’s decision' }).click();
  await page.getByText('Adopted with changes on').waitFor();
  await page.getByText('In force since').waitFor();
  await picture(page, '/privacy/changes/decided');
  await decides(major, 'adopted');
  await nia.to(major);
  await nia.page.getByText('It waits for the members’ vote').waitFor();
  await picture(nia.page, '/privacy/changes/awaiting-vote');
});

journey('an emergency that nobody ratifies ends by itself', async () => {
  const page = await nia.to(urgent);
  await page.getByText('It ends by itself then unless').waitFor();
  const now = await here(await secretary.to('/privacy'));
  await moveTo(secretary.page, later(`${now.slice(0, 10)}T09:00`, { days: 28 }));
  await until(page, urgent, /nobody ratified it in time/);
  await refused(secretary, `${urgent}/decide`, { decision: 'adopted', board_reasons: 'Yes.', minute: '4' }, 'has ended');
  await picture(page, '/privacy/changes/expired');
  for (const one of [secretary, steward, nia, owen]) {
    forgive(one);
    one.fine();
  }
});
