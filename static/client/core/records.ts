// What this device keeps: the rows of its IndexedDB, in the chat's own words.

import type { DBSchema } from 'idb';
import type { Place, Position } from './position.ts';

export type Standing = 'contact' | 'asked' | 'asking' | 'blocked' | 'gone';

// Person is one line of the address book, as GET /api/people tells it.
export interface Person {
  account: string;
  conversation: string;
  name: string;
  address: string;
  standing: Standing;
  since: string;
}

export type Outcome = 'delivered' | 'held' | 'refused';

// Why a message was not delivered; each has a sentence in templates/text/client.en.toml.
export type Reason =
  | 'waiting'
  | 'not_a_participant'
  | 'malformed'
  | 'too_large'
  | 'gone'
  | 'too_fast'
  | 'no_conversation'
  | 'forged'
  | 'unavailable'
  | 'no_answers'
  | 'unknown';

// Message is an envelope that has its place in a conversation.
export interface Message {
  conversation: string;
  place: Place;
  partition: number;
  account: string;
  device: string;
  id: string;
  text: string | null; // null: this device cannot read it
  at: number;
  mine: 0 | 1; // IndexedDB indexes no booleans
  request: boolean;
  pending?: 1; // no copy and no verdict yet: the place is what Sent promised, and may be put right
  outcome?: Outcome;
  reason?: Reason;
}

// Waiting is a message of this device that has no place yet.
export interface Waiting {
  turn?: number; // given by IndexedDB: the order of writing is the order of sending
  conversation: string;
  id: string;
  text: string;
  at: number;
}

// Returned is a message that was refused for good. It stays until its writer takes it away.
export interface Returned extends Waiting {
  refused: Reason;
}

// Conversation is what the list shows, kept up to date with every record.
export interface Conversation {
  conversation: string;
  last?: { text: string | null; at: number; mine: boolean; place: Place };
  unread: number;
  arrived?: Position; // the newest message of theirs that is stored here
  seen?: Position; // how far this account has seen
  told: { delivered?: Position; seen?: Position }; // what the other side has been told
  theirs: { delivered?: Position; seen?: Position }; // what the other side has told
}

export interface Notes {
  cursor: Uint8Array;
  gap: { reason: 'expired' | 'rebuilt' | 'foreign'; at: number };
}

export interface Kept extends DBSchema {
  messages: {
    key: [string, Place];
    value: Message;
    indexes: { sent: [string, string]; incoming: [string, 0 | 1, Place]; pending: 1 };
  };
  outbox: { key: number; value: Waiting; indexes: { id: string; conversation: string } };
  returned: { key: string; value: Returned; indexes: { conversation: string } };
  conversations: { key: string; value: Conversation };
  people: { key: string; value: Person; indexes: { conversation: string } };
  notes: { key: keyof Notes; value: Notes[keyof Notes] };
}
