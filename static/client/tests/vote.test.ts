// A vote on one device, against signers and a box that speak as ours do, and that crash.

import 'fake-indexeddb/auto';
import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, privateDecrypt, sign, type KeyObject } from 'node:crypto';
import { before, beforeEach, test } from 'node:test';
import { Refused } from '../vote/ask.ts';
import { Wrong, cast, castText, commitment, entry, makeBallot, seal, type Cast } from '../vote/ballot.ts';
import { fromBase64, fromHex, joined, sha256, tagged, toBase64, toHex, utf8, type Bytes } from '../vote/bytes.ts';
import { alarms, boxed, castBallot, logged, send } from '../vote/casting.ts';
import { begin, collect, collectDue, moment, ready, recoverable, restore, save, type Poll } from '../vote/collect.ts';
import { checkWork, handIn, openAll, peelAll, type Work } from '../vote/duty.ts';
import { Keep, type Vote } from '../vote/keep.ts';
import { lock, makeCode, unlock } from '../vote/recovery.ts';
import { makeScrutineerKey, open, peel, unsealer, type ScrutineerKey } from '../vote/opening.ts';

type Question = { blinded: string; code?: string };

let society: { publicKey: KeyObject; privateKey: KeyObject };
let scrutineers: { publicKey: KeyObject; privateKey: KeyObject };
const box = generateKeyPairSync('ed25519');
const raw = (key: KeyObject): string => toBase64(new Uint8Array(key.export({ type: 'spki', format: 'der' })).slice(-32));
const pkix = (key: KeyObject): string => toBase64(new Uint8Array(key.export({ type: 'spki', format: 'der' })));
const log = generateKeyPairSync('ed25519');
const kindAndKey = joined(Uint8Array.of(1), fromBase64(raw(log.publicKey)));
const logHash = async (): Promise<Bytes> => (await sha256(joined(utf8('folkmoot/x\n'), kindAndKey))).slice(0, 4);
const logKey = async (): Promise<string> => `folkmoot/x+${toHex(await logHash())}+${toBase64(kindAndKey)}`;
let openers: ScrutineerKey[];
let manifest: string;
let contest: string;

before(async () => {
  society = generateKeyPairSync('rsa', { modulusLength: 3072 });
  scrutineers = generateKeyPairSync('rsa', { modulusLength: 3072 });
  openers = [await makeScrutineerKey(), await makeScrutineerKey(), await makeScrutineerKey()];
  manifest = JSON.stringify({
    election: 'e1',
    class: 'ordinary',
    online: { society: pkix(society.publicKey), scrutineers: pkix(scrutineers.publicKey), opening: openers.map((o) => o.public), box: raw(box.publicKey), log: await logKey() },
  });
  contest = toHex(await sha256(utf8(manifest)));
});

// World is what answers: one signature for one question each, and a box that keeps the last cast.
class World {
  asked: string[] = [];
  signed: Record<string, string> = {};
  ciphertext: string | undefined;
  handedIn: string[] = []; // every ciphertext
  society = 0; // requests to the society's host
  cast: Cast | undefined;
  casts: string[] = [];
  lose = ''; // the host whose next answer is lost on the way
  refusal: [string, number] | undefined; // what the box says to the next casts
  log: string[] = []; // entries
  refuses = new Set<string>(); // entries of openings
  taken: string[] = [];
  boxKey = box.privateKey;

  fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const body = (init.body ? JSON.parse(String(init.body)) : undefined) as never;
    const answer = await this.answer(url, body, init.method ?? 'GET');
    if (this.lose && url.startsWith(this.lose)) {
      this.lose = '';
      throw new TypeError('the connection was lost');
    }
    return answer;
  };

  private async answer(url: string, body: never, method: string): Promise<Response> {
    if (url.startsWith('/')) this.society++;
    if (url === '/manifest') return new Response(manifest);
    if (url === '/elections/e1/vote/ordinary/sign') return this.sign('society', society.privateKey, body);
    if (url === 'https://signer/sign') return this.sign('scrutineers', scrutineers.privateKey, body);
    if (url === '/elections/e1/vote/recovery' && method === 'PUT') {
      this.ciphertext = (body as { ciphertext: string }).ciphertext;
      this.handedIn.push(this.ciphertext);
      return new Response(null, { status: 204 });
    }
    if (url === 'https://ballot/cast') return this.refusal ? Response.json({ error: 'no', kind: this.refusal[0] }, { status: this.refusal[1] }) : this.take(body);
    if (url.startsWith(`https://ballot/contests/${contest}/proof/`)) {
      const at = this.log.indexOf(url.split('/').at(-1)!);
      return at < 0 ? Response.json({ error: 'none', kind: 'unknown' }, { status: 404 }) : Response.json(await this.proof(at));
    }
    if (url.startsWith('https://ballot/contests/')) {
      if (!this.cast) return Response.json({ error: 'none', kind: 'unknown' }, { status: 404 });
      return Response.json({ sequence: this.cast.sequence, ...(await this.receipt(this.cast)), index: null });
    }
    if (url === '/opened') {
      const some = (body as { openings: { entry: string }[] }).openings.map((o) => o.entry);
      if (some.some((e) => this.refuses.has(e))) return Response.json({ error: 'no', kind: 'not_committed' }, { status: 400 });
      this.taken.push(...some);
      return new Response(null, { status: 204 });
    }
    throw new Error(`nothing is at ${url}`);
  }

  private sign(who: string, key: KeyObject, { blinded, code }: Question): Response {
    this.asked.push(who);
    if (who === 'scrutineers' && code !== 'ABCDEFGHJKMNPQRS') return Response.json({ error: 'no', kind: 'wrong_code' }, { status: 403 });
    if ((this.signed[who] ??= blinded) !== blinded) return Response.json({ error: 'no', kind: 'other_key' }, { status: 409 });
    const signature = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, fromBase64(blinded));
    return Response.json({ signature: signature.toString('base64') });
  }

  private async take(cast: Cast): Promise<Response> {
    if (this.cast && cast.sequence <= this.cast.sequence && cast.signature !== this.cast.signature) {
      return Response.json({ error: 'no', kind: 'replayed' }, { status: 409 });
    }
    this.cast = cast;
    this.casts.push(cast.signature);
    return Response.json(await this.receipt(cast));
  }

  // proof is for a log of the manifest and one entry.
  private async proof(at: number): Promise<object> {
    const leaves = await Promise.all([utf8(manifest), fromHex(this.log[at]!)].map((l) => sha256(joined(Uint8Array.of(0), l))));
    const root = toBase64(await sha256(joined(Uint8Array.of(1), ...leaves)));
    const words = `folkmoot/x\n2\n${root}\n`;
    const signed = toBase64(joined(await logHash(), new Uint8Array(sign(null, utf8(words), log.privateKey))));
    return { checkpoint: `${words}\n\u2014 folkmoot/x ${signed}\n`, index: 1, size: 2, root, hashes: [toBase64(leaves[0]!)] };
  }

  private async receipt(cast: Cast): Promise<object> {
    const signature = sign(null, tagged('folkmoot receipt 1', castText(cast)), this.boxKey).toString('base64');
    return { receipt: { signature }, entry: await entry(cast) };
  }
}

let world: World;
let accounts = 0;
let account: string;
beforeEach(() => {
  world = new World();
  account = `a${++accounts}`;
  globalThis.fetch = world.fetch as typeof fetch;
});

const poll = (): Poll => ({ contest, election: 'e1', member: 'm1', class: 'ordinary', manifest: '/manifest', signer: 'https://signer', opens: 2000 });
const kind = (want: string) => (e: unknown) => (e instanceof Refused || e instanceof Wrong) && e.kind === want;

async function signedVote(keep: Keep): Promise<Vote> {
  return collect(keep, await begin(keep, poll(), 'abcd-efgh-jkmn-pqrs', 1000));
}

