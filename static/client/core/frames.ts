// Between the words on the wire and the rows of the store.

import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { fromWire, toWire } from './position.ts';
import type { Outcome, Person, Reason, Standing, Waiting, Conversation } from './records.ts';
import { open, seal } from './seal.ts';
import type { Arrival } from './store.ts';
import {
  ClientFrameSchema,
  GapReason,
  Kind,
  Outcome as WireOutcome,
  Reason as WireReason,
  ServerFrameSchema,
  Standing as WireStanding,
  type Copy,
  type MailboxRecord,
  type Person as WirePerson,
  type ServerFrame,
  type Verdict,
} from './wire/folkmoot_pb.ts';

export type Frame = NonNullable<ServerFrame['frame']>;

export function read(bytes: ArrayBuffer): Frame {
  return fromBinary(ServerFrameSchema, new Uint8Array(bytes)).frame;
}

export function write(frame: MessageInitShape<typeof ClientFrameSchema>['frame'] & {}): Uint8Array<ArrayBuffer> {
  return toBinary(ClientFrameSchema, create(ClientFrameSchema, { frame }));
}

export async function messageFrame(w: Waiting): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = await seal({ what: { case: 'text', value: { text: w.text } } });
  const envelope = { version: 1, id: w.id, conversation: w.conversation, kind: Kind.MESSAGE, ...sealed };
  return write({ case: 'send', value: { envelope } });
}

export async function watermarkFrame(id: string, c: Conversation): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = await seal({
    what: {
      case: 'watermark',
      value: { ...(c.arrived && { delivered: toWire(c.arrived) }), ...(c.seen && { seen: toWire(c.seen) }) },
    },
  });
  const envelope = { version: 1, id, conversation: c.conversation, kind: Kind.WATERMARK, ...sealed };
  return write({ case: 'send', value: { envelope } });
}

// arrival reads a record of the mailbox; undefined is a kind that this client does not know yet.
export async function arrival(record: MailboxRecord | undefined): Promise<Arrival | undefined> {
  switch (record?.what.case) {
    case 'copy':
      return copyArrival(record.what.value);
    case 'personChanged': {
      const person = record.what.value.person;
      return person && { what: 'person', person: personFrom(person) };
    }
    default:
      return undefined;
  }
}

async function copyArrival(copy: Copy): Promise<Arrival | undefined> {
  const { envelope, position } = copy;
  if (!envelope || !position) return undefined;
  const content = await open(envelope);
  const { conversation, senderAccount: account, senderDevice: device, id } = envelope;
  if (envelope.kind === Kind.WATERMARK) {
    if (content?.what.case !== 'watermark') return undefined;
    const { delivered, seen } = content.what.value;
    return {
      what: 'watermark',
      conversation,
      account,
      ...(delivered && { delivered: fromWire(delivered) }),
      ...(seen && { seen: fromWire(seen) }),
    };
  }
  if (envelope.kind !== Kind.MESSAGE) return undefined;
  return {
    what: 'message',
    position: fromWire(position),
    message: {
      conversation,
      account,
      device,
      id,
      text: content?.what.case === 'text' ? content.what.value.text : null,
      at: Number(envelope.sentAt),
      request: copy.request,
      ...verdictOf(copy.verdicts),
    },
  };
}

// verdictOf reads the verdicts of a direct conversation: there is one recipient.
export function verdictOf(verdicts: Verdict[]): { outcome?: Outcome; reason?: Reason } {
  const v = verdicts[0];
  switch (v?.outcome) {
    case WireOutcome.DELIVERED:
      return { outcome: 'delivered' };
    case WireOutcome.HELD:
      return { outcome: 'held' };
    case WireOutcome.REFUSED:
      return { outcome: 'refused', reason: reasonOf(v.reason) };
    default:
      return {};
  }
}

export function reasonOf(reason: WireReason): Reason {
  return (WireReason[reason]?.toLowerCase() ?? 'unknown').replace('unspecified', 'unknown') as Reason;
}

export function gapReasonOf(reason: GapReason): 'expired' | 'rebuilt' | 'foreign' {
  if (reason === GapReason.REBUILT) return 'rebuilt';
  return reason === GapReason.FOREIGN ? 'foreign' : 'expired';
}

function personFrom(p: WirePerson): Person {
  const { account, conversation, name, address } = p;
  const standing = (WireStanding[p.standing] ?? 'GONE').toLowerCase() as Standing;
  return { account, conversation, name, address, standing, since: new Date(Number(p.since)).toISOString() };
}
