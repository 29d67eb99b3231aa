// What became of an own message, as its writer is told.

import { reaches } from './position.ts';
import type { Conversation, Message, Person } from './records.ts';

export type Fate = 'sent' | 'request' | 'delivered' | 'seen' | 'refused';

export function fateOf(m: Message, row: Conversation | undefined, person: Person | undefined): Fate {
  if (m.outcome === 'refused') return 'refused';
  if (reaches(row?.theirs.seen, m.place)) return 'seen';
  if (reaches(row?.theirs.delivered, m.place)) return 'delivered';
  return m.outcome === 'held' && person?.standing === 'asked' ? 'request' : 'sent';
}
