// A vote on a motion: yes or no. What is cast is a ranking of two choices, of which one is ranked.

import { button, el, heading, note, say } from './page.ts';
import type { Choice } from './rank.ts';
import { preferences, type Ranks } from './ranking.ts';

export interface Answer {
  id: string; // of the desk: ids on the page begin with it
  motion: string;
  choices: Choice[];
  ranks: Ranks;
  changed(ranks: Ranks): void;
  review(): void;
}

export function answerStep(a: Answer): HTMLElement {
  let ranks = a.ranks;
  const live = el('p', { class: 'hint live', role: 'status' });
  const options = a.choices.map((o) => {
    const id = `${a.id}-answer-${o.number}`;
    const chosen = (): void => {
      ranks = new Map([[o.number, 1]]);
      live.textContent = '';
      a.changed(ranks);
    };
    return el('div', { class: 'choice' }, el('input', { type: 'radio', name: `${a.id}-answer`, id, checked: ranks.get(o.number) === 1, change: chosen }), el('label', { for: id }, o.name));
  });
  const go = button(say('rank.review'), () => {
    if (ranks.size > 0) return a.review();
    live.textContent = say('motion.neither');
    options[0]!.querySelector('input')!.focus();
  });
  return el(
    'div',
    { class: 'step' },
    heading(say('motion.head')),
    el('fieldset', { class: 'answer' }, el('legend', {}, a.motion), ...options),
    live,
    el('div', { class: 'answers' }, go),
  );
}

export interface Given {
  motion: string;
  choices: Choice[];
  ranks: Ranks;
  tendered: boolean;
  cast(): void;
  back(): void;
}

// givenStep shows the answer before it is cast.
export function givenStep(g: Given): HTMLElement {
  const [chosen] = preferences(g.ranks);
  const name = g.choices.find((o) => o.number === chosen)?.name;
  return el(
    'div',
    { class: 'step' },
    heading(say('review.head')),
    el('p', { class: 'hint' }, g.motion),
    name === undefined ? note(say('review.empty'), 'care') : el('p', { class: 'given' }, el('strong', {}, name)),
    el('p', {}, say(g.tendered ? 'review.tendered' : 'review.sealed')),
    el('div', { class: 'answers' }, button(say('review.cast'), g.cast), button(say('review.back'), g.back, 'quiet')),
  );
}
