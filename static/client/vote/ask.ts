// Asking the three hosts that a vote needs, and what their refusals are called.

// Refused is a host's no, by its word, or "unreachable" when there was no answer that could be read.
export class Refused extends Error {
  constructor(
    readonly kind: string,
    readonly status: number,
    words: string,
  ) {
    super(words);
  }
}

const PATIENCE = 20_000;

// Ask sends JSON and reads JSON. Only our own host sees who we are: elsewhere no cookie and no referrer goes along.
export async function asks<T>(url: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<T> {
  const own = url.startsWith('/');
  let answer: Response;
  try {
    answer = await fetch(url, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
      credentials: own ? 'same-origin' : 'omit',
      ...(own ? {} : { mode: 'cors' as const, referrerPolicy: 'no-referrer' as const }),
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch (e) {
    throw new Refused('unreachable', 0, e instanceof Error ? e.message : String(e));
  }
  if (!answer.ok) {
    const said = (await answer.json().catch(() => ({}))) as { error?: string; kind?: string };
    throw new Refused(said.kind ?? (answer.status === 404 ? 'unknown' : 'unreachable'), answer.status, said.error ?? answer.statusText);
  }
  if (answer.status === 202 || answer.status === 204) return undefined as T;
  try {
    return (await answer.json()) as T;
  } catch {
    throw new Refused('unreachable', answer.status, 'the answer cannot be read');
  }
}

// found is null where the answer is that there is none.
export async function found<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (e) {
    if (e instanceof Refused && e.status === 404) return null;
    throw e;
  }
}
