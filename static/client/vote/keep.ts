// Keeps a member's votes on this device. A voter key and what its signatures are unblinded with are written, and on disk,
// before any signer is asked: a signer answers no second key, so what is lost here is lost.

import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Asked, Cast, Mark, Receipt, Statement, VoterKey } from './ballot.ts';
import type { Proof } from './log.ts';

// Vote is what this device has of one contest. Which candidates were ranked is not in it.
export interface Vote {
  contest: string;
  election: string;
  member: string;
  class: string;
  manifest: string; // its text, checked
  signer: string; // address of the scrutineers' signer
  key: VoterKey;
  asked: { society: Asked; scrutineers: Asked };
  marks: { society?: Mark; scrutineers?: Mark };
  code?: string; // that the scrutineers' signer mailed
  at?: number; // when both signatures are collected, by the server's clock
  refused?: string; // what the signers said last, by its word
  sending?: Cast; // made and signed, and perhaps not arrived: only this one may be sent
  cast?: { statement: Statement; entry: string; receipt: Receipt; proof?: Proof }; // the proof that was checked last, with its checkpoint
}

// Recovery is the code by which another device can have this one's votes in an election.
export interface Recovery {
  election: string;
  code: string;
  written?: boolean; // the member said so; from then on it is not shown
  saved?: string; // digest of what was handed in last under it
}

interface Kept extends DBSchema {
  votes: { key: string; value: Vote; indexes: { election: string } };
  recoveries: { key: string; value: Recovery };
}

export class Keep {
  private constructor(private readonly db: IDBPDatabase<Kept>) {}

  // The name has the account in it: whoever signs in next on this browser opens another database.
  static async open(account: string): Promise<Keep> {
    const db: IDBPDatabase<Kept> = await openDB<Kept>(`folkmoot-votes-${account}`, 1, {
      upgrade(db) {
        db.createObjectStore('votes', { keyPath: 'contest' }).createIndex('election', 'election');
        db.createObjectStore('recoveries', { keyPath: 'election' });
      },
      blocking: () => db.close(),
    });
    return new Keep(db);
  }

  close(): void {
    this.db.close();
  }

  vote(contest: string): Promise<Vote | undefined> {
    return this.db.get('votes', contest);
  }

  votes(election?: string): Promise<Vote[]> {
    return election === undefined ? this.db.getAll('votes') : this.db.getAllFromIndex('votes', 'election', election);
  }

  // first keeps a new vote unless there is one already, and gives the one that is kept: two tabs make one key.
  async first(vote: Vote): Promise<Vote> {
    const tx = this.db.transaction('votes', 'readwrite', { durability: 'strict' });
    const known = await tx.store.get(vote.contest);
    if (!known) await tx.store.add(vote);
    await tx.done;
    return known ?? vote;
  }

  // change writes what has become of a vote, over whatever another tab wrote meanwhile.
  async change(contest: string, made: (v: Vote) => Vote): Promise<Vote> {
    const tx = this.db.transaction('votes', 'readwrite', { durability: 'strict' });
    const known = await tx.store.get(contest);
    if (!known) {
      await tx.done;
      throw new Error('no such vote is kept');
    }
    const changed = made(known);
    await tx.store.put(changed);
    await tx.done;
    return changed;
  }

  // restore keeps what another device had. A vote that this device knows more of stays.
  async restore(votes: Vote[], recovery: Recovery): Promise<void> {
    const tx = this.db.transaction(['votes', 'recoveries'], 'readwrite', { durability: 'strict' });
    for (const v of votes) {
      const known = await tx.objectStore('votes').get(v.contest);
      if (!known || known.key.public !== v.key.public) await tx.objectStore('votes').put(v);
    }
    await tx.objectStore('recoveries').put(recovery);
    await tx.done;
  }

  // forget drops a key that no signer has signed, so that the member can begin afresh.
  async forget(contest: string): Promise<void> {
    await this.db.delete('votes', contest);
  }

  recovery(election: string): Promise<Recovery | undefined> {
    return this.db.get('recoveries', election);
  }

  async recover(made: Recovery): Promise<void> {
    const tx = this.db.transaction('recoveries', 'readwrite', { durability: 'strict' });
    await tx.store.put(made);
    await tx.done;
  }
}