test('a key is kept before anybody is asked, and two tabs make one', async () => {
  const [one, two] = [await Keep.open(account), await Keep.open(account)];
  const [a, b] = await Promise.all([begin(one, poll(), 'abcd-efgh-jkmn-pqrs', 1000), begin(two, poll(), 'ABCDEFGHJKMNPQRS', 1000)]);
  assert.equal(a.key.public, b.key.public);
  assert.deepEqual(world.asked, []);
  assert.equal((await one.vote(contest))?.code, 'ABCDEFGHJKMNPQRS');
  assert.ok(a.at! >= 1000 && a.at! <= 2000);
});

test('a signature whose answer was lost is asked for again with the same question', async () => {
  const keep = await Keep.open(account);
  const v = await begin(keep, poll(), 'ABCDEFGHJKMNPQRS', 1000);
  world.lose = 'https://signer';
  await assert.rejects(collect(keep, v), kind('unreachable'));
  const half = (await keep.vote(contest))!;
  assert.ok(!half.marks.society && !half.marks.scrutineers);
  assert.equal(half.refused, 'unreachable');
  const whole = await collect(keep, half);
  assert.ok(ready(whole));
  assert.equal(whole.refused, undefined);
  assert.deepEqual(world.asked, ['scrutineers', 'scrutineers', 'society']);
});

test('a wrong code is told, and a newer one is taken', async () => {
  const keep = await Keep.open(account);
  await assert.rejects(collect(keep, await begin(keep, poll(), 'WRONGWRONGWRONGW', 1000)), kind('wrong_code'));
  assert.deepEqual(world.asked, ['scrutineers'], 'the society signed for whoever has no code');
  assert.equal((await keep.vote(contest))?.refused, 'wrong_code');
  assert.ok(ready(await signedVote(keep)));
});

test('what is due is collected by any page, and nothing before', async () => {
  const keep = await Keep.open(account);
  await begin(keep, { ...poll(), opens: Date.now() + 1e9 }, 'ABCDEFGHJKMNPQRS', Date.now() + 1e8);
  await collectDue(account, Date.now());
  assert.deepEqual(world.asked, []);
  await collectDue(account, Date.now() + 1e9);
  assert.ok(ready((await keep.vote(contest))!));
});

test('the moment is between now and the opening, and now when that is past', () => {
  for (let i = 0; i < 100; i++) assert.ok(moment(5, 9) >= 5 && moment(5, 9) < 9);
  assert.equal(moment(9, 5), 9);
});

test('another manifest is another contest', async () => {
  const keep = await Keep.open(account);
  await assert.rejects(begin(keep, { ...poll(), contest: '0'.repeat(64) }, 'ABCDEFGHJKMNPQRS', 1000));
  assert.equal(await keep.vote('0'.repeat(64)), undefined);
});

test('a cast whose answer was lost is sent again as it was, and counts once', async () => {
  const keep = await Keep.open(account);
  const v = await signedVote(keep);
  world.lose = 'https://ballot/cast';
  await assert.rejects(castBallot(keep, v, 'https://ballot', [2, 1]), kind('unreachable'));
  const waiting = (await keep.vote(contest))!;
  const done = await send(keep, waiting, 'https://ballot');
  assert.equal(done.sending, undefined);
  assert.equal(done.cast?.statement.sequence, 1);
  assert.equal(world.casts[0], world.casts[1]);
  assert.ok(!JSON.stringify(done).includes('preferences'));
  const again = await castBallot(keep, done, 'https://ballot', [1]);
  assert.equal(again.cast?.statement.sequence, 2);

  const [first, second] = [await unsealer(openers[0]!), await unsealer(openers[1]!)];
  const opened = await open(second, world.cast!, 0, await peel(first, world.cast!, 0));
  assert.deepEqual('preferences' in opened && opened.preferences, [1]);
});

test('a receipt that is not the box’s is not kept', async () => {
  const keep = await Keep.open(account);
  const v = await signedVote(keep);
  world.boxKey = generateKeyPairSync('ed25519').privateKey;
  await assert.rejects(castBallot(keep, v, 'https://ballot', [1]), kind('forged_receipt'));
  const kept = (await keep.vote(contest))!;
  assert.equal(kept.cast, undefined);
  assert.ok(kept.sending);
});

