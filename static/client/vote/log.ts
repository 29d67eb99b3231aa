// The public log of a contest: that an entry is in it, and that the log's key says so (RFC 6962, c2sp.org/tlog-checkpoint).

import { Wrong, verify } from './ballot.ts';
import { equal, fromBase64, fromHex, joined, sha256, toBase64, utf8, type Bytes } from './bytes.ts';

// Proof is what the ballot host says of an entry.
export interface Proof {
  checkpoint: string;
  index: number;
  size: number;
  root: string;
  hashes: string[];
}

// checkInclusion throws not_logged unless the entry is in the log at the place that the proof says, the proof leads to the
// checkpoint's root, and the checkpoint bears the signature of the log's key in the manifest.
export async function checkInclusion(entry: string, proof: Proof, logKey: string): Promise<void> {
  const { size, root } = await readCheckpoint(proof.checkpoint, logKey);
  if (size !== proof.size || toBase64(root) !== proof.root) {
    throw new Wrong('not_logged', 'the proof is for another checkpoint');
  }
  const leaf = await sha256(joined(Uint8Array.of(0), fromHex(entry)));
  const reached = await climb(leaf, proof.index, size, proof.hashes.map(fromBase64));
  if (!reached || !equal(reached, root)) throw new Wrong('not_logged', 'the proof does not lead to the root of the log');
}

const node = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(joined(Uint8Array.of(1), left, right));

// climb goes from a leaf to the root (RFC 9162, 2.1.3.2). Numbers are halved, not shifted: they may have 53 bits.
async function climb(leaf: Bytes, index: number, size: number, hashes: Bytes[]): Promise<Bytes | undefined> {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return undefined;
  const half = (n: number): number => Math.floor(n / 2);
  let [at, last, hash] = [index, size - 1, leaf];
  for (const h of hashes) {
    if (last === 0 || h.length !== 32) return undefined;
    if (at % 2 === 1 || at === last) {
      hash = await node(h, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      hash = await node(hash, h);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 ? hash : undefined;
}

// readCheckpoint opens a signed note: three lines, an empty one, and signatures, of which one must be the log's.
async function readCheckpoint(note: string, logKey: string): Promise<{ size: number; root: Bytes }> {
  const { name, hash, open } = await readVerifier(logKey);
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const [origin, size, root] = text.split('\n');
  if (end < 0 || origin !== name || !/^(0|[1-9][0-9]*)$/.test(size ?? '') || !root) {
    throw new Wrong('not_logged', 'that is no checkpoint of this log');
  }
  for (const line of note.slice(end + 2).split('\n')) {
    const [dash, signer, signed] = line.split(' ');
    if (dash !== '\u2014' || signer !== name || !signed) continue;
    const signature = fromBase64(signed);
    if (equal(signature.slice(0, 4), hash) && (await verify(open, signature.slice(4), utf8(text)))) {
      return { size: Number(size), root: fromBase64(root) };
    }
  }
  throw new Wrong('not_logged', 'the checkpoint does not bear the signature of the log');
}

// readVerifier reads a key of signed notes: name+hash+base64 of what kind it is (1: Ed25519) and the key.
async function readVerifier(line: string): Promise<{ name: string; hash: Bytes; open: string }> {
  const [name, hash, key] = [line.split('+', 1)[0]!, line.split('+')[1] ?? '', line.split('+').slice(2).join('+')];
  const kindAndKey = fromBase64(key);
  const want = (await sha256(joined(utf8(name + '\n'), kindAndKey))).slice(0, 4);
  if (kindAndKey[0] !== 1 || kindAndKey.length !== 33 || !equal(want, fromHex(hash))) {
    throw new Wrong('not_logged', "the manifest's log key is none");
  }
  return { name, hash: want, open: toBase64(kindAndKey.slice(1)) };
}
