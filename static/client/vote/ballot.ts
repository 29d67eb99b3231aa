// The secret ballot, as far as it is arithmetic: the same as governance/ballot, which is the reference, and a test holds
// them together. It keeps nothing, asks nobody, and runs in browsers and in Node.

import { RSABSSA } from '@cloudflare/blindrsa-ts';
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { chance, fromBase64, fromHex, joined, number64, sha256, tagged, toBase64, toHex, type Bytes } from './bytes.ts';

// What is kept and sent is JSON: bytes in base64, contests and digests in hexadecimal.

// VoterKey is made for one contest. Its private half is kept as bytes, not as a key that cannot be taken out: it has to
// be carried to another device by the recovery code.
export interface VoterKey {
  contest: string;
  private: string;
  public: string;
}

// Asked is a question to one signer, and what its answer is unblinded with. Keep it before you ask: the signer answers
// no other.
export interface Asked {
  signer: string;
  blinded: string;
  inv: string;
  prepared: string;
}

export interface Mark {
  chance: string;
  signature: string;
}

export interface Credential {
  key: string | null; // null, as Go writes no bytes, on a tendered ballot
  society: Mark;
  scrutineers: Mark;
}

export interface Statement {
  contest: string;
  credential: Credential;
  sequence: number;
  commitment: string;
  sealed_sha256: string;
  signature: string;
}

export interface Sealed {
  ballot: string;
  keys: [string, string, string];
}

export interface Cast extends Statement {
  sealed: Sealed;
}

export interface Receipt {
  signature: string;
}

// Ballot is a ballot as the voter made it, before it is sealed.
export interface Ballot {
  plain: Bytes;
  commitment: Bytes;
}

// Wrong says what does not hold, by a word that pages have a sentence for.
export class Wrong extends Error {
  constructor(
    readonly kind: 'not_signed' | 'forged_receipt' | 'not_opened' | 'not_committed' | 'long_ballot' | 'not_logged' | 'log_changed' | 'other_manifest' | 'other_opening',
    words: string,
  ) {
    super(words);
  }
}

const CHANCE = 32;
const MOST = 255; // preferences, and the highest number of a candidate
const PLAIN = CHANCE + MOST;

// MOST_CASTS is how often one key can cast; the box takes no higher sequence.
export const MOST_CASTS = 100;

// PAIRS are the pairs of scrutineers who can open a ballot, by their numbers from 0: the first one's seal is the outer one.
export const PAIRS = [
  [0, 1],
  [0, 2],
  [1, 2],
] as const;

const blind = RSABSSA.SHA384.PSS.Randomized();
export const hpke = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

// ---- the voter's key, and the two marks on it ----

// A private key of Ed25519 in PKCS #8 is these bytes and its 32.
const PKCS8 = fromHex('302e020100300506032b657004220420');

export async function makeVoterKey(contest: string): Promise<VoterKey> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const open = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return { contest, private: toBase64(pkcs8.slice(-32)), public: toBase64(open) };
}

async function sign(key: VoterKey, text: Bytes): Promise<Bytes> {
  const pkcs8 = joined(PKCS8, fromBase64(key.private));
  const secret = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('Ed25519', secret, text));
}

export async function verify(open: string, signature: Bytes, text: Bytes): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', fromBase64(open), 'Ed25519', true, ['verify']);
  return crypto.subtle.verify('Ed25519', key, signature, text);
}

// A signer's key has to be extractable: the library reads its numbers.
function signerKey(pkix: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('spki', fromBase64(pkix), { name: 'RSA-PSS', hash: 'SHA-384' }, true, ['verify']);
}

const voterKeyText = (contest: string, open: string): Bytes => tagged('folkmoot voter key 1', fromHex(contest), fromBase64(open));

// ask blinds a voter key for the signer with that public key (RFC 9474, RSABSSA-SHA384-PSS-Randomized).
export async function ask(key: VoterKey, signer: string): Promise<Asked> {
  const prepared = blind.prepare(voterKeyText(key.contest, key.public)) as Bytes;
  const { blindedMsg, inv } = await blind.blind(await signerKey(signer), prepared);
  return { signer, blinded: toBase64(blindedMsg as Bytes), inv: toBase64(inv as Bytes), prepared: toBase64(prepared) };
}

// finish unblinds a signer's answer. Whatever is no signature of that signer on that key is refused: not_signed.
export async function finish(asked: Asked, answer: string): Promise<Mark> {
  const prepared = fromBase64(asked.prepared);
  try {
    const signature = await blind.finalize(await signerKey(asked.signer), prepared, fromBase64(answer), fromBase64(asked.inv));
    return { chance: toBase64(prepared.slice(0, CHANCE)), signature: toBase64(signature as Bytes) };
  } catch {
    throw new Wrong('not_signed', 'the answer is no signature on this voter key');
  }
}

// ---- the ballot, and its seals ----

