// The line to the gateway: one web socket, opened again for as long as somebody wants it. What comes in is stored, then
// acknowledged; what waits in the outbox goes out in its turn.

import type { AddressBook } from './addressbook.ts';
import { arrival, gapReasonOf, messageFrame, read, reasonOf, verdictOf, watermarkFrame, write, type Frame } from './frames.ts';
import { newMessageId } from './id.ts';
import { fromWire, place, reaches } from './position.ts';
import type { Conversation } from './records.ts';
import type { Arrival, Changed, Store } from './store.ts';
import { Reason as WireReason } from './wire/folkmoot_pb.ts';

// World is what the line needs of its surroundings.
export interface World {
  url: string; // of the web socket
  connect: (url: string, protocol: string) => WebSocket;
  now: () => number;
  random: () => number;
}

export type LineState = 'connecting' | 'catching-up' | 'open' | 'away';

// Ending is why a line will not be opened again.
export type Ending = 'signed-out' | 'revoked' | 'stranger';

export interface Listener {
  state: (state: LineState) => void;
  changed: (changed: Changed) => void;
  meet: () => void; // read the address book again
  full: () => void; // the browser refused to store
}

const client = 'folkmoot-web/0.1.0';
const batch = 500; // frames in one transaction
const quiet = 35_000; // ms without a word from the server before we ask for one
const dead = 60_000; // ms without a word before we hang up
const slowest = 30_000; // ms between two attempts, at most
const asked = 200; // ids in one AskVerdicts
const watermarkEvery = 1_000; // ms between two watermarks of one conversation

export class Line {
  private socket: WebSocket | undefined;
  private hangUp: ((code: number) => void) | undefined;
  private welcomed = false;
  private inbox: ArrayBuffer[] = [];
  private draining = false;
  private attempts = 0;
  private heard = 0;
  private probed = false;
  private readonly inFlight = new Map<string, { id: string; since: number }>(); // by conversation
  private readonly notBefore = new Map<string, number>(); // by conversation: the server asked us to wait
  private readonly telling = new Map<string, { at: number; row: Conversation }>(); // watermarks on their way
  private flushing = false;
  private flushAgain = false;
  private timers = new Set<ReturnType<typeof setTimeout>>();
  private wakeUp: (() => void) | undefined;
  private away = false;
  private ending: Ending | undefined;
  private stopped = false;

  constructor(
    private readonly world: World,
    private readonly store: Store,
    private readonly book: AddressBook,
    private readonly listener: Listener,
  ) {}

  // run keeps the line open until it is stopped, or must not be opened again.
  async run(): Promise<Ending | undefined> {
    const watch = setInterval(() => this.listen(), 5_000);
    try {
      while (!this.stopped && !this.ending) {
        if (!this.away) {
          this.listener.state('connecting');
          await this.pause(await this.call());
        } else {
          this.listener.state('away');
          await this.pause(Infinity);
        }
      }
    } finally {
      clearInterval(watch);
      for (const t of this.timers) clearTimeout(t);
    }
    return this.ending;
  }

  stop(): void {
    this.stopped = true;
    this.socket?.close(1000);
    this.wakeUp?.();
  }

  // wake is for good news (online again, looked at again): no more waiting.
  wake(): void {
    this.away = false;
    this.attempts = 0;
    this.wakeUp?.();
    this.listen();
  }

  // leave is for a browser that says it has no network: a dead socket may take minutes to notice.
  leave(): void {
    this.away = true;
    this.socket?.close(1000);
    this.listener.state('away');
  }

  // flush sends what waits: one message a conversation at a time, in the order of writing.
  flush(): void {
    this.flushAgain = true;
    if (!this.flushing) void this.flushAll();
  }

  // call opens the socket, stays with it until it closes, and gives the milliseconds to wait before the next.
  private async call(): Promise<number> {
    const cursor = await this.store.cursor();
    const socket = this.world.connect(this.world.url, 'folkmoot.v1');
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.heard = this.world.now();
    this.probed = false;
    const code = await new Promise<number>((closed) => {
      socket.onopen = () => socket.send(write({ case: 'hello', value: { cursor, client } }));
      socket.onmessage = (e: MessageEvent<ArrayBuffer>) => {
        this.heard = this.world.now();
        this.probed = false;
        this.inbox.push(e.data);
        if (!this.draining) void this.drain(socket);
      };
      socket.onclose = (e: CloseEvent) => closed(e.code);
      this.hangUp = closed;
    });
    this.hangUp = undefined;
    const greeted = this.welcomed;
    this.welcomed = false;
    this.socket = undefined;
    this.inFlight.clear();
    this.telling.clear();
    if (!this.away) this.listener.state('connecting');
    await this.drained();
    if (!greeted && code === 1006 && !this.away && !(await this.book.signedIn())) this.ending = 'signed-out';
    return this.after(code);
  }

