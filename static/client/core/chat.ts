// Chat is what the views know: one of them in every tab. The tabs elect a leader, who alone holds the line; they share
// the store, and tell each other when to read it again.

import { AddressBook, type Answer, type Invitation } from './addressbook.ts';
import { newMessageId } from './id.ts';
import { Line, type Ending, type LineState, type World } from './line.ts';
import type { Place, Position } from './position.ts';
import type { Conversation, Message, Notes, Person, Returned, Waiting } from './records.ts';
import { Store, type Changed, type Side } from './store.ts';

// Surroundings are the browser's parts that a test has to bring along.
export interface Surroundings extends World {
  fetch: typeof globalThis.fetch;
  locks: Pick<LockManager, 'request'>;
}

export interface State {
  line: LineState;
  full: boolean; // the browser refused to store
}

export type Event = { what: 'changed'; changed: Changed } | { what: 'state'; state: State } | { what: 'ended'; how: Ending };

type Word = Event | { what: 'ask' } | { what: 'nudge' } | { what: 'wake' };

export const longest = 16 * 1024; // bytes of text in a message

// excess is how many letters have to go from the end of a text, for it to be a message.
export function excess(text: string): number {
  const over = new TextEncoder().encode(text).subarray(longest);
  const within = (byte: number): boolean => (byte & 0xc0) === 0x80; // of a letter, not its first byte
  return over.reduce((letters, byte, i) => letters + (i === 0 || !within(byte) ? 1 : 0), 0);
}

export class Chat {
  state: State = { line: 'connecting', full: false };
  private line: Line | undefined;
  private readonly book: AddressBook;
  private readonly channel: BroadcastChannel;
  private readonly listeners = new Set<(e: Event) => void>();
  private readonly resign = new AbortController();
  private meeting = false;
  private meetAgain = false;
  private ended = false;

  private constructor(
    private readonly world: Surroundings,
    readonly store: Store,
  ) {
    this.book = new AddressBook(world.fetch, () => void this.end('signed-out'));
    const name = `folkmoot-${store.account}-${store.device}`;
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = (e: MessageEvent<Word>) => this.hear(e.data);
    this.post({ what: 'ask' });
    void this.stand(name);
  }

  static async open(world: Surroundings, account: string, device: string): Promise<Chat> {
    return new Chat(world, await Store.open(account, device));
  }

  subscribe(listener: (e: Event) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.ended = true;
    this.resign.abort();
    this.line?.stop();
    this.channel.close();
    this.store.close();
  }

  // ---- reading ----

  people(): Promise<Person[]> {
    return this.store.people();
  }

  conversations(): Promise<Conversation[]> {
    return this.store.conversations();
  }

  conversation(name: string): Promise<Conversation | undefined> {
    return this.store.conversation(name);
  }

  page(conversation: string, side: Side, from: Place, max: number): Promise<Message[]> {
    return this.store.page(conversation, side, from, max);
  }

  span(conversation: string, from: Place, to: Place): Promise<Message[]> {
    return this.store.span(conversation, from, to);
  }

  waiting(conversation: string, max = 100): Promise<Waiting[]> {
    return this.store.waiting(conversation, max);
  }

  returned(conversation: string): Promise<Returned[]> {
    return this.store.returned(conversation);
  }

  gap(): Promise<Notes['gap'] | undefined> {
    return this.store.gap();
  }

  async forgetGap(): Promise<void> {
    await this.store.forgetGap();
    this.tell({ what: 'changed', changed: { conversations: [], people: false, notes: true } });
  }

  // ---- doing ----

  // send puts a text in the outbox. It survives the tab, and is sent in its turn.
  async send(conversation: string, text: string): Promise<void> {
    if (excess(text) > 0) throw new RangeError('a message has at most 16 KiB of text');
    const at = this.world.now();
    await this.store.queue({ conversation, id: newMessageId(at), text, at });
    this.touch([conversation]);
    this.nudge();
  }

  // withdraw takes away a message that was refused, and gives it back to its writer.
  async withdraw(id: string): Promise<Returned | undefined> {
    const returned = await this.store.withdraw(id);
    if (returned) this.touch([returned.conversation]);
    return returned;
  }

