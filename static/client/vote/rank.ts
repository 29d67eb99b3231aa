// The ranking as it is seen: candidates in the official order, each with a list of numbers, and beside it the ranking so
// far. Every change that moves somebody else's number is asked for, or said.

import { button, el, heading, list, note, say } from './page.ts';
import { close, gaps, give, holder, insert, last, moved, preferences, step, take, type Ranks } from './ranking.ts';

export interface Choice {
  number: number;
  name: string;
  struck?: boolean;
  hint?: string; // what a choice that is nobody means
}

export interface Rows {
  id: string; // of the desk: ids on the page begin with it
  seats: number;
  choices: Choice[];
  ranks: Ranks;
  changed(ranks: Ranks): void;
  review(): void;
}

export function rankStep(r: Rows): HTMLElement {
  let ranks = r.ranks;
  const name = (c: number): string => r.choices.find((o) => o.number === c)!.name;
  const live = el('p', { class: 'hint live', role: 'status' });
  const rows = new Map<number, { row: HTMLElement; select: HTMLSelectElement; up: HTMLButtonElement; down: HTMLButtonElement; clear: HTMLButtonElement }>();
  const soFar = el('div', { class: 'so-far' });
  const gap = el('div', { class: 'gap-note' });

  const become = (next: Ranks, meant: number): void => {
    const others = moved(ranks, next, meant);
    ranks = next;
    r.changed(ranks);
    update();
    const told = others.map((c) => (ranks.has(c) ? say('rank.now', { Name: name(c), Rank: ranks.get(c)! }) : say('rank.now_none', { Name: name(c) })));
    const own = meant === 0 ? [] : [ranks.has(meant) ? say('rank.now', { Name: name(meant), Rank: ranks.get(meant)! }) : say('rank.now_none', { Name: name(meant) })];
    live.textContent = list([...own, ...told]);
  };

  // choose takes a number from a list. If somebody has it, the person decides what becomes of that.
  const choose = (c: number, rank: number): void => {
    const { row, select } = rows.get(c)!;
    unask();
    const other = rank > 0 ? holder(ranks, rank) : undefined;
    if (other === undefined || other === c) return become(give(ranks, c, rank), c);
    select.value = String(ranks.get(c) ?? 0);
    const settle = (next: Ranks | null): void => {
      unask();
      if (next) become(next, c);
      select.focus();
    };
    const values = { Rank: rank, Name: name(c), Other: name(other) };
    const asked = el(
      'div',
      { class: 'clash', role: 'group', 'aria-label': say('clash.head', values) },
      el('p', {}, say('clash.head', values)),
      button(say('clash.insert', values), () => settle(insert(ranks, c, rank)), 'quiet small'),
      button(say('clash.take', values), () => settle(take(ranks, c, rank)), 'quiet small'),
      button(say('clash.leave', values), () => settle(null), 'quiet small'),
    );
    row.append(asked);
    live.textContent = ''; // the question has the focus, and is read out with it
    asked.querySelector('button')!.focus();
  };
  const unask = (): void => stepEl.querySelectorAll('.clash').forEach((asked) => asked.remove());

  const items = r.choices.map((o) => {
    const id = `${r.id}-rank-${o.number}`;
    const select = el('select', { id, change: () => choose(o.number, Number(select.value)) }, el('option', { value: 0 }, say('rank.none')));
    for (let rank = 1; rank <= r.choices.length; rank++) select.append(el('option', { value: rank }, String(rank)));
    const move = (by: -1 | 1): void => {
      unask();
      become(step(ranks, o.number, by), o.number);
    };
    const act = (sign: string, label: string, does: () => void): HTMLButtonElement =>
      el('button', { type: 'button', class: 'act', 'aria-label': label, click: does }, el('span', { 'aria-hidden': 'true' }, sign));
    const up = act('↑', say('rank.up', { Name: o.name }), () => move(-1));
    const down = act('↓', say('rank.down', { Name: o.name }), () => move(1));
    const clear = act('×', say('rank.clear', { Name: o.name }), () => {
      unask();
      become(give(ranks, o.number, 0), o.number);
    });
    const row = el(
      'li',
      { draggable: 'true', dragstart: (e: DragEvent) => e.dataTransfer?.setData('text/plain', String(o.number)) },
      select,
      el('label', { for: id }, o.name, o.struck && el('span', { class: 'tag' }, say('rank.struck'))),
      el('span', { class: 'acts' }, up, down, clear),
      o.hint && el('p', { class: 'hint', id: `${id}-hint` }, o.hint),
    );
    if (o.hint) select.setAttribute('aria-describedby', `${id}-hint`);
    rows.set(o.number, { row, select, up, down, clear });
    return row;
  });

  // A button that cannot do anything is not taken away under the finger: it says so.
  const update = (): void => {
    for (const [c, { row, select, up, down, clear }] of rows) {
      const at = ranks.get(c);
      select.value = String(at ?? 0);
      row.classList.toggle('ranked', at !== undefined);
      up.setAttribute('aria-disabled', String(at === 1));
      down.setAttribute('aria-disabled', String(at === undefined));
      clear.setAttribute('aria-disabled', String(at === undefined));
    }
    const order = preferences(ranks);
    soFar.replaceChildren(
      el('h4', {}, say('rank.so_far')),
      order.length === 0
        ? el('p', { class: 'hint' }, say('rank.so_far_none'))
        : el('ol', {}, ...order.map((c) => el('li', { value: ranks.get(c)!, draggable: 'true', 'data-candidate': c, dragstart: (e: DragEvent) => e.dataTransfer?.setData('text/plain', String(c)) }, name(c)))),
    );
    const missing = gaps(ranks);
    gap.replaceChildren(
      ...(missing.length === 0
        ? []
        : [
            el('p', { class: 'note care' }, say('rank.gap', { Ranks: list(missing.map(String)) })),
            button(
              say('rank.gap_close'),
              () => {
                become(close(ranks), 0);
                review.focus();
              },
              'quiet',
            ),
          ]),
    );
  };

  // Dropped on somebody in the ranking, a name takes that place and the others move down; below all, it comes last.
  soFar.addEventListener('dragover', (e) => e.preventDefault());
  soFar.addEventListener('drop', (e) => {
    e.preventDefault();
    const dragged = Number(e.dataTransfer?.getData('text/plain'));
    if (!rows.has(dragged)) return;
    const on = Number((e.target as Element).closest<HTMLElement>('[data-candidate]')?.dataset['candidate'] ?? 0);
    if (on === dragged) return;
    const without = give(ranks, dragged, 0);
    become(on ? insert(close(without), dragged, close(without).get(on)!) : give(close(without), dragged, last(close(without)) + 1), dragged);
  });

  const review = button(say('rank.review'), () => {
    if (gaps(ranks).length === 0) return r.review();
    live.textContent = say('rank.gap', { Ranks: list(gaps(ranks).map(String)) });
    gap.querySelector('button')!.focus();
  });
  const stepEl: HTMLElement = el(
    'div',
    { class: 'step' },
    heading(say('rank.head')),
    el('p', {}, say('rank.how', { Seats: r.seats })),
    el('p', { class: 'hint' }, say('rank.keys')),
    el('div', { class: 'ranking' }, el('ol', { class: 'ranks' }, ...items), soFar),
    live,
    gap,
    el('div', { class: 'answers' }, review, button(say('rank.clear_all'), () => {
      unask();
      become(new Map(), 0);
    }, 'quiet')),
  );
  update();
  return stepEl;
}

export interface Review {
  choices: Choice[];
  ranks: Ranks;
  tendered: boolean;
  cast(): void;
  back(): void;
}

// reviewStep shows a ballot in the order of its numbers before it is cast.
export function reviewStep(r: Review): HTMLElement {
  const order = preferences(r.ranks);
  const left = r.choices.length - order.length;
  return el(
    'div',
    { class: 'step' },
    heading(say('review.head')),
    order.length === 0
      ? note(say('review.empty'), 'care')
      : el('ol', { class: 'reviewed' }, ...order.map((c) => el('li', {}, r.choices.find((o) => o.number === c)!.name))),
    el('p', { class: 'hint' }, left === 0 ? say('review.all') : say('review.unranked', { Count: left })),
    el('p', {}, say(r.tendered ? 'review.tendered' : 'review.sealed')),
    el('div', { class: 'answers' }, button(say(order.length === 0 ? 'review.cast_empty' : 'review.cast'), r.cast), button(say('review.back'), r.back, 'quiet')),
  );
}

