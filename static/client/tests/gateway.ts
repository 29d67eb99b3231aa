// A gateway in memory: it speaks the frames of docs/protocol.md over sockets that lead nowhere, for one account.

import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { toWire, type Position } from '../core/position.ts';
import type { Person } from '../core/records.ts';
import {
  ClientFrameSchema,
  ContentSchema,
  GapReason,
  Kind,
  MailboxRecordSchema,
  Outcome,
  Protection,
  Reason,
  ServerFrameSchema,
  type Envelope,
  type MailboxRecord,
  type Verdict,
} from '../core/wire/folkmoot_pb.ts';

type Init<T> = T extends { frame?: infer F } ? F & {} : never;
type ServerFrameInit = Init<MessageInitShape<typeof ServerFrameSchema>>;
type RecordInit = MessageInitShape<typeof MailboxRecordSchema>;

export const me = { account: 'me', device: 'phone' };

export class Gateway {
  mailbox: MailboxRecord[] = [];
  gone = 0; // records that the mailbox no longer holds
  sends: Envelope[] = []; // as they came, retries too
  acked = -1;
  asked: string[][] = [];
  greetings = 0;
  sockets: Socket[] = [];
  people: Person[] = [];
  online = true;
  // what becomes of a send: by default it is taken, and its copy comes
  answer: (e: Envelope) => 'take' | 'lose' | { reason: Reason; retryAfterMs?: number } = () => 'take';
  holdCopies = false;
  private next = 1;
  private readonly forwarded = new Map<string, { position: Position; verdicts: MessageInitShape<any>[] }>();

  connect = (): WebSocket => {
    const socket = new Socket(this);
    this.sockets.push(socket);
    queueMicrotask(() => (this.online ? socket.opened() : socket.closed(1006)));
    return socket as unknown as WebSocket;
  };

  fetch = (async (path: string) => {
    if (!this.online) throw new TypeError('no network');
    const body = path === '/api/people' ? { people: this.people } : {};
    return new Response(JSON.stringify(body), { status: 200 });
  }) as typeof fetch;

  get open(): Socket[] {
    return this.sockets.filter((s) => s.readyState === 1);
  }

  // put appends to the mailbox, and live sockets see it.
  put(record: RecordInit): void {
    this.mailbox.push(create(MailboxRecordSchema, record));
    for (const s of this.open) if (s.greeted) s.catchUp();
  }

  message(conversation: string, offset: number, text: string, more: Partial<{ account: string; device: string; id: string; request: boolean; incarnation: number }> = {}): RecordInit {
    const { account = 'nia', device = 'laptop', id = `${account}-${text}`, request = false, incarnation = 1 } = more;
    return {
      what: {
        case: 'copy',
        value: {
          envelope: this.envelope(conversation, account, device, id, Kind.MESSAGE, { what: { case: 'text', value: { text } } }),
          position: toWire({ incarnation, partition: 0, offset }),
          request,
        },
      },
    };
  }

  watermark(conversation: string, offset: number, account: string, marks: { delivered?: number; seen?: number }): RecordInit {
    const at = (o: number | undefined) => (o === undefined ? {} : toWire({ incarnation: 1, partition: 0, offset: o }));
    return {
      what: {
        case: 'copy',
        value: {
          envelope: this.envelope(conversation, account, 'laptop', `w-${offset}`, Kind.WATERMARK, {
            what: {
              case: 'watermark',
              value: {
                ...(marks.delivered !== undefined && { delivered: at(marks.delivered) as ReturnType<typeof toWire> }),
                ...(marks.seen !== undefined && { seen: at(marks.seen) as ReturnType<typeof toWire> }),
              },
            },
          }),
          position: toWire({ incarnation: 1, partition: 0, offset }),
        },
      },
    };
  }

