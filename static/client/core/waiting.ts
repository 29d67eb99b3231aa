// How much waits for somebody outside their chats: ballots, dues, proposals.

// waiting is 0 when it cannot be asked for, too: the line leads to the page that says so.
export async function waiting(fetch: typeof globalThis.fetch): Promise<number> {
  try {
    const answer = await fetch('/api/waiting', { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
    return answer.ok ? ((await answer.json()) as { waiting: number }).waiting : 0;
  } catch {
    return 0;
  }
}
