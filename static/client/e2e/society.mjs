// What a society does in a browser, for its journeys: people join and hold offices, and time passes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { picture } from './shots.mjs';

// appoint gives somebody an office as the operator does: by the command line, on the server's own data.
export async function appoint(role, address) {
  const [program, ...data] = JSON.parse(process.env.FOLKMOOT);
  await promisify(execFile)(program, ['officers', 'appoint', '--address', address, '--role', role, '--why', 'the first meeting', ...data]);
}

// verify has the program check a certificate's file, and count again from files of papers, as anybody may. What it says.
export async function verify(...files) {
  const [program] = JSON.parse(process.env.FOLKMOOT);
  const { stdout } = await promisify(execFile)(program, ['certificate', ...files]);
  return stdout;
}

// audit has the program verify an election from its public files, as anybody may. What it says.
export async function audit(path) {
  const [program] = JSON.parse(process.env.FOLKMOOT);
  const { stdout } = await promisify(execFile)(program, ['audit', process.env.BASE_URL + path]);
  return stdout;
}

// until loads a page again until its main part says so: jobs and webhooks take their time.
export async function until(page, path, sentence) {
  for (let i = 0; i < 80; i++) {
    await page.goto(path);
    if (sentence.test(await page.locator('main').innerText())) return;
    await page.waitForTimeout(250);
  }
  assert.match(await page.locator('main').innerText(), sentence);
}

// untilSaid is until for somebody who needs no page.
export async function untilSaid(one, path, sentence) {
  for (let i = 0; i < 80; i++) {
    if (sentence.test(await one.read(path))) return;
    await new Promise((r) => setTimeout(r, 250));
  }
  assert.fail(`${path} does not tell ${one.name}: ${sentence}`);
}

// apply has somebody apply for an entry in the register and pay what is due, by forms alone: dues and the share with them, or the share.
export async function apply(one, { dues }) {
  const checkout = await one.post('/join', {
    legal_name: one.legal, postal: `${one.name} House\nLeeds`, postcode: 'LS1 4AP', age: '34', email: one.address,
    amount: dues ? 'standard' : 'nothing', interval: 'monthly', provider: 'stripe',
  });
  await one.post(dues ? checkout : await one.post('/membership/share'), { do: 'works' });
}

// entries are the addresses of the entries in the register that an officer sees on a page, by the name of whom each is.
export async function entries(page) {
  const links = await page.locator('a[href^="/register/entry/"]').evaluateAll((all) => all.map((a) => [a.textContent.trim(), a.getAttribute('href')]));
  return Object.fromEntries(links);
}

// moveTo moves the clock of the society, to a moment in London like "2027-01-12T17:00".
export async function moveTo(page, local) {
  await page.goto('/practice/clock');
  await page.getByLabel('Move to').fill(local);
  const said = page.getByRole('status').filter({ hasText: /Moved\.|to go on/ });
  do {
    await Promise.all([page.waitForNavigation({ timeout: 120_000 }), page.getByRole('button', { name: 'Move the clock' }).click()]);
    await said.waitFor();
  } while (/to go on/.test(await said.innerText())); // it came a part of the way: the machine is busy
}

// here is what time it is for the society, in London.
export async function here(page) {
  await page.goto('/practice/clock');
  return page.getByLabel('Move to').inputValue();
}

// later is a moment some time after another.
export function later(local, { days = 0, minutes = 0 }) {
  const at = new Date(`${local.length > 10 ? local : `${local}T00:00`}Z`);
  at.setUTCDate(at.getUTCDate() + days);
  at.setUTCMinutes(at.getUTCMinutes() + minutes);
  return at.toISOString().slice(0, 16);
}

// timetable reads the dates on the form by which an election is called: days, and moments in London.
export async function timetable(page) {
  const fields = ['notice', 'nominations_open', 'nominations_close', 'record', 'objections_close', 'hustings_open', 'hustings_close', 'poll_opens', 'poll_closes', 'count_on', 'terms_begin'];
  return Object.fromEntries(await Promise.all(fields.map(async (f) => [f, await page.locator(`#${f}`).inputValue()])));
}

// named are candidates as papers and the board have them.
export const named = (...names) => names.map((name) => `${name} of Leeds`);

// paper is what a candidate says for themself.
export const paper = (name) => ({
  paper_name: `${name} of Leeds`,
  statement: `I have been here from the start.\n\nI want a board that answers letters, publishes what it decides, and does not spend what it does not have. Ask me anything.\n${name}`,
  interests: 'None.',
});

// seconds has somebody support candidates, by the forms of the page of candidates.
export async function seconds(one, candidates, ...names) {
  const said = await one.read(candidates);
  for (const name of names) {
    const form = new RegExp(`action="([^"]+/second)"[^>]*><button[^>]*>Second ${name} of Leeds<`).exec(said);
    assert.ok(form, `${one.name} may not second ${name}`);
    await one.post(form[1]);
  }
}

// sitting is who sits on the board, by class.
export async function sitting(page) {
  const all = page.locator('section').filter({ has: page.getByRole('heading', { name: /^\d seats? of/ }) });
  return Promise.all((await all.all()).map((group) => group.getByRole('heading', { level: 3 }).allInnerTexts()));
}

// status is that of a page.
export const status = async (one, path) => (await one.context.request.get(path)).status();

// refused posts a form that is answered with what is wrong.
export async function refused(one, path, form, said) {
  const answer = await one.context.request.post(path, { form });
  assert.equal(answer.status(), 422, path);
  assert.ok((await answer.text()).includes(said), said);
}

// wrong waits for what a page says is wrong, which has the focus, and takes a picture of it.
export async function wrong(one, said, name) {
  await one.page.locator('.summary:focus').getByText(said).waitFor();
  await picture(one.page, name);
  forgive(one);
}

// forgive takes out what the browser says of a page that is meant to be refused.
export function forgive(one) {
  one.complaints = one.complaints.filter((c) => !/422/.test(c));
}
