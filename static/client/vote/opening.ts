// Opening ballots, as a scrutineer does: the outer seal by one, the inner seal and the ballot by another.

import { PAIRS, Wrong, commitment, hpke, sealInfo, type Cast } from './ballot.ts';
import { equal, fromBase64, fromHex, toBase64, type Bytes } from './bytes.ts';

export interface ScrutineerKey {
  private: string;
  public: string;
}

// Opening is what is published of an opened ballot.
export type Opening =
  | { key: string | null; sequence: number; chance: string; preferences?: number[] }
  | { key: string | null; sequence: number; spoiled: 'not opened' };

export async function makeScrutineerKey(): Promise<ScrutineerKey> {
  const pair = await hpke.kem.generateKeyPair();
  const secret = await hpke.kem.serializePrivateKey(pair.privateKey);
  const open = await hpke.kem.serializePublicKey(pair.publicKey);
  return { private: toBase64(new Uint8Array(secret)), public: toBase64(new Uint8Array(open)) };
}

// Unsealer is a scrutineer's key, ready for many ballots.
export type Unsealer = CryptoKey;

// unsealer reads a key, and refuses one whose halves do not belong together.
export async function unsealer(key: ScrutineerKey): Promise<Unsealer> {
  const secret = await hpke.kem.importKey('raw', fromBase64(key.private).buffer, false);
  const probe = await hpke.seal({ recipientPublicKey: await hpke.kem.deserializePublicKey(fromBase64(key.public).buffer) }, new Uint8Array(1));
  await hpke.open({ recipientKey: secret, enc: probe.enc }, probe.ct);
  return secret;
}

async function unseal(key: Unsealer, c: Cast, pair: number, layer: 0 | 1, seal: string): Promise<Bytes> {
  try {
    const sealed = fromBase64(seal);
    const info = sealInfo(c.contest, fromHex(c.commitment), pair, layer);
    return new Uint8Array(await hpke.open({ recipientKey: key, enc: sealed.slice(0, 32).buffer, info }, sealed.slice(32)));
  } catch {
    throw new Wrong('not_opened', 'this key does not open the seal');
  }
}

// peel takes the outer seal of a pair off, as its first scrutineer does.
export async function peel(key: Unsealer, c: Cast, pair: number): Promise<string> {
  return toBase64(await unseal(key, c, pair, 0, c.sealed.keys[pair as 0 | 1 | 2]));
}

// open takes the inner seal off what the pair's first scrutineer peeled, and opens the ballot. It must be the one that was
// committed to, as everybody will work it out from what is published of it: with zeros only behind the last preference.
export async function open(key: Unsealer, c: Cast, pair: number, peeled: string): Promise<Opening> {
  const secret = await unseal(key, c, pair, 1, peeled);
  const plain = await decrypt(secret, c);
  const end = plain.indexOf(0, 32);
  if (end >= 0) plain.fill(0, end);
  if (!equal(await commitment(c.contest, c.credential.key, plain), fromHex(c.commitment))) {
    throw new Wrong('not_committed', 'the ballot is not the one that was committed to');
  }
  const preferences = [...plain.slice(32, end < 0 ? plain.length : end)];
  const opened = { key: c.credential.key, sequence: c.sequence, chance: toBase64(plain.slice(0, 32)) };
  return preferences.length > 0 ? { ...opened, preferences } : opened;
}

// notOpened says of a ballot that it does not open to its commitment.
export function notOpened(c: Cast): Opening {
  return { key: c.credential.key, sequence: c.sequence, spoiled: 'not opened' };
}

async function decrypt(secret: Bytes, c: Cast): Promise<Bytes> {
  try {
    if (secret.length !== 32) throw new Error('another size');
    const key = await crypto.subtle.importKey('raw', secret, 'AES-GCM', false, ['decrypt']);
    const sealed = fromBase64(c.sealed.ballot);
    const bound = { name: 'AES-GCM', iv: sealed.slice(0, 12), additionalData: sealInfo(c.contest, fromHex(c.commitment), 0, 0) };
    const plain = new Uint8Array(await crypto.subtle.decrypt(bound, key, sealed.slice(12)));
    if (plain.length !== 287) throw new Error('another size');
    return plain;
  } catch {
    throw new Wrong('not_opened', 'this key does not open the ballot');
  }
}

// opens reports whether a scrutineer is a pair's first (0) or second (1), or neither (-1).
export function opens(scrutineer: number, pair: number): number {
  return (PAIRS[pair] as readonly number[] | undefined)?.indexOf(scrutineer) ?? -1;
}