  async see(conversation: string, position: Position): Promise<void> {
    if (!(await this.store.see(conversation, position))) return;
    this.touch([conversation]);
    this.nudge();
  }

  async add(address: string): Promise<Person> {
    return this.know(await this.book.add(address));
  }

  async answer(account: string, answer: Answer): Promise<Person> {
    return this.know(await this.book.answer(account, answer));
  }

  invite(): Promise<Invitation> {
    return this.book.invite();
  }

  // wake and leave carry what the browser knows of the network and of being looked at.
  wake(): void {
    if (this.line) this.line.wake();
    else this.post({ what: 'wake' });
  }

  leave(): void {
    this.line?.leave();
  }

  // ---- the leader ----

  // stand waits to be the leader; the lock comes free when the leader's tab closes, however it dies.
  private async stand(name: string): Promise<void> {
    try {
      await this.world.locks.request(name, { signal: this.resign.signal }, () => this.lead());
    } catch (err) {
      if (!this.resign.signal.aborted) throw err;
    }
  }

  private async lead(): Promise<void> {
    if (this.ended) return;
    this.line = new Line(this.world, this.store, this.book, {
      state: (line) => this.tell({ what: 'state', state: { ...this.state, line, full: line === 'open' ? false : this.state.full } }),
      changed: (changed) => {
        if (changed.people) this.meetAgain = true;
        if (changed.people || changed.notes || changed.conversations.length > 0) this.tell({ what: 'changed', changed });
      },
      meet: () => void this.meet(),
      full: () => this.tell({ what: 'state', state: { ...this.state, full: true } }),
    });
    const how = await this.line.run();
    this.line = undefined;
    if (how) await this.end(how);
  }

  // meet reads the address book. A change that arrives meanwhile may be newer than the answer: then it is read again.
  private async meet(): Promise<void> {
    if (this.meeting) {
      this.meetAgain = true;
      return;
    }
    this.meeting = true;
    try {
      do {
        this.meetAgain = false;
        const people = await this.book.everybody();
        if (this.meetAgain) continue;
        await this.store.meet(people);
        this.tell({ what: 'changed', changed: { conversations: [], people: true, notes: false } });
        this.nudge(); // a new contact may now be told what has been seen
      } while (this.meetAgain);
    } catch (err) {
      if (!this.ended) console.warn('folkmoot: the address book could not be read', err);
    } finally {
      this.meeting = false;
    }
  }

  private async end(how: Ending): Promise<void> {
    if (this.ended) return;
    this.post({ what: 'ended', how });
    this.ended = true;
    this.line?.stop();
    this.resign.abort();
    if (how === 'revoked') await this.store.wipe();
    else this.store.close();
    this.emit({ what: 'ended', how });
    this.channel.close();
  }

  // ---- between tabs ----

  private async know(person: Person): Promise<Person> {
    await this.store.know(person);
    this.tell({ what: 'changed', changed: { conversations: [person.conversation], people: true, notes: false } });
    this.nudge();
    return person;
  }

  private touch(conversations: string[]): void {
    this.tell({ what: 'changed', changed: { conversations, people: false, notes: false } });
  }

  private nudge(): void {
    if (this.line) this.line.flush();
    else this.post({ what: 'nudge' });
  }

  // tell says it to the other tabs and to our own views.
  private tell(e: Event): void {
    this.post(e);
    if (!this.ended) this.emit(e);
  }

  private post(word: Word): void {
    if (!this.ended) this.channel.postMessage(word);
  }

  private hear(word: Word): void {
    switch (word.what) {
      case 'ask':
        if (this.line) this.post({ what: 'state', state: this.state });
        return;
      case 'nudge':
        this.line?.flush();
        return;
      case 'wake':
        this.line?.wake();
        return;
      case 'ended':
        void this.close();
        this.emit(word);
        return;
      default:
        this.emit(word);
    }
  }

  private emit(e: Event): void {
    if (e.what === 'state') this.state = e.state;
    for (const listener of this.listeners) listener(e);
  }
}
