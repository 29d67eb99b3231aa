// The people API: what a person does to their address book, over plain HTTP.

import type { Person } from './records.ts';

export type Answer = 'accept' | 'decline' | 'block' | 'unblock' | 'remove';

// Refusal is the server's no, in its own code and words.
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export interface Invitation {
  link: string;
  expires: string;
}

export class AddressBook {
  constructor(
    private readonly fetch: typeof globalThis.fetch,
    private readonly onSignedOut: () => void,
  ) {}

  async everybody(): Promise<Person[]> {
    return (await this.ask<{ people: Person[] | null }>('GET', '/api/people')).people ?? [];
  }

  add(address: string): Promise<Person> {
    return this.ask('POST', '/api/people', { address });
  }

  answer(account: string, answer: Answer): Promise<Person> {
    return this.ask('POST', `/api/people/${encodeURIComponent(account)}/${answer}`, {});
  }

  invite(): Promise<Invitation> {
    return this.ask('POST', '/api/invitations', {});
  }

  // signedIn asks why a socket could not be opened: the browser does not tell a page.
  async signedIn(): Promise<boolean> {
    try {
      await this.ask('GET', '/api/me');
      return true;
    } catch (err) {
      return !(err instanceof Refusal && err.status === 401);
    }
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const init: RequestInit = { method, headers: { Accept: 'application/json' }, credentials: 'same-origin' };
    if (body) {
      init.body = JSON.stringify(body);
      init.headers = { ...init.headers, 'Content-Type': 'application/json' };
    }
    const answer = await this.fetch(path, init);
    if (answer.ok) return (await answer.json()) as T;
    if (answer.status === 401) this.onSignedOut();
    const told = (await answer.json().catch(() => ({}))) as { error?: string; message?: string };
    throw new Refusal(answer.status, told.error ?? 'unknown', told.message ?? '');
  }
}
