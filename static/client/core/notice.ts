// The annual card: for who asked for no message, once a year, the same for everybody.

export interface Card {
  year: number;
  did: string; // what the standard dues did last month, in words
}

export class Notices {
  constructor(private readonly fetch: typeof globalThis.fetch) {}

  // card is null for whoever has none to see. That it cannot be asked for is no reason to trouble anybody.
  async card(): Promise<Card | null> {
    try {
      return await this.ask('GET', '/api/notice');
    } catch {
      return null;
    }
  }

  // putAway is until next year.
  async putAway(): Promise<void> {
    await this.ask('POST', '/api/notice/dismiss');
  }

  // never is for good.
  async never(): Promise<void> {
    await this.ask('POST', '/api/notice/never');
  }

  private async ask(method: string, path: string): Promise<Card | null> {
    const answer = await this.fetch(path, { method, headers: { Accept: 'application/json' }, credentials: 'same-origin' });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return ((await answer.json()) as { card: Card | null }).card;
  }
}