test('another device goes on with the code, and knows how often was cast', async () => {
  const keep = await Keep.open(account);
  const v = await signedVote(keep);
  const { code } = await recoverable(keep, 'e1');
  await castBallot(keep, v, 'https://ballot', [1]);
  assert.ok(!world.ciphertext!.includes(code) && world.ciphertext!.length < 60_000);

  const other = await Keep.open(account + '-elsewhere');
  await assert.rejects(restore(other, 'e1', world.ciphertext!, code.replace(/^./, (l) => (l === '0' ? '1' : '0'))));
  await restore(other, 'e1', world.ciphertext!, ` ${code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')} `);
  const restored = (await other.vote(contest))!;
  assert.equal(restored.key.public, v.key.public);
  assert.equal((await boxed(restored, 'https://ballot'))?.sequence, 1);
  assert.equal((await castBallot(other, restored, 'https://ballot', [2])).cast?.statement.sequence, 2);
  // and the first device, which does not know of it, goes on behind that
  assert.equal((await castBallot(keep, (await keep.vote(contest))!, 'https://ballot', [3])).cast?.statement.sequence, 3);
});

test('casting tells the society nothing: what is locked for another device neither changes nor is handed in', async () => {
  const keep = await Keep.open(account);
  const begun = await begin(keep, poll(), 'ABCDEFGHJKMNPQRS', 1000);
  const { code } = await recoverable(keep, 'e1');
  const v = await collect(keep, begun);
  await save(keep, 'e1');
  await recoverable(keep, 'e1');
  assert.equal(world.handedIn.length, 2, 'once with the key and once with its marks');
  assert.equal(new Set(world.handedIn.map((c) => c.length)).size, 1, 'its length tells nothing');

  const before = world.society;
  world.lose = 'https://ballot/cast';
  await assert.rejects(castBallot(keep, v, 'https://ballot', [2, 1]));
  await save(keep, 'e1');
  await send(keep, (await keep.vote(contest))!, 'https://ballot');
  await save(keep, 'e1');
  await recoverable(keep, 'e1');
  assert.equal(world.society, before);

  const other = await Keep.open(account + '-elsewhere');
  await restore(other, 'e1', world.ciphertext!, code);
  await recoverable(other, 'e1');
  assert.equal(world.society, before, 'nor does the other device hand in again what it got');
  assert.ok(ready((await other.vote(contest))!));
});

test('what was made before a recovery code could be set up is not joined to its voter later', async () => {
  const keep = await Keep.open(account);
  const v = await signedVote(keep);
  await castBallot(keep, v, 'https://ballot', [1]);
  assert.equal((await recoverable(keep, 'e1')).saved, undefined);
  assert.deepEqual(world.handedIn, []);
});

test('what is locked has one length, and more than fits is refused', async () => {
  const lengths = [await lock(makeCode(), 'e1', []), await lock(makeCode(), 'e1', 'x'.repeat(16_000))].map((c) => fromBase64(c).length);
  assert.deepEqual(lengths, [16 << 10, 16 << 10]);
  const code = makeCode();
  const long = await lock(code, 'e1', 'é'.repeat(10_000));
  assert.equal(fromBase64(long).length, 32 << 10);
  assert.equal(await unlock(code, 'e1', long), 'é'.repeat(10_000));
  await assert.rejects(lock(code, 'e1', 'x'.repeat(40_000)));
});

// sealedBy is a cast of plain bytes as they are, under a commitment to others.
async function sealedBy(plain: Uint8Array<ArrayBuffer>, committedTo = plain, sequence = 1): Promise<Cast> {
  const keep = await Keep.open(account);
  const { key, marks } = (await keep.vote(contest)) ?? (await signedVote(keep));
  const ballot = { plain, commitment: await commitment(contest, key.public, committedTo) };
  return cast(key, { society: marks.society!, scrutineers: marks.scrutineers! }, sequence, ballot, await seal(contest, ballot, openers.map((o) => o.public)));
}

