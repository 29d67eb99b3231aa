// A scrutineer's part in opening ballots, without the page: what they open, what they refuse to, and how it is handed in.

import { MOST_CASTS, Wrong, castText, entry, sealedHash, verify, type Cast } from './ballot.ts';
import { Refused, asks } from './ask.ts';
import { fromBase64, toHex } from './bytes.ts';
import { manifestText, readManifest } from './manifest.ts';
import { notOpened, open, peel, type Opening, type Unsealer } from './opening.ts';

// Work is what one scrutineer can do just now. Which pair's seal it is was decided by who has done what.
export interface Work {
  contest: string;
  manifest: string;
  number: number;
  peel: { cast: Cast; pair: number }[];
  open: { cast: Cast; pair: number; peeled: string }[];
}

export type Peeled = { entry: string; pair: number; peeled: string | null };
export type Opened = { entry: string; pair: number } & Opening;

// A request may have 64 KB. A peeled key takes less than 300 bytes and an opening of 255 preferences less than 1,300, so
// that as many as this always fit.
export const BATCH = 45;

// checkWork refuses work that is not for this key: other_manifest when the file is not the contest's, other_opening when it
// has another key in this scrutineer's place. Voters seal for the keys in the manifest; one that is not the scrutineer's
// was put there by somebody who wants to open ballots in their stead.
export async function checkWork(work: Work, own: string): Promise<void> {
  const text = await manifestText(work.manifest);
  const manifest = await readManifest(work.contest, text).catch(() => {
    throw new Wrong('other_manifest', 'the manifest is not the one of this contest');
  });
  if (manifest.online.opening[work.number] !== own) throw new Wrong('other_opening', 'the manifest has another key in this place');
}

// sound reports whether a cast is what its key signed, for this contest, with a number that a cast can have. The server
// says so, too; a scrutineer's key is not lent on its word.
async function sound(contest: string, c: Cast): Promise<boolean> {
  try {
    return (
      c.contest === contest &&
      exact(c) &&
      c.sequence <= MOST_CASTS &&
      c.sealed_sha256 === toHex(await sealedHash(c.sealed)) &&
      (await verify(c.credential.key ?? '', fromBase64(c.signature), castText(c)))
    );
  } catch {
    return false;
  }
}

// exact is false for a number that JSON cannot carry here: such a cast cannot even be named.
const exact = (c: Cast): boolean => Number.isSafeInteger(c.sequence) && c.sequence >= 1;

// named is a cast's entry, or nothing for one that cannot be named.
async function named(c: Cast): Promise<string | undefined> {
  return exact(c) ? entry(c).catch(() => undefined) : undefined;
}

// Refusals counts what a scrutineer did not open, for want of soundness.
export interface Refusals {
  unsound: number;
}

type Tell = (done: number) => Promise<void>;

export async function peelAll(key: Unsealer, contest: string, todo: Work['peel'], refused: Refusals, tell: Tell): Promise<Peeled[]> {
  const all: Peeled[] = [];
  for (const [i, { cast, pair }] of todo.entries()) {
    const name = await named(cast);
    const good = await sound(contest, cast);
    if (!good) refused.unsound++;
    if (name !== undefined) all.push({ entry: name, pair, peeled: good ? await peel(key, cast, pair).catch((e: unknown) => spoilt(e, null)) : null });
    await tell(i + 1);
  }
  return all;
}

export async function openAll(key: Unsealer, contest: string, todo: Work['open'], refused: Refusals, tell: Tell): Promise<Opened[]> {
  const all: Opened[] = [];
  for (const [i, { cast, pair, peeled }] of todo.entries()) {
    const name = await named(cast);
    const good = await sound(contest, cast);
    if (!good) refused.unsound++;
    if (name !== undefined) {
      const opened = good ? await open(key, cast, pair, peeled).catch((e: unknown) => spoilt(e, notOpened(cast))) : notOpened(cast);
      all.push({ entry: name, pair, ...opened });
    }
    await tell(i + 1);
  }
  return all;
}

// spoilt is for a ballot that this key does not open; anything else that goes wrong is no verdict on a ballot.
function spoilt<T>(e: unknown, verdict: T): T {
  if (e instanceof Wrong && (e.kind === 'not_opened' || e.kind === 'not_committed')) return verdict;
  throw e;
}

// handIn hands all in, and gives the entries of what the server would not take. A batch that it refuses for what is in it is
// halved, so that one piece does not stop the others. Without an answer nothing more is tried.
export async function handIn(url: string, name: string, all: { entry: string }[], tell: Tell): Promise<string[]> {
  const refused: string[] = [];
  for (let i = 0; i < all.length; i += BATCH) {
    refused.push(...(await handOver(url, name, all.slice(i, i + BATCH))));
    await tell(Math.min(all.length, i + BATCH));
  }
  return refused;
}

async function handOver(url: string, name: string, some: { entry: string }[]): Promise<string[]> {
  try {
    await asks(url, { [name]: some });
    return [];
  } catch (e) {
    if (!(e instanceof Refused) || e.status === 0) throw e;
    const half = Math.ceil(some.length / 2);
    if (some.length === 1 || ![400, 409, 422].includes(e.status)) return some.map((s) => s.entry);
    return [...(await handOver(url, name, some.slice(0, half))), ...(await handOver(url, name, some.slice(half)))];
  }
}
