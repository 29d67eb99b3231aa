// What voters, scrutineers and the returning officer do in a ballot online, for its journeys. Paths are those of one election.

import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { picture } from './shots.mjs';
import { untilSaid } from './society.mjs';

// makesKey has a scrutineer make the key to open ballots with, and keep its file in a folder.
export async function makesKey(one, opening, folder, look) {
  const page = await one.to(opening);
  if (look) await picture(page, '/online/opening/key');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Make my key' }).click()]);
  one.key = join(folder, file.suggestedFilename());
  await file.saveAs(one.key);
  if (look) await picture(page, '/online/opening/key-made');
  await page.getByRole('button', { name: 'I have saved it. Hand in its public half.' }).click();
  await page.getByText('Your public key is handed in.').waitFor();
}

// linksSigner has a scrutineer give their signer the token that they are shown.
export async function linksSigner(one, opening, look) {
  const page = await one.to(opening);
  await page.getByRole('button', { name: 'Make a token' }).click();
  const command = await page.locator('#signer-command').innerText();
  if (look) await picture(page, '/online/signer');
  await appendFile(process.env.TOKENS, `${/--token (\S+)/.exec(command)[1]}\n`);
  await untilSaid(one, opening, /It came, and answers voters at/);
}

// mailed is the link in the newest letter of the scrutineers' signer to somebody. Their computer has a maildrop of its own.
export async function mailed(one) {
  for (let tries = 0; tries < 100; tries++) {
    const letters = (await (await fetch(`${process.env.SIGNER}/maildrop`)).json()) ?? []; // none yet
    const letter = letters.filter((l) => l.To === one.address).at(-1);
    if (letter) return /https?:\S+#code=\w+/.exec(letter.Text)[0];
    await new Promise((r) => setTimeout(r, 100));
  }
  throw new Error(`the scrutineers mailed no code to ${one.address}`);
}

// begins has a voter open the link, and write the recovery code down.
export async function begins(one, look) {
  const page = await one.to(await mailed(one));
  one.recovery = await page.locator('.shown-code').innerText();
  await page.getByRole('heading', { name: 'Your key comes by itself' }).waitFor();
  assert.ok(!page.url().includes('code='), 'the code is out of the address bar');
  if (look) await picture(page, `/online/vote/begun-${look}`);
  await page.getByRole('button', { name: 'I have written it down' }).click();
  await page.getByText('Good. Keep it').waitFor();
}

// turnsTo opens the page of the vote while the poll is open, with a key, up to a heading.
export async function turnsTo(one, vote, heading) {
  const page = await one.to(vote);
  const collect = page.getByRole('button', { name: 'Get my key now' });
  const step = page.getByRole('heading', { name: heading });
  await collect.or(step).waitFor();
  if (await collect.isVisible()) await collect.click();
  await step.waitFor();
  return page;
}

// casts presses the button, and sees that nothing is asked of the society, which knows who asks.
export async function casts(page) {
  const society = new URL(page.url()).host;
  const asked = [];
  const hears = (r) => new URL(r.url()).host === society && asked.push(`${r.method()} ${r.url()}`);
  page.on('request', hears);
  await page.getByRole('button', { name: 'Cast this ballot' }).click();
  await page.getByText('Your ballot is in the box.').waitFor();
  page.off('request', hears);
  assert.deepEqual(asked, []);
}

// opensWhatTheyCan has a scrutineer do their part for some classes, with their key file.
export async function opensWhatTheyCan(one, opening, groups, look) {
  const page = await one.to(opening);
  for (const [i, group] of groups.entries()) {
    const desk = page.locator(`#opening-${group}`);
    await desk.getByLabel('Choose your key file').setInputFiles(one.key);
    await desk.getByRole('button', { name: 'Open what I can' }).click();
    await desk.getByText(/^Done\. /).waitFor();
    if (i === 0 && look) await picture(page, '/online/opening/part-done');
  }
  return one.to(opening);
}

// ordered are scrutineers by their numbers: the first takes outer seals off, the second opens what the first has.
export async function ordered(watching, opening) {
  for (const one of watching) one.number = JSON.parse(await (await one.to(opening)).locator('#opening-data').textContent()).number;
  return watching.toSorted((a, b) => a.number - b.number);
}

// declares has the returning officer say that all ballots are opened, and record what the beacon said.
export async function declares(ro, work) {
  await untilSaid(ro, work, /All ballots are opened/);
  const page = await ro.to(work);
  await picture(page, '/online/work/opened');
  const say = page.getByRole('button', { name: 'Declare that all are opened' });
  for (let left = await say.count(); left > 0; left--) {
    await Promise.all([page.waitForEvent('load'), say.first().click()]); // the page before says that it is recorded, too
    assert.equal(await say.count(), left - 1);
  }
  await page.getByRole('link', { name: 'See the random number, at the beacon' }).last().click();
  await page.waitForURL('**/practice/beacon/*');
  const said = await page.locator('body').innerText();
  await ro.to(work);
  await page.getByLabel('What the beacon said').fill(said);
  await page.getByRole('button', { name: 'Record what the beacon said' }).click();
  await page.getByText('It is recorded.').waitFor();
  return page;
}

// certifies makes the certificate and signs it, and has two scrutineers sign it.
export async function certifies(ro, work, scrutineers) {
  const page = await ro.to(work);
  await page.getByLabel('Your name').fill('Ro Low');
  await page.getByRole('button', { name: 'Make the certificate and sign it' }).click();
  await page.getByText('Ro Low, returning officer').waitFor();
  for (const [one, name] of scrutineers) {
    const own = await one.to(work);
    await own.getByLabel('Your name').fill(name);
    await own.getByRole('button', { name: 'Sign the certificate' }).click();
    await own.getByText(`${name}, scrutineer`).waitFor();
  }
}