async function plainOf(...preferences: number[]): Promise<Uint8Array<ArrayBuffer>> {
  return (await makeBallot({ contest, private: '', public: '' }, preferences)).plain;
}

test('a ballot is opened as it is published: what stands behind its end is neither counted nor committed to', async () => {
  const [first, second] = [await unsealer(openers[0]!), await unsealer(openers[1]!)];
  const plain = new Uint8Array(287);
  plain.set([2, 1, 0, 7], 32);
  const odd = await sealedBy(plain);
  await assert.rejects(open(second, odd, 0, await peel(first, odd, 0)), kind('not_committed'));

  const published = new Uint8Array(287);
  published.set([2, 1], 32);
  const even = await sealedBy(plain, published);
  assert.deepEqual(await open(second, even, 0, await peel(first, even, 0)), {
    key: even.credential.key, sequence: 1, chance: toBase64(new Uint8Array(32)), preferences: [2, 1],
  });
  await assert.rejects(open(second, even, 0, '%'), kind('not_opened'));
});

const quiet = async (): Promise<void> => undefined;
const work = (): Work => ({ contest, manifest: '/manifest', number: 0, peel: [], open: [] });

test('a scrutineer opens nothing when the manifest has another key in their place, or is another', async () => {
  await checkWork(work(), openers[0]!.public);
  await assert.rejects(checkWork({ ...work(), number: 1 }, openers[0]!.public), kind('other_opening'));
  await assert.rejects(checkWork({ ...work(), number: 3 }, openers[0]!.public), kind('other_opening'));
  await assert.rejects(checkWork({ ...work(), contest: '0'.repeat(64) }, openers[0]!.public), kind('other_manifest'));
});

test('a scrutineer does not open what its key did not sign, nor a sequence that cannot be, and goes on', async () => {
  const good = await sealedBy(await plainOf(2, 1));
  const other = await sealedBy(await plainOf(1));
  const often = await sealedBy(await plainOf(1), undefined, 101);
  const casts: Cast[] = [
    { ...good, signature: other.signature },
    { ...good, sealed: other.sealed },
    { ...good, contest: '0'.repeat(64) },
    { ...good, signature: '%' },
    often,
    { ...good, sequence: 2 ** 64 },
    { ...good, sequence: 0 },
    good,
  ];
  const [first, second] = [await unsealer(openers[0]!), await unsealer(openers[1]!)];
  const refused = { unsound: 0 };
  const peeled = await peelAll(first, contest, casts.map((c) => ({ cast: c, pair: 0 })), refused, quiet);
  assert.equal(refused.unsound, 7);
  assert.deepEqual(peeled.map((p) => p.peeled === null), [true, true, true, true, false]);
  assert.equal(peeled[4]!.entry, await entry(good));
  assert.equal(peeled[3]!.entry, await entry(often));

  refused.unsound = 0;
  const opened = await openAll(second, contest, casts.map((c) => ({ cast: c, pair: 0, peeled: peeled[4]!.peeled! })), refused, quiet);
  assert.equal(refused.unsound, 7);
  assert.deepEqual(opened.map((o) => 'spoiled' in o), [true, true, true, true, false]);
});

test('one opening that is refused stops no other, and is told', async () => {
  const all = Array.from({ length: 100 }, (_, i) => ({ entry: `e${i}` }));
  world.refuses = new Set(['e7', 'e99']);
  assert.deepEqual(await handIn('/opened', 'openings', all, quiet), ['e7', 'e99']);
  assert.equal(world.taken.length, 98);
});

