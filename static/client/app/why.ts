import { Refusal } from '../core/addressbook.ts';
import { say, shell } from './shell.ts';

// why says in words what went wrong with something that somebody asked for.
export function why(err: unknown): string {
  if (!(err instanceof Refusal)) return say('problem.unreachable');
  const key = `problem.${err.code}`;
  return shell.words[key] ? say(key) : err.message || say('problem.other');
}
