// Simulated voters, for `folkmoot seed --election`: the same ballot code as the browser's, by a protocol of lines. Built
// for Node into static/dist as simulated.js; run it with `node simulated-<hash>.mjs`.
//
// One JSON request a line comes in, one JSON answer a line goes out, in the order of the requests; "id" comes back as it
// came. Nothing is kept between requests: "state" is the voter's and is handed back unread.
//
//   {"id":1,"do":"begin","contest":hex,"society":b64 PKIX,"scrutineers":b64 PKIX}
//     -> {"id":1,"state":{…},"key":b64 public key,"blinded":{"society":b64,"scrutineers":b64}}
//   {"id":2,"do":"finish","state":{…},"answers":{"society":b64,"scrutineers":b64}}
//     -> {"id":2,"state":{…},"credential":Credential}
//   {"id":3,"do":"cast","state":{…},"preferences":[2,1],"sequence":1,"opening":[b64 X25519 ×3]}
//     -> {"id":3,"cast":Cast,"entry":hex}
//   {"id":4,"do":"tender","contest":hex,"preferences":[2,1],"opening":[b64 X25519 ×3]}
//     -> {"id":4,"commitment":hex,"sealed":Sealed}
//   {"id":4,"do":"check","cast":Cast,"receipt":Receipt,"box":b64 Ed25519}
//     -> {"id":4,"ok":true}
//   {"id":5,"do":"included","entry":hex,"proof":Proof,"log":"note verifier key"}
//     -> {"id":5,"ok":true}
//   {"id":6,"do":"scrutineer"}
//     -> {"id":6,"key":{"private":b64,"public":b64}}
//   {"id":7,"do":"peel","key":{…},"cast":Cast,"pair":n}
//     -> {"id":7,"peeled":b64}
//   {"id":8,"do":"open","key":{…},"cast":Cast,"pair":n,"peeled":b64}
//     -> {"id":8,"opening":Opening}
//
// What cannot be done is answered with {"id":…,"error":"sentence","kind":"word"}, and the next line is read.

import { createInterface } from 'node:readline';
import {
  Wrong,
  ask,
  cast,
  checkReceipt,
  entry,
  finish,
  makeBallot,
  makeVoterKey,
  seal,
  tender,
  type Asked,
  type Cast,
  type Mark,
  type Receipt,
  type VoterKey,
} from './ballot.ts';
import { checkInclusion, type Proof } from './log.ts';
import { makeScrutineerKey, open, peel, unsealer, type ScrutineerKey } from './opening.ts';

interface State {
  key: VoterKey;
  society: Asked;
  scrutineers: Asked;
  marks?: { society: Mark; scrutineers: Mark };
}

interface Signers<T> {
  society: T;
  scrutineers: T;
}

type Request =
  | ({ do: 'begin'; contest: string } & Signers<string>)
  | { do: 'finish'; state: State; answers: Signers<string> }
  | { do: 'cast'; state: State; preferences: number[]; sequence: number; opening: string[] }
  | { do: 'tender'; contest: string; preferences: number[]; opening: string[] }
  | { do: 'check'; cast: Cast; receipt: Receipt; box: string }
  | { do: 'included'; entry: string; proof: Proof; log: string }
  | { do: 'scrutineer' }
  | { do: 'peel'; key: ScrutineerKey; cast: Cast; pair: number }
  | { do: 'open'; key: ScrutineerKey; cast: Cast; pair: number; peeled: string };

async function answer(r: Request): Promise<object> {
  switch (r.do) {
    case 'begin': {
      const key = await makeVoterKey(r.contest);
      const state: State = { key, society: await ask(key, r.society), scrutineers: await ask(key, r.scrutineers) };
      return { state, key: key.public, blinded: { society: state.society.blinded, scrutineers: state.scrutineers.blinded } };
    }
    case 'finish': {
      const { key, society, scrutineers } = r.state;
      const marks = {
        society: await finish(society, r.answers.society),
        scrutineers: await finish(scrutineers, r.answers.scrutineers),
      };
      return { state: { ...r.state, marks }, credential: { key: key.public, ...marks } };
    }
    case 'cast': {
      const { key, marks } = r.state;
      if (!marks) throw new Wrong('not_signed', 'finish first');
      const ballot = await makeBallot(key, r.preferences);
      const made = await cast(key, marks, r.sequence, ballot, await seal(key.contest, ballot, r.opening));
      return { cast: made, entry: await entry(made) };
    }
    case 'tender':
      return tender(r.contest, r.opening, r.preferences);
    case 'check':
      await checkReceipt(r.receipt, r.cast, r.box);
      return { ok: true };
    case 'included':
      await checkInclusion(r.entry, r.proof, r.log);
      return { ok: true };
    case 'scrutineer':
      return { key: await makeScrutineerKey() };
    case 'peel':
      return { peeled: await peel(await unsealer(r.key), r.cast, r.pair) };
    case 'open':
      return { opening: await open(await unsealer(r.key), r.cast, r.pair, r.peeled) };
    default:
      throw new Error('no such request');
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let id: unknown = null;
  let said: object;
  try {
    const request = JSON.parse(line) as Request & { id?: unknown };
    id = request.id ?? null;
    said = await answer(request);
  } catch (e) {
    said = { error: e instanceof Error ? e.message : String(e), kind: e instanceof Wrong ? e.kind : 'bad_request' };
  }
  process.stdout.write(JSON.stringify({ id, ...said }) + '\n');
}
