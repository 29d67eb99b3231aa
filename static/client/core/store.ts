// Keeps what this device has received and what it has yet to send. Everything that arrives is written with the cursor
// in one transaction, so that a record is never here twice and never skipped, whenever the page dies.

import { deleteDB, openDB, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import { START, END, compare, later, place, reaches, type Place, type Position } from './position.ts';
import type { Conversation, Kept, Message, Notes, Outcome, Person, Reason, Returned, Waiting } from './records.ts';

type Verdict = { outcome?: Outcome; reason?: Reason };

// Arrival is one thing that the socket brought, already opened.
export type Arrival =
  | { what: 'message'; message: Omit<Message, 'place' | 'partition' | 'mine'>; position: Position }
  | { what: 'watermark'; conversation: string; account: string; delivered?: Position; seen?: Position }
  | { what: 'person'; person: Person }
  | { what: 'sent'; id: string; position: Position }
  | { what: 'verdict'; id: string; position: Position; verdict: Verdict }
  | { what: 'refused'; id: string; reason: Reason }
  | { what: 'gap'; reason: Notes['gap']['reason'] };

// Changed says what to read again.
export interface Changed {
  conversations: string[];
  people: boolean;
  notes: boolean;
}

// A page is read by place, so that a long conversation costs no more than a short one.
export type Side = 'before' | 'after';

type Writing = IDBPTransaction<Kept, StoreNames<Kept>[], 'readwrite'>;

const all: StoreNames<Kept>[] = ['messages', 'outbox', 'returned', 'conversations', 'people', 'notes'];

// The name carries account and device: whoever signs in next on this browser opens another database.
function nameOf(account: string, device: string): string {
  return `folkmoot-${account}-${device}`;
}

export class Store {
  private constructor(
    private readonly db: IDBPDatabase<Kept>,
    readonly account: string,
    readonly device: string,
  ) {}

  static async open(account: string, device: string): Promise<Store> {
    const db: IDBPDatabase<Kept> = await openDB<Kept>(nameOf(account, device), 1, {
      upgrade(db) {
        const messages = db.createObjectStore('messages', { keyPath: ['conversation', 'place'] });
        messages.createIndex('sent', ['device', 'id'], { unique: true });
        messages.createIndex('incoming', ['conversation', 'mine', 'place']);
        messages.createIndex('pending', 'pending');
        const outbox = db.createObjectStore('outbox', { keyPath: 'turn', autoIncrement: true });
        outbox.createIndex('id', 'id', { unique: true });
        outbox.createIndex('conversation', 'conversation');
        db.createObjectStore('returned', { keyPath: 'id' }).createIndex('conversation', 'conversation');
        db.createObjectStore('conversations', { keyPath: 'conversation' });
        db.createObjectStore('people', { keyPath: 'account' }).createIndex('conversation', 'conversation');
        db.createObjectStore('notes');
      },
      blocking: () => db.close(), // another tab wipes it
    });
    return new Store(db, account, device);
  }

  // unread is how many messages a device has stored that nobody has seen; 0 where it stores nothing, and nothing is made.
  static async unread(account: string, device: string): Promise<number> {
    const here = await indexedDB.databases();
    if (!here.some((db) => db.name === nameOf(account, device))) return 0;
    const store = await Store.open(account, device);
    const rows = await store.db.getAll('conversations');
    store.close();
    return rows.reduce((sum, row) => sum + row.unread, 0);
  }

  close(): void {
    this.db.close();
  }

  // wipe leaves nothing of this device behind.
  async wipe(): Promise<void> {
    this.db.close();
    await deleteDB(nameOf(this.account, this.device));
  }

  async cursor(): Promise<Uint8Array> {
    return ((await this.db.get('notes', 'cursor')) as Uint8Array | undefined) ?? new Uint8Array();
  }

  async gap(): Promise<Notes['gap'] | undefined> {
    return (await this.db.get('notes', 'gap')) as Notes['gap'] | undefined;
  }

  async forgetGap(): Promise<void> {
    await this.db.delete('notes', 'gap');
  }

  // take writes everything that came, and how far that is, or nothing.
  async take(arrivals: Arrival[], cursor: Uint8Array | undefined, now: number): Promise<Changed> {
    // The browser says done when the disk has it: the server is told so next.
    const tx = this.db.transaction(all, 'readwrite', { durability: 'strict' });
    const changed: Changed = { conversations: [], people: false, notes: false };
    const touched = new Touched(tx);
    try {
      for (const a of arrivals) {
        switch (a.what) {
          case 'message':
            await this.place(tx, touched, { ...a.message, mine: a.message.account === this.account ? 1 : 0 }, a.position);
            break;
          case 'watermark':
            await this.mark(touched, a);
            break;
          case 'person':
            await tx.objectStore('people').put(a.person);
            await touched.row(a.person.conversation);
            changed.people = true;
            break;
          case 'sent':
            await this.sent(tx, touched, a.id, a.position);
            break;
          case 'verdict':
            await this.judge(tx, touched, a.id, a.position, a.verdict);
            break;
          case 'refused':
            await this.refuse(tx, touched, a.id, a.reason);
            break;
          case 'gap':
            await tx.objectStore('notes').put({ reason: a.reason, at: now }, 'gap');
            changed.notes = true;
        }
      }
      await touched.write();
      if (cursor) await tx.objectStore('notes').put(cursor, 'cursor');
      await tx.done;
    } catch (err) {
      abort(tx);
      throw err;
    }
    changed.conversations = touched.names();
    return changed;
  }

  // place puts a message where the canonical order has it. The same position twice is the same message, and so is the
  // same (device, id): the copy's position counts, what Sent promised before is put right.
  private async place(tx: Writing, touched: Touched, m: Omit<Message, 'place' | 'partition'>, at: Position): Promise<void> {
    const messages = tx.objectStore('messages');
    const message: Message = { ...m, place: place(at), partition: at.partition };
    if (m.device === this.device) {
      const waiting = await tx.objectStore('outbox').index('id').getKey(m.id);
      if (waiting !== undefined) await tx.objectStore('outbox').delete(waiting);
    }
    const twin = await messages.index('sent').get([m.device, m.id]);
    if (twin && !twin.pending) return;
    if (twin) await messages.delete([twin.conversation, twin.place]);
    else if (await messages.getKey([m.conversation, message.place])) return;
    await messages.put(message);

    const row = await touched.row(m.conversation);
    if (!m.mine) row.arrived = later(row.arrived, at)!;
    const wasLast = twin && row.last && compare(row.last.place, twin.place) === 0;
    if (!row.last || wasLast || compare(row.last.place, message.place) <= 0) {
      row.last = { text: m.text, at: m.at, mine: m.mine === 1, place: message.place };
    }
  }

  private async sent(tx: Writing, touched: Touched, id: string, at: Position): Promise<void> {
    const waiting = await tx.objectStore('outbox').index('id').get(id);
    if (!waiting) return; // its copy was quicker
    const { conversation, text, at: written } = waiting;
    await this.place(
      tx,
      touched,
      { conversation, id, text, at: written, account: this.account, device: this.device, mine: 1, request: false, pending: 1 },
      at,
    );
  }

  private async judge(tx: Writing, touched: Touched, id: string, at: Position, verdict: Verdict): Promise<void> {
    const messages = tx.objectStore('messages');
    const known = await messages.index('sent').get([this.device, id]);
    if (!known?.pending) return;
    const { pending: _, ...judged } = known;
    await messages.delete([known.conversation, known.place]);
    await messages.put({ ...judged, ...verdict, place: place(at), partition: at.partition });
    await touched.row(known.conversation);
  }

  private async refuse(tx: Writing, touched: Touched, id: string, reason: Reason): Promise<void> {
    const waiting = await tx.objectStore('outbox').index('id').get(id);
    if (!waiting) return;
    await tx.objectStore('outbox').delete(waiting.turn!);
    await tx.objectStore('returned').put({ ...waiting, refused: reason });
    await touched.row(waiting.conversation);
  }

  // mark moves a watermark: mine comes back from all my devices, theirs tells what became of my messages.
  private async mark(touched: Touched, w: Extract<Arrival, { what: 'watermark' }>): Promise<void> {
    const row = await touched.row(w.conversation);
    const to = w.account === this.account ? row.told : row.theirs;
    const [delivered, seen] = [later(to.delivered, w.delivered), later(to.seen, w.seen)];
    if (delivered) to.delivered = delivered;
    if (seen) to.seen = seen;
    if (w.account === this.account && w.seen) row.seen = later(row.seen, w.seen)!;
  }

  // ---- what this device does ----

  async queue(waiting: Waiting): Promise<void> {
    const tx = this.db.transaction('outbox', 'readwrite', { durability: 'strict' });
    await tx.store.add(waiting);
    await tx.done;
  }

  // withdraw takes away a message that was refused for good.
  async withdraw(id: string): Promise<Returned | undefined> {
    const tx = this.db.transaction('returned', 'readwrite');
    const returned = await tx.store.get(id);
    await tx.store.delete(id);
    await tx.done;
    return returned;
  }

  // see moves this account's own mark, and says whether it moved.
  async see(conversation: string, position: Position): Promise<boolean> {
    const tx = this.db.transaction(all, 'readwrite');
    const touched = new Touched(tx);
    const row = await touched.row(conversation);
    const moved = !reaches(row.seen, place(position));
    if (moved) {
      row.seen = position;
      await touched.write();
    }
    await tx.done;
    return moved;
  }

  // meet replaces the address book by a snapshot of it. Who is not in it is gone, but what they wrote keeps its name.
  async meet(people: Person[]): Promise<void> {
    const tx = this.db.transaction('people', 'readwrite');
    const here = new Set(people.map((p) => p.account));
    for (const known of await tx.store.getAll()) {
      if (!here.has(known.account) && known.standing !== 'gone') await tx.store.put({ ...known, standing: 'gone' });
    }
    for (const person of people) await tx.store.put(person);
    await tx.done;
  }

  async know(person: Person): Promise<void> {
    await this.db.put('people', person);
  }

  // ---- reading ----

  people(): Promise<Person[]> {
    return this.db.getAll('people');
  }

  conversations(): Promise<Conversation[]> {
    return this.db.getAll('conversations');
  }

  conversation(name: string): Promise<Conversation | undefined> {
    return this.db.get('conversations', name);
  }

  // waiting gives the last of a conversation's messages that wait, oldest first.
  async waiting(conversation: string, max: number): Promise<Waiting[]> {
    const rows: Waiting[] = [];
    const index = this.db.transaction('outbox').store.index('conversation');
    let cursor = await index.openCursor(conversation, 'prev');
    while (cursor && rows.length < max) {
      rows.push(cursor.value);
      cursor = await cursor.continue();
    }
    return rows.reverse();
  }

  returned(conversation: string): Promise<Returned[]> {
    return this.db.getAllFromIndex('returned', 'conversation', conversation);
  }

  // page reads up to max messages on one side of a place, oldest first.
  async page(conversation: string, side: Side, from: Place, max: number): Promise<Message[]> {
    const range =
      side === 'after'
        ? IDBKeyRange.bound([conversation, from], [conversation, END], true, true)
        : IDBKeyRange.bound([conversation, START], [conversation, from], true, true);
    if (side === 'after') return this.db.getAll('messages', range, max);
    const rows: Message[] = [];
    let cursor = await this.db.transaction('messages').store.openCursor(range, 'prev');
    while (cursor && rows.length < max) {
      rows.push(cursor.value);
      cursor = await cursor.continue();
    }
    return rows.reverse();
  }

  // span reads what lies between two places, both included.
  span(conversation: string, from: Place, to: Place): Promise<Message[]> {
    return this.db.getAll('messages', IDBKeyRange.bound([conversation, from], [conversation, to]));
  }

  // next gives the messages whose turn it is: the first of each conversation.
  async next(): Promise<Waiting[]> {
    const first: Waiting[] = [];
    let cursor = await this.db.transaction('outbox').store.index('conversation').openCursor(null, 'nextunique');
    while (cursor) {
      first.push(cursor.value);
      cursor = await cursor.continue();
    }
    return first.sort((a, b) => a.turn! - b.turn!);
  }

  async pending(max: number): Promise<string[]> {
    return (await this.db.getAllFromIndex('messages', 'pending', 1, max)).map((m) => m.id);
  }

  // untold gives the conversations whose other side does not yet know how far this account is. Only contacts are told.
  async untold(): Promise<Conversation[]> {
    const contacts = new Set((await this.people()).filter((p) => p.standing === 'contact').map((p) => p.conversation));
    return (await this.conversations()).filter(
      (c) =>
        contacts.has(c.conversation) &&
        ((c.arrived && !reaches(c.told.delivered, place(c.arrived))) || (c.seen && !reaches(c.told.seen, place(c.seen)))),
    );
  }
}

// Touched keeps the conversation rows of one transaction until its end, and counts their unread once.
class Touched {
  private readonly rows = new Map<string, Conversation>();

  constructor(private readonly tx: Writing) {}

  async row(conversation: string): Promise<Conversation> {
    const known =
      this.rows.get(conversation) ??
      (await this.tx.objectStore('conversations').get(conversation)) ??
      ({ conversation, unread: 0, told: {}, theirs: {} } satisfies Conversation);
    this.rows.set(conversation, known);
    return known;
  }

  async write(): Promise<void> {
    for (const row of this.rows.values()) {
      const incoming = this.tx.objectStore('messages').index('incoming');
      const after: [string, 0, Place] = [row.conversation, 0, place(row.seen)];
      row.unread = await incoming.count(IDBKeyRange.bound(after, [row.conversation, 0, END], true, true));
      await this.tx.objectStore('conversations').put(row);
    }
  }

  names(): string[] {
    return [...this.rows.keys()];
  }
}

function abort(tx: Writing): void {
  tx.done.catch(() => undefined); // the first error is the one to tell
  try {
    tx.abort();
  } catch {
    // it has aborted itself
  }
}
