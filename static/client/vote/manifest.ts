// What was fixed before anybody voted: the manifest. Its hash is the contest, so whoever changes it has another contest.

import { Refused } from './ask.ts';
import { sha256, toHex, utf8 } from './bytes.ts';

export interface Candidate {
  number: number;
  name: string;
  re_open_nominations?: boolean;
}

export interface Manifest {
  election: string;
  class: string;
  seats: number;
  motion?: string; // what is voted on, where no seats are filled
  candidates: Candidate[];
  poll_opens: string;
  poll_closes: string;
  online: { society: string; scrutineers: string; opening: string[]; box: string; log: string };
}

// readManifest refuses a text that is not the one that the contest is named for.
export async function readManifest(contest: string, text: string): Promise<Manifest> {
  if (toHex(await sha256(utf8(text))) !== contest) throw new Error('the manifest is not the one of this contest');
  const m = JSON.parse(text) as Manifest;
  if (m.online?.opening?.length !== 3) throw new Error('the manifest has no ballots online');
  return m;
}

// manifestText is the file, byte for byte: its hash is checked.
export async function manifestText(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
  if (!answer?.ok) throw new Refused('unreachable', answer?.status ?? 0, 'the manifest cannot be read');
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await answer.arrayBuffer());
}
