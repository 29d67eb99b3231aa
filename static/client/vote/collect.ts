// Collects the two signatures that make a voter key valid: by itself, at a random moment before the poll opens, so that
// being signed for tells nothing of when one votes.

import { Wrong, ask, finish, makeVoterKey } from './ballot.ts';
import { Refused, asks, found } from './ask.ts';
import { sha256, toHex, utf8 } from './bytes.ts';
import { Keep, type Recovery, type Vote } from './keep.ts';
import { manifestText, readManifest } from './manifest.ts';
import { letters, lock, makeCode, unlock } from './recovery.ts';

// Poll is what the page says of a contest that a key is to be collected for.
export interface Poll {
  contest: string;
  election: string;
  member: string;
  class: string;
  manifest: string; // address
  signer: string; // address
  opens: number;
}

// The scrutineers come first: with a wrong code the society has signed nothing, either.
const sides = ['scrutineers', 'society'] as const;

// begin makes the voter key and both questions, and keeps them. Nobody is asked yet. Called again, it keeps the newer code.
export async function begin(keep: Keep, poll: Poll, code: string, now: number): Promise<Vote> {
  const known = (await keep.vote(poll.contest)) ?? (await keep.first(await fresh(poll)));
  if (ready(known)) return known;
  return keep.change(poll.contest, ({ refused: _, ...v }) => ({ ...v, code: letters(code), at: v.at ?? moment(now, poll.opens) }));
}

async function fresh(poll: Poll): Promise<Vote> {
  const text = await manifestText(poll.manifest);
  const { online } = await readManifest(poll.contest, text);
  const key = await makeVoterKey(poll.contest);
  const asked = { society: await ask(key, online.society), scrutineers: await ask(key, online.scrutineers) };
  const { contest, election, member, class: of, signer } = poll;
  return { contest, election, member, class: of, manifest: text, signer, key, asked, marks: {} };
}

// moment is one between now and the opening, each as likely as the other.
export function moment(now: number, opens: number): number {
  const part = crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
  return Math.max(now, Math.floor(now + part * (opens - now)));
}

export const ready = (v: Vote): boolean => v.marks.society !== undefined && v.marks.scrutineers !== undefined;

export const due = (v: Vote, now: number): boolean => !ready(v) && !!v.code && v.at !== undefined && v.at <= now;

// collect asks the signers that have not answered yet, always the same question, and keeps each answer as it comes. What
// goes wrong is kept for the page to tell, and thrown.
export async function collect(keep: Keep, vote: Vote): Promise<Vote> {
  try {
    let v = vote;
    for (const side of sides) {
      if (v.marks[side]) continue;
      const { signature } = await answerOf(v, side);
      const mark = await finish(v.asked[side], signature);
      v = await keep.change(v.contest, ({ refused: _, ...now }) => ({ ...now, marks: { ...now.marks, [side]: mark } }));
    }
    return v;
  } catch (e) {
    const refused = e instanceof Refused || e instanceof Wrong ? e.kind : 'unreachable';
    await keep.change(vote.contest, (v) => ({ ...v, refused }));
    throw e;
  }
}

function answerOf(v: Vote, side: (typeof sides)[number]): Promise<{ signature: string }> {
  const question = { contest: v.contest, blinded: v.asked[side].blinded };
  if (side === 'society') return asks(`/elections/${v.election}/vote/${v.class}/sign`, question);
  return asks(`${v.signer}/sign`, { ...question, member: v.member, code: v.code });
}

// collectDue collects whatever has become due, quietly: pages that a member opens anyway call it. What goes wrong is told
// on the page of the vote. The account must be the one that is signed in: the society signs in its name. now is by the
// server's clock.
export async function collectDue(account: string, now: number): Promise<void> {
  const keep = await Keep.open(account);
  try {
    for (const v of await keep.votes()) {
      if (!due(v, now)) continue;
      await collect(keep, v).then(
        () => save(keep, v.election),
        () => undefined,
      );
    }
  } finally {
    keep.close();
  }
}

// recoverable makes the code by which another device can have this election's votes, and hands their ciphertext in.
export async function recoverable(keep: Keep, election: string): Promise<Recovery> {
  const known = await keep.recovery(election);
  if (!known) await keep.recover({ election, code: makeCode() });
  await save(keep, election);
  return (await keep.recovery(election))!;
}

// save hands the ciphertext in when there is something new for another device. The code stays here. The society knows who
// hands it in, and when; so nothing is handed in once a ballot was made, or for its sake: that would join the two.
export async function save(keep: Keep, election: string): Promise<void> {
  const recovery = await keep.recovery(election);
  const votes = await keep.votes(election);
  if (!recovery || votes.some((v) => v.sending || v.cast)) return;
  const saved = await digest(votes);
  if (recovery.saved === saved) return;
  const ciphertext = await lock(recovery.code, election, votes.map(carried));
  await asks(`/elections/${election}/vote/recovery`, { ciphertext }, 'PUT');
  await keep.recover({ ...(await keep.recovery(election))!, saved });
}

// carried is what another device needs of a vote. Casting changes nothing of it: how often was cast, the box says.
const carried = ({ contest, election, member, class: of, manifest, signer, key, asked, marks, code, at }: Vote): Vote => ({
  ...{ contest, election, member, class: of, manifest, signer, key, asked, marks },
  ...(code === undefined ? {} : { code }),
  ...(at === undefined ? {} : { at }),
});

const digest = async (votes: Vote[]): Promise<string> => toHex(await sha256(utf8(JSON.stringify(votes.map(carried)))));

// stored is what another device handed in, or null.
export async function stored(election: string): Promise<string | null> {
  return (await found(asks<{ ciphertext: string }>(`/elections/${election}/vote/recovery`)))?.ciphertext ?? null;
}

// restore opens what another device handed in, and keeps it here. BadCode for the wrong code.
export async function restore(keep: Keep, election: string, ciphertext: string, code: string): Promise<void> {
  const votes = (await unlock(code, election, ciphertext)) as Vote[];
  await keep.restore(votes.map(carried), { election, code: letters(code), written: true, saved: await digest(votes) });
}
