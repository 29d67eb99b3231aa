// A ranking while it is made: which candidate has which number. Nothing here moves a number that nobody asked to move.

// Ranks are numbers by candidate; who is not in it is not ranked.
export type Ranks = ReadonlyMap<number, number>;

export function holder(ranks: Ranks, rank: number): number | undefined {
  for (const [candidate, r] of ranks) if (r === rank) return candidate;
  return undefined;
}

// give gives a candidate a number that is free, or none (0).
export function give(ranks: Ranks, candidate: number, rank: number): Ranks {
  const next = new Map(ranks);
  next.delete(candidate);
  if (rank > 0) next.set(candidate, rank);
  return next;
}

// take gives a candidate a number, and leaves who had it without one.
export function take(ranks: Ranks, candidate: number, rank: number): Ranks {
  const next = new Map(give(ranks, candidate, 0));
  const before = holder(next, rank);
  if (before !== undefined) next.delete(before);
  next.set(candidate, rank);
  return next;
}

// insert gives a candidate a number, and moves who had it down by one, and on as far as there is no gap.
export function insert(ranks: Ranks, candidate: number, rank: number): Ranks {
  const next = new Map(give(ranks, candidate, 0));
  let [moving, at]: [number | undefined, number] = [candidate, rank];
  while (moving !== undefined) {
    const pushed = holder(next, at);
    next.set(moving, at);
    [moving, at] = [pushed, at + 1];
  }
  return next;
}

// step exchanges the numbers of a candidate and of who is next to it, up (-1) or down (+1). Up from no number is the next
// free one; the first does not go up, and the last goes down to none.
export function step(ranks: Ranks, candidate: number, by: -1 | 1): Ranks {
  const at = ranks.get(candidate);
  if (at === undefined) return by < 0 ? give(ranks, candidate, last(ranks) + 1) : ranks;
  const to = at + by;
  if (to < 1) return ranks;
  if (to > last(ranks)) return give(ranks, candidate, 0);
  const other = holder(ranks, to);
  const next = new Map(give(ranks, candidate, to));
  if (other !== undefined) next.set(other, at);
  return next;
}

export const last = (ranks: Ranks): number => Math.max(0, ...ranks.values());

// gaps are numbers that nobody has though somebody has a higher one.
export function gaps(ranks: Ranks): number[] {
  const has = new Set(ranks.values());
  return Array.from({ length: last(ranks) }, (_, i) => i + 1).filter((r) => !has.has(r));
}

// preferences are the candidates in the order of their numbers.
export function preferences(ranks: Ranks): number[] {
  return [...ranks].sort((a, b) => a[1] - b[1]).map(([candidate]) => candidate);
}

// close moves numbers up so that there is no gap, in the order that they have.
export function close(ranks: Ranks): Ranks {
  return new Map(preferences(ranks).map((candidate, i) => [candidate, i + 1]));
}

// moved are the candidates whose number a change would alter, other than the one that was meant.
export function moved(before: Ranks, after: Ranks, meant: number): number[] {
  return [...before.keys()].filter((c) => c !== meant && before.get(c) !== after.get(c));
}