test('only a word that the box did not take it drops a cast; all else is silence, and the same one goes again', async () => {
  const keep = await Keep.open(account);
  const v = await signedVote(keep);
  world.refusal = ['busy', 503];
  await assert.rejects(castBallot(keep, v, 'https://ballot', [1]), kind('busy'));
  const { sending } = (await keep.vote(contest))!;
  for (const silence of [['closed', 500], ['replayed', 503], ['bad_request', 502], ['bad_request', 404], ['unreachable', 404], ['broken', 500], ['cookie', 400]] as [string, number][]) {
    world.refusal = silence;
    await assert.rejects(send(keep, (await keep.vote(contest))!, 'https://ballot'), kind(silence[0]));
    assert.deepEqual((await keep.vote(contest))?.sending, sending, silence.join(' '));
  }
  world.refusal = undefined;
  assert.equal((await send(keep, (await keep.vote(contest))!, 'https://ballot')).sending, undefined);
  assert.deepEqual(world.casts, [sending!.signature]);

  for (const last of [['closed', 409], ['bad_request', 400], ['bad_request', 413], ['too_many', 409]] as [string, number][]) {
    world.refusal = last;
    await assert.rejects(castBallot(keep, (await keep.vote(contest))!, 'https://ballot', [1]), kind(last[0]));
    assert.equal((await keep.vote(contest))?.sending, undefined, last.join(' '));
  }
});

test('a key casts a hundred times and not once more', async () => {
  const keep = await Keep.open(account);
  const v = await signedVote(keep);
  world.cast = await sealedBy(await plainOf(1), undefined, 99);
  const hundredth = await castBallot(keep, v, 'https://ballot', [1]);
  assert.equal(hundredth.cast?.statement.sequence, 100);
  await assert.rejects(castBallot(keep, hundredth, 'https://ballot', [2]), kind('too_many'));
  assert.equal((await keep.vote(contest))?.sending, undefined);
});

test('what the box and the log say is held against the receipt', async () => {
  const keep = await Keep.open(account);
  await castBallot(keep, await signedVote(keep), 'https://ballot', [1]);
  const v = await castBallot(keep, (await keep.vote(contest))!, 'https://ballot', [2]);
  const box = (await boxed(v, 'https://ballot'))!;
  assert.deepEqual(alarms(v, box, null, -1), []);
  assert.deepEqual(alarms(v, undefined, undefined, 1e9), []);
  assert.deepEqual(alarms(v, null, undefined, -1), ['box_knows_less']);
  assert.deepEqual(alarms(v, { ...box, sequence: 1, entry: '0'.repeat(64) }, undefined, -1), ['box_knows_less']);
  assert.deepEqual(alarms(v, { ...box, entry: '0'.repeat(64) }, undefined, -1), ['box_has_another']);
  assert.deepEqual(alarms(v, { ...box, sequence: 3, entry: '0'.repeat(64) }, undefined, -1), []);
  assert.deepEqual(alarms(v, box, null, 30 * 60_000 - 1), []);
  assert.deepEqual(alarms(v, box, null, 30 * 60_000), ['not_in_log']);
});

test('the proof that was checked is kept with the receipt, and a log that has changed is told of', async () => {
  const keep = await Keep.open(account);
  const v = await castBallot(keep, await signedVote(keep), 'https://ballot', [1]);
  const tracker = v.cast!.entry;
  assert.equal(await logged(keep, v, 'https://ballot', tracker), null);
  world.log = [tracker];
  assert.deepEqual(await logged(keep, v, 'https://ballot', tracker), { index: 1, size: 2 });
  const kept = (await keep.vote(contest))!;
  assert.match(kept.cast!.proof!.checkpoint, /^folkmoot\/x\n2\n/);
  await logged(keep, kept, 'https://ballot', tracker);

  const larger = { ...kept, cast: { ...kept.cast!, proof: { ...kept.cast!.proof!, size: 3 } } };
  await assert.rejects(logged(keep, larger, 'https://ballot', tracker), kind('log_changed'));
  const forked = { ...kept, cast: { ...kept.cast!, proof: { ...kept.cast!.proof!, root: 'AAAA' } } };
  await assert.rejects(logged(keep, forked, 'https://ballot', tracker), kind('log_changed'));
  world.log = [];
  await assert.rejects(logged(keep, kept, 'https://ballot', tracker), kind('log_changed'));
});
