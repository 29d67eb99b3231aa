// What is between a text and an envelope's body. Today plain; a worker that encrypts takes this place, and only this one.

import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { ContentSchema, Protection, type Content, type Envelope } from './wire/folkmoot_pb.ts';

export async function seal(content: MessageInitShape<typeof ContentSchema>): Promise<Pick<Envelope, 'protection' | 'body'>> {
  return { protection: Protection.PLAIN, body: toBinary(ContentSchema, create(ContentSchema, content)) };
}

// open gives undefined for what this device cannot read: it is kept all the same, in its place.
export async function open(envelope: Envelope): Promise<Content | undefined> {
  if (envelope.protection !== Protection.PLAIN) return undefined;
  try {
    return fromBinary(ContentSchema, envelope.body);
  } catch {
    return undefined;
  }
}
