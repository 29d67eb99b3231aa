// A position is a message's place in the canonical order of its conversation: compare incarnation, then offset.

import type { Position as WirePosition } from './wire/folkmoot_pb.ts';

export interface Position {
  incarnation: number;
  partition: number;
  offset: number;
}

// Place is a position as IndexedDB compares it: arrays sort by their members.
export type Place = [incarnation: number, offset: number];

export const START: Place = [0, -1];
export const END: Place = [Infinity, Infinity];

export function fromWire(p: WirePosition): Position {
  return { incarnation: p.incarnation, partition: p.partition, offset: Number(p.offset) };
}

export function toWire(p: Position) {
  return { incarnation: p.incarnation, partition: p.partition, offset: BigInt(p.offset) };
}

export function place(p: Position | undefined): Place {
  return p ? [p.incarnation, p.offset] : START;
}

export function compare(a: Place, b: Place): number {
  return a[0] - b[0] || a[1] - b[1];
}

// reaches says whether a watermark covers a place.
export function reaches(mark: Position | undefined, there: Place): boolean {
  return mark !== undefined && compare(place(mark), there) >= 0;
}

// later gives the higher of two watermarks: the highest counts, whichever came last.
export function later(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (!a || !b) return a ?? b;
  return compare(place(a), place(b)) >= 0 ? a : b;
}