  private after(code: number): number {
    const jitter = (most: number) => this.world.random() * most;
    switch (code) {
      case 4401:
        this.ending = 'signed-out';
        return 0;
      case 4403:
        this.ending = 'revoked';
        return 0;
      case 4400: // one of us is wrong: do not hammer
      case 4413:
      case 4429:
        return 5_000 + jitter(10_000);
      case 4409: // somebody else holds this device's line: no tug of war
        return 15_000 + jitter(15_000);
      default:
        return jitter(Math.min(slowest, 500 * 2 ** this.attempts++));
    }
  }

  // listen notices a line that died without a word. The server's pings are not shown to a page, so after some silence we
  // ask for the verdicts of a message that never was, to which it must answer.
  private listen(): void {
    const socket = this.socket;
    if (!socket) return;
    const silence = this.world.now() - this.heard;
    const stuck = [...this.inFlight.values()].some((f) => this.world.now() - f.since > dead);
    if (silence > dead || stuck) {
      socket.onmessage = null;
      socket.close();
      this.hangUp?.(1006); // its close event may take as long again
    } else if (silence > quiet && this.welcomed && !this.probed) {
      this.probed = true;
      socket.send(write({ case: 'askVerdicts', value: { ids: [newMessageId(this.world.now())] } }));
    }
  }

  private pause(ms: number): Promise<void> {
    if (this.stopped || this.ending || ms <= 0) return Promise.resolve();
    return new Promise((done) => {
      const timer = ms === Infinity ? undefined : this.later(ms, () => this.wakeUp?.());
      this.wakeUp = () => {
        if (timer) clearTimeout(timer);
        this.wakeUp = undefined;
        done();
      };
    });
  }

