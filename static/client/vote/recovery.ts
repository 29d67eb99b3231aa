// The recovery code: 128 bits of chance that a person writes down. What a device keeps of a vote is encrypted under it; the
// code itself is never sent anywhere.

import { chance, fromBase64, joined, toBase64, utf8, type Bytes } from './bytes.ts';

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford's base32: without I, L, O and U
const SIZE = 16; // bytes of a code: 26 letters, the last of which has two bits to spare

export class BadCode extends Error {}

// makeCode makes a code as it is shown: ABCD-EFGH-….
export function makeCode(): string {
  return grouped(toLetters(chance(SIZE)));
}

export const grouped = (letters: string): string => letters.match(/.{1,4}/g)?.join('-') ?? '';

function toLetters(bytes: Bytes): string {
  let bits = BigInt(0);
  for (const b of bytes) bits = (bits << 8n) | BigInt(b);
  bits <<= 2n;
  let letters = '';
  for (let i = 0; i < 26; i++) {
    letters = LETTERS[Number(bits & 31n)]! + letters;
    bits >>= 5n;
  }
  return letters;
}

// letters reads what a person typed: small letters, spaces and dashes do not matter, and O, I and L are taken as they are
// meant.
export function letters(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
}

// readCode throws BadCode for what cannot be a code.
export function readCode(typed: string): Bytes {
  const said = letters(typed);
  if (said.length !== 26 || [...said].some((l) => !LETTERS.includes(l))) throw new BadCode('a code has 26 letters and figures');
  let bits = [...said].reduce((all, l) => (all << 5n) | BigInt(LETTERS.indexOf(l)), 0n);
  if (bits & 3n) throw new BadCode('a letter is wrong');
  bits >>= 2n;
  const bytes = new Uint8Array(SIZE);
  for (let i = SIZE - 1; i >= 0; i--, bits >>= 8n) bytes[i] = Number(bits & 255n);
  return bytes;
}

async function keyOf(code: string): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey('raw', readCode(code), 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8('folkmoot recovery 1') },
    secret,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

// Whatever is locked has one of these lengths, in bytes, with its nonce and tag; nearly always the first. The server takes
// no more than the second.
const LENGTHS = [16 << 10, 32 << 10];
const AROUND = 12 + 16;
const COUNT = 4; // bytes that say how long the text itself is

// padded puts a text's length before it and zeros behind it: what is handed in tells nothing by its length.
function padded(text: Bytes): Bytes {
  const length = LENGTHS.find((l) => l - AROUND >= COUNT + text.length);
  if (length === undefined) throw new Error('that is too much to hand in');
  const all = new Uint8Array(length - AROUND);
  new DataView(all.buffer).setUint32(0, text.length);
  all.set(text, COUNT);
  return all;
}

// lock encrypts what a device keeps of an election's votes. A text of another election does not open.
export async function lock(code: string, election: string, state: unknown): Promise<string> {
  const iv = chance(12);
  const bound = { name: 'AES-GCM', iv, additionalData: utf8(election) };
  const locked = await crypto.subtle.encrypt(bound, await keyOf(code), padded(utf8(JSON.stringify(state))));
  return toBase64(joined(iv, new Uint8Array(locked)));
}

// unlock throws BadCode when the code is not the one it was locked with.
export async function unlock(code: string, election: string, ciphertext: string): Promise<unknown> {
  const key = await keyOf(code);
  const locked = fromBase64(ciphertext);
  try {
    const bound = { name: 'AES-GCM', iv: locked.slice(0, 12), additionalData: utf8(election) };
    const all = await crypto.subtle.decrypt(bound, key, locked.slice(12));
    const length = new DataView(all).getUint32(0);
    return JSON.parse(new TextDecoder().decode(new Uint8Array(all, COUNT, length)));
  } catch {
    throw new BadCode('the code opens something else');
  }
}
