import { Refusal } from '../core/addressbook.ts';
import { say } from './shell.ts';

// why says in words what went wrong with something that somebody asked for. The server's own words are for people.
export function why(err: unknown): string {
  if (!(err instanceof Refusal)) return say('problem.unreachable');
  return err.message || say('problem.other');
}