  private envelope(conversation: string, account: string, device: string, id: string, kind: Kind, content: MessageInitShape<typeof ContentSchema>) {
    return {
      version: 1,
      id,
      conversation,
      senderAccount: account,
      senderDevice: device,
      kind,
      protection: Protection.PLAIN,
      body: toBinary(ContentSchema, create(ContentSchema, content)),
      sentAt: 1_700_000_000_000n,
    };
  }

  // send is what the real one does with an envelope: log, ack, router, mailbox. A retry is acked at another place, and
  // forwarded once.
  send(socket: Socket, e: Envelope): void {
    this.sends.push(e);
    const answer = this.answer(e);
    if (answer === 'lose') return;
    if (typeof answer === 'object') {
      socket.say({ case: 'notSent', value: { id: e.id, retryAfterMs: 0, ...answer } });
      return;
    }
    const position = { incarnation: 1, partition: 0, offset: this.next++ };
    socket.say({ case: 'sent', value: { id: e.id, position: toWire(position) } });
    if (this.forwarded.has(e.id)) return;
    const verdicts = [{ recipient: 'nia', outcome: Outcome.DELIVERED }];
    this.forwarded.set(e.id, { position, verdicts });
    if (this.holdCopies) return;
    const stamped = { ...e, senderAccount: me.account, senderDevice: me.device, sentAt: 1_700_000_000_000n };
    this.put({ what: { case: 'copy', value: { envelope: stamped, position: toWire(position), verdicts } } });
  }

  verdicts(ids: string[]): ServerFrameInit {
    const messages = ids.map((id) => {
      const known = this.forwarded.get(id);
      return known ? { id, position: toWire(known.position), verdicts: known.verdicts as Verdict[] } : { id };
    });
    return { case: 'verdicts', value: { messages } };
  }
}

class Socket {
  readyState = 0;
  binaryType = '';
  greeted = false;
  private at = 0;
  onopen?: () => void;
  onmessage?: (e: { data: ArrayBuffer }) => void;
  onclose?: (e: { code: number }) => void;

  constructor(private readonly gateway: Gateway) {}

  opened(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  closed(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    queueMicrotask(() => this.onclose?.({ code }));
  }

  close(): void {
    this.closed(1005);
  }

  say(frame: ServerFrameInit): void {
    const bytes = toBinary(ServerFrameSchema, create(ServerFrameSchema, { frame }));
    if (this.readyState === 1) this.onmessage?.({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer });
  }

  send(bytes: Uint8Array): void {
    const { frame } = fromBinary(ClientFrameSchema, bytes);
    queueMicrotask(() => {
      if (this.readyState !== 1) return;
      switch (frame.case) {
        case 'hello':
          this.hello(frame.value.cursor);
          break;
        case 'send':
          this.gateway.send(this, frame.value.envelope!);
          break;
        case 'ack':
          this.gateway.acked = Math.max(this.gateway.acked, frame.value.cursor[0] ?? 0);
          break;
        case 'askVerdicts':
          this.gateway.asked.push(frame.value.ids);
          this.say(this.gateway.verdicts(frame.value.ids));
      }
    });
  }

  private hello(cursor: Uint8Array): void {
    this.gateway.greetings++;
    this.greeted = true;
    this.say({ case: 'welcome', value: { ...me, maxBody: 16384 } });
    this.at = cursor[0] ?? 0;
    if (this.at < this.gateway.gone) {
      this.say({ case: 'gap', value: { from: cursor, to: new Uint8Array([this.gateway.gone]), reason: GapReason.EXPIRED } });
      this.at = this.gateway.gone;
    }
    this.catchUp();
    this.say({ case: 'caughtUp', value: { cursor: new Uint8Array([this.at]) } });
  }

  catchUp(): void {
    while (this.at < this.gateway.mailbox.length) {
      const record = this.gateway.mailbox[this.at++]!;
      this.say({ case: 'delivery', value: { cursor: new Uint8Array([this.at]), record } });
    }
  }
}