// makeBallot takes the numbers of candidates, the first preference first. None at all is an empty ballot.
export function makeBallot(key: VoterKey, preferences: number[]): Promise<Ballot> {
  if (preferences.length > MOST || preferences.some((c) => !Number.isInteger(c) || c < 1 || c > MOST)) {
    throw new Wrong('long_ballot', 'a ballot has at most 255 preferences, of candidates from 1 to 255');
  }
  const plain = new Uint8Array(PLAIN);
  plain.set(chance(CHANCE));
  plain.set(preferences, CHANCE);
  return committed(key.contest, key.public, plain);
}

async function committed(contest: string, voter: string, plain: Bytes): Promise<Ballot> {
  return { plain, commitment: await commitment(contest, voter, plain) };
}

export function commitment(contest: string, voter: string | null, plain: Bytes): Promise<Bytes> {
  return sha256(tagged('folkmoot commitment 1', fromHex(contest), fromBase64(voter), plain));
}

// sealInfo binds a seal to its contest, its commitment and its pair: moved elsewhere, it does not open.
export function sealInfo(contest: string, committed: Bytes, pair: number, layer: number): Bytes {
  return tagged('folkmoot seal 1', fromHex(contest), committed, Uint8Array.of(pair, layer));
}

// seal seals a ballot for three scrutineers, in the manifest's order, so that any two open it.
export async function seal(contest: string, ballot: Ballot, scrutineers: string[]): Promise<Sealed> {
  const key = chance(32);
  const nonce = chance(12);
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const bound = { name: 'AES-GCM', iv: nonce, additionalData: sealInfo(contest, ballot.commitment, 0, 0) };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(bound, aes, ballot.plain));
  const keys: string[] = [];
  for (const [i, pair] of PAIRS.entries()) {
    let inside: Bytes = key;
    for (const layer of [1, 0] as const) {
      const to = await hpke.kem.deserializePublicKey(fromBase64(scrutineers[pair[layer]]!).buffer);
      const { enc, ct } = await hpke.seal({ recipientPublicKey: to, info: sealInfo(contest, ballot.commitment, i, layer) }, inside);
      inside = joined(new Uint8Array(enc), new Uint8Array(ct));
    }
    keys.push(toBase64(inside));
  }
  return { ballot: toBase64(joined(nonce, sealed)), keys: keys as Sealed['keys'] };
}

// Tendered is what goes to the society in place of a cast.
export interface Tendered {
  commitment: string;
  sealed: Sealed;
}

// tender seals a ballot that the returning officer lets somebody cast who has lost their key. It has no voter key: it is
// committed to with none, and the society knows whose it is until it is mixed with the others.
export async function tender(contest: string, scrutineers: string[], preferences: number[]): Promise<Tendered> {
  const ballot = await makeBallot({ contest, private: '', public: '' }, preferences);
  return { commitment: toHex(ballot.commitment), sealed: await seal(contest, ballot, scrutineers) };
}

export function sealedHash(s: Sealed): Promise<Bytes> {
  return sha256(tagged('folkmoot seal 1', fromBase64(s.ballot), ...s.keys.map(fromBase64)));
}

// ---- the cast ----

// castText is what a voter's key signs. JSON has no 64-bit numbers here; see MOST_CASTS.
export function castText(s: Statement): Bytes {
  const { contest, credential, sequence, commitment, sealed_sha256 } = s;
  return tagged(
    'folkmoot cast 1',
    fromHex(contest),
    fromBase64(credential.key),
    number64(sequence),
    fromHex(commitment),
    fromHex(sealed_sha256),
  );
}

// cast signs a sealed ballot. The cast with the highest sequence counts.
export async function cast(
  key: VoterKey,
  marks: { society: Mark; scrutineers: Mark },
  sequence: number,
  ballot: Ballot,
  sealed: Sealed,
): Promise<Cast> {
  const made: Cast = {
    contest: key.contest,
    credential: { key: key.public, society: marks.society, scrutineers: marks.scrutineers },
    sequence,
    commitment: toHex(ballot.commitment),
    sealed_sha256: toHex(await sealedHash(sealed)),
    signature: '',
    sealed,
  };
  return { ...made, signature: toBase64(await sign(key, castText(made))) };
}

// entry is what the public log has of a cast, and the voter's tracker.
export async function entry(s: Statement): Promise<string> {
  return toHex(await sha256(tagged('folkmoot entry 1', castText(s), fromBase64(s.signature))));
}

// keyHash is how the ballot box knows a voter's key.
export async function keyHash(key: VoterKey): Promise<string> {
  return toHex(await sha256(fromBase64(key.public)));
}

// checkReceipt throws forged_receipt unless the box with that key signed that it took this cast.
export async function checkReceipt(receipt: Receipt, s: Statement, box: string): Promise<void> {
  if (!(await verify(box, fromBase64(receipt.signature), tagged('folkmoot receipt 1', castText(s))))) {
    throw new Wrong('forged_receipt', "the receipt is not the ballot box's");
  }
}
