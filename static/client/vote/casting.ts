// Casting: a sealed ballot to the ballot host, its receipt back, and the proof that it is in the public log.

import { MOST_CASTS, Wrong, cast, checkReceipt, entry, keyHash, makeBallot, seal, type Cast, type Receipt } from './ballot.ts';
import { asks, found, Refused } from './ask.ts';
import type { Keep, Vote } from './keep.ts';
import { checkInclusion, type Proof } from './log.ts';
import { readManifest } from './manifest.ts';

// Boxed is what the ballot host says of a voter's key.
export interface Boxed {
  sequence: number;
  receipt: Receipt;
  entry: string;
  index: number | null;
}

export const boxed = async (v: Vote, ballots: string): Promise<Boxed | null> =>
  found(asks<Boxed>(`${ballots}/contests/${v.contest}/casts/${await keyHash(v.key)}`));

// castBallot casts one more ballot with this key. It is kept before it is sent, so that a page that dies in between sends
// the same one again and never a second with its number.
export async function castBallot(keep: Keep, vote: Vote, ballots: string, preferences: number[]): Promise<Vote> {
  const { society, scrutineers } = vote.marks;
  if (!society || !scrutineers) throw new Error('the key is not signed');
  const { online } = await readManifest(vote.contest, vote.manifest);
  const before = Math.max(vote.cast?.statement.sequence ?? 0, (await boxed(vote, ballots))?.sequence ?? 0);
  if (before >= MOST_CASTS) throw new Refused('too_many', 0, 'this key has cast as often as it can');
  const ballot = await makeBallot(vote.key, preferences);
  const sealed = await seal(vote.contest, ballot, online.opening);
  const sending = await cast(vote.key, { society, scrutineers }, before + 1, ballot, sealed);
  return send(keep, await keep.change(vote.contest, (v) => ({ ...v, sending })), ballots);
}

// send sends what was made, and keeps the receipt once it is found good. A box that has a later one already is told of.
export async function send(keep: Keep, vote: Vote, ballots: string): Promise<Vote> {
  const made = vote.sending!;
  const { online } = await readManifest(vote.contest, vote.manifest);
  let said: { receipt: Receipt; entry: string };
  try {
    said = await asks(`${ballots}/cast`, made);
  } catch (e) {
    if (e instanceof Refused && lastWord(e)) await drop(keep, made);
    throw e;
  }
  await checkReceipt(said.receipt, made, online.box);
  return took(keep, made, said.receipt);
}

const lastWords = new Set(['closed', 'not_open', 'not_signed', 'forged', 'replayed', 'other_contest', 'odd_size', 'too_many', 'skipped']);

// lastWord is true when the box surely did not take a cast. Silence, "busy" and whatever broke there are no such word: it
// may have the cast, and the same one is sent again.
function lastWord({ kind, status }: Refused): boolean {
  if (status < 400 || status >= 500) return false;
  return lastWords.has(kind) || (kind === 'bad_request' && (status === 400 || status === 413));
}

// arrived is for a cast whose answer was lost: the box has it, and its receipt is kept now.
export async function arrived(keep: Keep, vote: Vote, box: Boxed): Promise<Vote> {
  const made = vote.sending!;
  if (box.entry !== (await entry(made))) return vote;
  await checkReceipt(box.receipt, made, (await readManifest(vote.contest, vote.manifest)).online.box);
  return took(keep, made, box.receipt);
}

async function took(keep: Keep, made: Cast, receipt: Receipt): Promise<Vote> {
  const { sealed: _, ...statement } = made;
  const tracker = await entry(statement);
  return keep.change(made.contest, ({ sending, ...v }) => ({
    ...v,
    ...(sending && sending.signature !== made.signature ? { sending } : {}),
    cast: { statement, entry: tracker, receipt },
  }));
}

async function drop(keep: Keep, made: Cast): Promise<void> {
  await keep.change(made.contest, ({ sending, ...v }) => (sending && sending.signature !== made.signature ? { ...v, sending } : v));
}

// Logged is where an entry is in the public log, checked; null while it is not there yet.
export interface Logged {
  index: number;
  size: number;
}

// logged checks the proof for an entry. That of the cast whose receipt is here is kept with it: whoever has another
// checkpoint of the log can be shown this one. Throws log_changed for a log that is no longer what it was.
export async function logged(keep: Keep, vote: Vote, ballots: string, tracker: string): Promise<Logged | null> {
  const { online } = await readManifest(vote.contest, vote.manifest);
  const proof = await found(asks<Proof>(`${ballots}/contests/${vote.contest}/proof/${tracker}`));
  const before = vote.cast?.entry === tracker ? vote.cast.proof : undefined;
  if (!proof) {
    if (before) throw new Wrong('log_changed', 'the log had this entry');
    return null;
  }
  await checkInclusion(tracker, proof, online.log);
  if (before && (proof.index !== before.index || proof.size < before.size || (proof.size === before.size && proof.root !== before.root))) {
    throw new Wrong('log_changed', 'the log is not the one that it was');
  }
  if (vote.cast?.entry === tracker) {
    await keep.change(vote.contest, (v) => (v.cast?.entry === tracker ? { ...v, cast: { ...v.cast, proof } } : v));
  }
  return { index: proof.index, size: proof.size };
}

// LATEST is how long after the close the log may lack an entry.
const LATEST = 30 * 60_000;

export type Alarm = 'box_knows_less' | 'box_has_another' | 'not_in_log';

// alarms holds what the box and the log say against the receipt that is kept here, and against the clock. What was not
// asked, or could not be checked, is undefined.
export function alarms(vote: Vote, box: Boxed | null | undefined, inLog: Logged | null | undefined, sinceClose: number): Alarm[] {
  const told: Alarm[] = [];
  const own = vote.cast;
  if (own && box !== undefined) {
    const last = own.statement.sequence;
    if (!box || box.sequence < last) told.push('box_knows_less');
    else if (box.sequence === last && box.entry !== own.entry) told.push('box_has_another');
  }
  if (inLog === null && sinceClose >= LATEST) told.push('not_in_log');
  return told;
}
