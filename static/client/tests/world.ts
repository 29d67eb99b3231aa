// What a browser has and this Node lacks.

import 'fake-indexeddb/auto';
import { Chat, type Event } from '../core/chat.ts';
import { END } from '../core/position.ts';
import type { Message, Person } from '../core/records.ts';
import { me, type Gateway } from './gateway.ts';

// Locks gives one holder at a time, in the order of asking, as navigator.locks does.
export class Locks {
  private readonly tails = new Map<string, Promise<unknown>>();

  request = (async (name: string, options: { signal?: AbortSignal }, hold: () => Promise<unknown>) => {
    const before = this.tails.get(name) ?? Promise.resolve();
    const mine = before.then(() => (options.signal?.aborted ? undefined : hold()));
    this.tails.set(
      name,
      mine.catch(() => undefined),
    );
    return mine;
  }) as LockManager['request'];
}

let accounts = 0;

// Browser is one profile: its tabs share locks and store. Each test has its own account, so its own database.
export class Browser {
  readonly locks = new Locks();
  readonly tabs: Chat[] = [];
  readonly account: string;

  constructor(readonly gateway: Gateway) {
    this.account = me.account = `me${++accounts}`;
  }

  async tab(): Promise<Chat> {
    const chat = await Chat.open(
      { url: 'ws://test/ws', connect: this.gateway.connect, fetch: this.gateway.fetch, locks: this.locks, now: Date.now, random: () => 0.01 },
      this.account,
      me.device,
    );
    this.tabs.push(chat);
    return chat;
  }

  close(): void {
    for (const tab of this.tabs) tab.close();
  }
}

export function nia(standing: Person['standing'] = 'contact', conversation = 'c'): Person {
  return { account: 'nia', conversation, name: 'Nia', address: 'nia@example.org', standing, since: '2026-11-01T00:00:00Z' };
}

// until waits for the thing itself.
export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const seen = await look();
    if (seen) return seen as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((r) => setTimeout(r, 2));
  }
}

export async function caughtUp(chat: Chat): Promise<void> {
  await until('caught up', () => chat.state.line === 'open');
}

export function messages(chat: Chat, conversation = 'c'): Promise<Message[]> {
  return chat.page(conversation, 'before', END, 10_000);
}

export async function texts(chat: Chat, conversation = 'c'): Promise<(string | null)[]> {
  return (await messages(chat, conversation)).map((m) => m.text);
}

export function ended(chat: Chat): Promise<Event> {
  return new Promise((told) => chat.subscribe((e) => e.what === 'ended' && told(e)));
}
