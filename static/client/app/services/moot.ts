import { tracked } from '@glimmer/tracking';
import Service from '@ember/service';
import { Chat, type Event } from '../../core/chat.ts';
import type { Answer } from '../../core/addressbook.ts';
import { compare } from '../../core/position.ts';
import type { Conversation, Person } from '../../core/records.ts';
import { say, shell } from '../shell.ts';

const patience = 2_000; // ms of connecting before the banner says that we are offline

// Moot is the chat as the views see it: what the core keeps, read again whenever it changed.
export default class Moot extends Service {
  @tracked people: Person[] = [];
  @tracked conversations = new Map<string, Conversation>();
  @tracked offline = false;
  @tracked caughtUp = false; // what is not here by now is not there
  @tracked full = false;
  @tracked historyGone = false;
  @tracked heard = ''; // what the live region says
  @tracked blockedNow: Person | undefined; // as they were before, until that is undone or put away
  @tracked last = ''; // the conversation that was open last: focus returns to it
  chat!: Chat;
  private quiet: ReturnType<typeof setTimeout> | undefined;
  private again = false;
  private reading: Promise<void> | undefined;
  private readonly watchers = new Set<(conversations: string[]) => void>();

  async start(): Promise<void> {
    if (this.chat) return;
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    this.chat = await Chat.open(
      {
        url: `${scheme}//${location.host}/ws`,
        connect: (url, protocol) => new WebSocket(url, protocol),
        fetch: (input, init) => fetch(input, init),
        locks: navigator.locks,
        now: () => Date.now(),
        random: () => Math.random(),
      },
      shell.account,
      shell.device,
    );
    this.chat.subscribe((e) => this.on(e));
    window.addEventListener('online', () => this.chat.wake());
    window.addEventListener('offline', () => this.chat.leave());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.chat.wake());
    await this.read();
  }

  // watch tells a view when a conversation changed.
  watch(watcher: (conversations: string[]) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  personIn(conversation: string): Person | undefined {
    return this.people.find((p) => p.conversation === conversation);
  }

  answer = async (person: Person, answer: Answer): Promise<void> => {
    await this.chat.answer(person.account, answer);
    await this.read();
  };

  forgetGap = () => void this.chat.forgetGap();

  announce(sentence: string): void {
    this.heard = sentence;
  }

  private on(e: Event): void {
    switch (e.what) {
      case 'state':
        this.caughtUp = e.state.line === 'open';
        this.full = e.state.full;
        this.showLine(e.state.line);
        return;
      case 'changed':
        void this.read().then(() => {
          for (const watcher of this.watchers) watcher(e.changed.conversations);
        });
        return;
      case 'ended':
        if (e.how === 'stranger') location.reload();
        else location.assign(e.how === 'signed-out' ? '/sign-in?next=/chat' : '/sign-in');
    }
  }

  private showLine(line: string): void {
    clearTimeout(this.quiet);
    if (line === 'connecting') this.quiet = setTimeout(() => (this.offline = true), patience);
    else this.offline = line === 'away';
  }

  // read is never twice at once: a change that comes meanwhile is read after.
  private async read(): Promise<void> {
    this.again = true;
    this.reading ??= (async () => {
      try {
        while (this.again) {
          this.again = false;
          await this.readOnce();
        }
      } finally {
        this.reading = undefined;
      }
    })();
    return this.reading;
  }

  private async readOnce(): Promise<void> {
    const [people, rows, gap] = await Promise.all([this.chat.people(), this.chat.conversations(), this.chat.gap()]);
    const before = this.conversations;
    this.people = people;
    this.conversations = new Map(rows.map((row) => [row.conversation, row]));
    this.historyGone = gap?.reason === 'expired';
    for (const row of rows) {
      const known = before.get(row.conversation)?.last;
      const fresh = row.last && !row.last.mine && (!known || compare(row.last.place, known.place) > 0);
      const person = this.personIn(row.conversation);
      if (fresh && this.caughtUp && person && person.standing !== 'blocked') {
        this.announce(say('heard', { Name: nameOf(person), Text: row.last!.text ?? say('unreadable') }));
      }
    }
  }
}

// isSociety: by the account that the server told us. A name proves nothing, anybody may take one.
export function isSociety(person: Person): boolean {
  return person.account === shell.society;
}

export function nameOf(person: Person): string {
  return person.name || person.address || say('somebody');
}

export function initials(person: Person): string {
  const letters = nameOf(person)
    .split(/[\s@._-]+/u)
    .filter(Boolean)
    .map((word) => [...word][0]!.toUpperCase());
  return letters.slice(0, 2).join('');
}
