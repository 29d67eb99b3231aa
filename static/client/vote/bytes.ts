// Bytes as the contract writes them: base64 in JSON, hexadecimal for digests, and texts that say what they are for.

export type Bytes = Uint8Array<ArrayBuffer>;

const writer = new TextEncoder();

export const utf8 = (s: string): Bytes => writer.encode(s);

export function joined(...parts: Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}

export function toBase64(b: Bytes): string {
  let s = '';
  for (const byte of b) s += String.fromCharCode(byte);
  return btoa(s);
}

// fromBase64 reads null as no bytes: that is how Go writes them.
export function fromBase64(s: string | null): Bytes {
  return Uint8Array.from(atob(s ?? ''), (c) => c.charCodeAt(0));
}

export function toHex(b: Bytes): string {
  return Array.from(b, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(s: string): Bytes {
  if (!/^([0-9a-f]{2})*$/.test(s)) throw new Error('that is not hexadecimal');
  return Uint8Array.from(s.match(/../g) ?? [], (two) => parseInt(two, 16));
}

export function equal(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export async function sha256(b: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', b));
}

export const chance = (size: number): Bytes => crypto.getRandomValues(new Uint8Array(size));

export function number64(n: number): Bytes {
  const b = new Uint8Array(8);
  new DataView(b.buffer).setBigUint64(0, BigInt(n));
  return b;
}

// tagged is a text for a purpose: the purpose, and then every part with its length before it, so that no two lists of
// parts are one text.
export function tagged(purpose: string, ...parts: Bytes[]): Bytes {
  const all = [utf8(purpose)];
  for (const p of parts) {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, p.length);
    all.push(length, p);
  }
  return joined(...all);
}
