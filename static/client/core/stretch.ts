// The stretch of a conversation that a page shows: at most 60 rows, however long the conversation is.

import type { Chat } from './chat.ts';
import { END, START, compare, type Place } from './position.ts';
import type { Message, Returned, Waiting } from './records.ts';

export const most = 60;
const step = 20; // rows taken in at one end, and let go at the other
const mostWaiting = 20;

export class Stretch {
  messages: Message[] = [];
  waiting: (Waiting | Returned)[] = []; // below the newest
  atStart = false;
  atEnd = false;
  private turn: Promise<void> = Promise.resolve(); // one change at a time

  constructor(
    private readonly chat: Pick<Chat, 'page' | 'span' | 'waiting' | 'returned'>,
    private readonly conversation: string,
  ) {}

  newest(): Promise<void> {
    return this.inTurn(async () => {
      await this.readWaiting();
      this.messages = await this.read('before', END, this.room);
      this.atStart = this.messages.length < this.room;
      this.atEnd = true;
    });
  }

  // around shows what has not been seen yet, with some of what has been before it.
  around(seen: Place): Promise<void> {
    return this.inTurn(async () => {
      await this.readWaiting();
      const after = await this.read('after', seen, most);
      if (after.length < this.room - step) {
        this.messages = await this.read('before', END, this.room);
        this.atStart = this.messages.length < this.room;
        this.atEnd = true;
        return;
      }
      const before = await this.read('before', [seen[0], seen[1] + 1], step);
      this.messages = [...before, ...after.slice(0, most - step)];
      this.atStart = before.length < step;
      this.atEnd = false;
    });
  }

  older(): Promise<void> {
    return this.inTurn(async () => {
      if (this.atStart) return;
      const more = await this.read('before', this.first, step);
      this.atStart = more.length < step;
      this.messages = [...more, ...this.messages];
      if (this.messages.length > most) {
        this.messages.length = most;
        this.atEnd = false;
      }
      if (this.messages.length + this.waiting.length > most && this.atEnd) {
        this.messages.length = this.room;
        this.atEnd = false;
      }
    });
  }

  newer(): Promise<void> {
    return this.inTurn(async () => {
      if (this.atEnd) return;
      const more = await this.read('after', this.last, step);
      this.atEnd = more.length < step;
      this.messages = this.keepEnd([...this.messages, ...more]);
    });
  }

  // refresh reads again what is shown. It follows the newest only when asked: a reader further up keeps their place.
  refresh(follow: boolean): Promise<void> {
    return this.inTurn(async () => {
      await this.readWaiting();
      if ((this.atEnd && follow) || this.messages.length === 0) {
        this.messages = await this.read('before', END, this.room);
        this.atStart = this.messages.length < this.room;
        this.atEnd = true;
        return;
      }
      const shown = (await this.chat.span(this.conversation, this.first, this.last)).slice(0, most);
      const more = await this.read('after', this.last, most);
      const fits = Math.max(0, this.room - shown.length);
      this.messages = [...shown, ...more.slice(0, fits)];
      this.atEnd = more.length <= fits;
    });
  }

  private keepEnd(messages: Message[]): Message[] {
    if (messages.length > this.room) this.atStart = false;
    return messages.slice(-this.room);
  }

  private get room(): number {
    return most - this.waiting.length;
  }

  private get first(): Place {
    return this.messages[0]?.place ?? START;
  }

  private get last(): Place {
    return this.messages.at(-1)?.place ?? START;
  }

  private async readWaiting(): Promise<void> {
    const waiting = await this.chat.waiting(this.conversation, mostWaiting);
    this.waiting = [...(await this.chat.returned(this.conversation)), ...waiting].slice(-mostWaiting);
  }

  private async read(side: 'before' | 'after', from: Place, max: number): Promise<Message[]> {
    const rows = await this.chat.page(this.conversation, side, from, max);
    return rows.sort((a, b) => compare(a.place, b.place));
  }

  private inTurn(change: () => Promise<void>): Promise<void> {
    const whole = async () => {
      await change();
      // a message may have found its place between the two readings
      const placed = new Set(this.messages.map((m) => m.id));
      this.waiting = this.waiting.filter((w) => !placed.has(w.id));
    };
    this.turn = this.turn.then(whole, whole);
    return this.turn;
  }
}