  private later(ms: number, then: () => void): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      then();
    }, ms);
    this.timers.add(timer);
    return timer;
  }

  // ---- in ----

  private drainEnded: (() => void)[] = [];

  private drained(): Promise<void> {
    return this.draining ? new Promise((done) => this.drainEnded.push(done)) : Promise.resolve();
  }

  private async drain(socket: WebSocket): Promise<void> {
    this.draining = true;
    try {
      while (this.inbox.length > 0 && !this.ending) await this.takeIn(socket, this.inbox.splice(0, batch));
    } catch (err) {
      // Nothing of the batch was stored, and the cursor did not move: it comes again.
      this.inbox = [];
      if (err instanceof DOMException && err.name === 'QuotaExceededError') this.listener.full();
      else if (!this.stopped && !this.ending) console.warn('folkmoot: the line is opened again', err);
      socket.close(4000);
    } finally {
      this.draining = false;
      for (const done of this.drainEnded.splice(0)) done();
    }
  }

  private async takeIn(socket: WebSocket, raw: ArrayBuffer[]): Promise<void> {
    const frames = raw.map(read);
    const arrivals: Arrival[] = [];
    let cursor: Uint8Array | undefined;
    for (const frame of frames) {
      const moved = this.cursorOf(frame);
      if (moved) cursor = moved;
      arrivals.push(...(await this.arrivalsOf(frame)));
    }
    if (arrivals.length > 0 || cursor) {
      const changed = await this.store.take(arrivals, cursor, this.world.now());
      if (cursor && socket.readyState === 1) socket.send(write({ case: 'ack', value: { cursor } }));
      this.listener.changed(changed);
    }
    for (const frame of frames) await this.react(socket, frame);
    this.flush();
  }

  private cursorOf(frame: Frame): Uint8Array | undefined {
    if (frame.case === 'delivery' || frame.case === 'caughtUp') return frame.value.cursor;
    return frame.case === 'gap' ? frame.value.to : undefined;
  }

  private async arrivalsOf(frame: Frame): Promise<Arrival[]> {
    switch (frame.case) {
      case 'delivery': {
        const one = await arrival(frame.value.record);
        return one ? [one] : [];
      }
      case 'sent':
        return frame.value.position
          ? [{ what: 'sent', id: frame.value.id, position: fromWire(frame.value.position) }]
          : [];
      case 'notSent':
        return forGood(frame.value.reason, frame.value.retryAfterMs)
          ? [{ what: 'refused', id: frame.value.id, reason: reasonOf(frame.value.reason) }]
          : [];
      case 'verdicts':
        return frame.value.messages.flatMap(({ id, position, verdicts }) =>
          position && verdicts.length > 0
            ? [{ what: 'verdict' as const, id, position: fromWire(position), verdict: verdictOf(verdicts) }]
            : [],
        );
      case 'gap':
        return [{ what: 'gap', reason: gapReasonOf(frame.value.reason) }];
      default:
        return [];
    }
  }

  // react does what follows from a frame once it is stored.
  private async react(socket: WebSocket, frame: Frame): Promise<void> {
    switch (frame.case) {
      case 'welcome':
        if (frame.value.account !== this.store.account || frame.value.device !== this.store.device) {
          this.ending = 'stranger'; // another account signed in on this browser: this page is not theirs
          socket.close(1000);
          return;
        }
        this.welcomed = true;
        this.listener.state('catching-up');
        return;
      case 'caughtUp':
        this.attempts = 0;
        this.listener.state('open');
        this.listener.meet();
        await this.askVerdicts(socket);
        return;
      case 'gap':
        this.listener.meet();
        return;
      case 'sent':
        this.landed(frame.value.id);
        return;
      case 'notSent': {
        const { id, reason, retryAfterMs } = frame.value;
        const conversation = this.landed(id);
        if (conversation && !forGood(reason, retryAfterMs)) this.again(conversation, retryAfterMs);
        return;
      }
      case 'delivery': {
        const what = frame.value.record?.what;
        if (what?.case === 'deviceRevoked' && what.value.device === this.store.device) {
          this.ending = 'revoked';
          socket.close(1000);
        }
      }
    }
  }

  // askVerdicts asks what became of messages whose copy we did not meet on the way.
  private async askVerdicts(socket: WebSocket): Promise<void> {
    const ids = await this.store.pending(asked);
    if (ids.length > 0 && socket.readyState === 1) socket.send(write({ case: 'askVerdicts', value: { ids } }));
  }

  // ---- out ----

  private landed(id: string): string | undefined {
    for (const [conversation, flight] of this.inFlight) {
      if (flight.id !== id) continue;
      this.inFlight.delete(conversation);
      return conversation;
    }
    return undefined;
  }

  private again(conversation: string, retryAfter: number): void {
    const wait = (retryAfter || 500) * (1 + this.world.random());
    this.notBefore.set(conversation, this.world.now() + wait);
    this.later(wait, () => {
      this.notBefore.delete(conversation);
      this.flush();
    });
  }

  private async flushAll(): Promise<void> {
    this.flushing = true;
    try {
      while (this.flushAgain) {
        this.flushAgain = false;
        await this.sendWaiting();
        await this.tellWatermarks();
      }
    } catch (err) {
      if (!this.stopped && !this.ending) console.warn('folkmoot: could not send', err);
    } finally {
      this.flushing = false;
    }
  }

  private async sendWaiting(): Promise<void> {
    for (const w of await this.store.next()) {
      const socket = this.socket;
      if (!this.welcomed || socket?.readyState !== 1) return;
      if (this.inFlight.has(w.conversation) || this.notBefore.has(w.conversation)) continue;
      this.inFlight.set(w.conversation, { id: w.id, since: this.world.now() });
      socket.send(await messageFrame(w));
    }
  }

  // tellWatermarks tells each conversation's other side how far we are, at most once a second.
  private async tellWatermarks(): Promise<void> {
    if (!this.welcomed) return;
    for (const row of await this.store.untold()) {
      const last = this.telling.get(row.conversation);
      if (last && says(last.row, row)) continue;
      const wait = last ? last.at + watermarkEvery - this.world.now() : 0;
      if (wait > 0) {
        this.later(wait, () => this.flush());
        continue;
      }
      const socket = this.socket;
      if (socket?.readyState !== 1) return;
      this.telling.set(row.conversation, { at: this.world.now(), row });
      socket.send(await watermarkFrame(newMessageId(this.world.now()), row));
    }
  }
}

// says reports whether an older watermark already said all of a newer one.
function says(older: Conversation, newer: Conversation): boolean {
  const covers = (a: Conversation['seen'], b: Conversation['seen']) => !b || reaches(a, place(b));
  return covers(older.arrived, newer.arrived) && covers(older.seen, newer.seen);
}

// forGood separates what will never be taken from what may be sent again.
function forGood(reason: WireReason, retryAfter: number): boolean {
  return retryAfter === 0 && reason !== WireReason.UNAVAILABLE && reason !== WireReason.TOO_FAST;
}
