// The page of a scrutineer: makes their key, and opens ballots with it. The private half is in a file of theirs and, while
// they work, in this page; it goes nowhere else.

import { Wrong, type Cast } from './ballot.ts';
import { Refused, asks } from './ask.ts';
import { checkWork, handIn, openAll, peelAll, type Work } from './duty.ts';
import { makeScrutineerKey, unsealer, type ScrutineerKey, type Unsealer } from './opening.ts';
import { button, download, el, note, say, speak, trouble } from './page.ts';

// Data is what the server says (templates.OpeningData).
interface Data {
  election: string;
  number: number;
  public: string | null;
  classes: string[];
  language: string;
  words: Record<string, string>;
}

export const FORMAT = 'folkmoot-scrutineer-key/1';

const data = JSON.parse(document.getElementById('opening-data')!.textContent!) as Data;
speak(data.language, data.words);

function file(key: ScrutineerKey): void {
  download(`opening-key-${data.election}-${data.number + 1}.json`, JSON.stringify({ format: FORMAT, ...key }, null, 2) + '\n');
}

// The public half is handed in only when the file is safe: ballots sealed for a key that is lost stay sealed.
function makeDesk(place: HTMLElement, form: HTMLFormElement): void {
  const make = button(say('opening.make'), () => {
    void makeScrutineerKey().then((key) => {
      file(key);
      const saved = button(say('opening.saved'), () => {
        form.querySelector<HTMLInputElement>('[name=public]')!.value = key.public;
        form.requestSubmit();
      });
      place.replaceChildren(el('div', { class: 'step' }, note(say('opening.made')), el('div', { class: 'answers' }, saved, button(say('opening.again'), () => file(key), 'quiet'))));
      saved.focus();
    });
  });
  place.replaceChildren(make);
}

class Wrongly extends Error {}

async function readKey(chosen: File): Promise<{ key: Unsealer; own: string }> {
  let key: ScrutineerKey & { format: string };
  try {
    key = JSON.parse(await chosen.text()) as ScrutineerKey & { format: string };
    if (key.format !== FORMAT) throw new Error('another format');
  } catch {
    throw new Wrongly(say('opening.not_key'));
  }
  if (key.public !== data.public) throw new Wrongly(say('opening.not_yours'));
  try {
    return { key: await unsealer(key), own: key.public };
  } catch {
    throw new Wrongly(say('opening.not_key'));
  }
}

async function openDesk(place: HTMLElement, of: string): Promise<void> {
  const id = `key-file-${of}`;
  const chosen = el('input', { id, type: 'file', accept: 'application/json,.json', 'aria-describedby': `${id}-hint` });
  const said = el('div', { class: 'step', role: 'status' });
  const go = button(say('opening.start'), () => {
    go.disabled = true;
    void work(of, chosen.files?.[0], said)
      .catch((e: unknown) => {
        const words = e instanceof Wrongly ? e.message : trouble(e instanceof Refused || e instanceof Wrong ? e.kind : 'otherwise');
        said.replaceChildren(note(words, 'care'));
      })
      .finally(() => (go.disabled = false));
  });
  place.replaceChildren(
    el('div', { class: 'step' }, el('div', { class: 'field' }, el('label', { for: id }, say('opening.choose')), el('p', { class: 'hint', id: `${id}-hint` }, say('opening.choose_hint')), chosen), go, said),
  );
}

// progress shows how far one kind of work is.
function progress(said: HTMLElement, key: string, all: number): (done: number) => Promise<void> {
  const words = el('p', { id: 'progress-words' });
  const bar = el('progress', { max: all, value: 0, 'aria-labelledby': 'progress-words' });
  said.replaceChildren(words, bar, el('p', { class: 'hint' }, say('opening.keep_open')));
  return async (done) => {
    bar.value = done;
    words.textContent = say(key, { Done: done, All: all });
    if (done % 5 === 0) await new Promise((drawn) => setTimeout(drawn));
  };
}

async function work(of: string, chosen: File | undefined, said: HTMLElement): Promise<void> {
  if (!chosen) throw new Wrongly(say('opening.choose'));
  const { key, own } = await readKey(chosen);
  said.replaceChildren(note(say('opening.reading')));
  const at = `/elections/${data.election}/opening/${of}`;
  const count = { Peeled: 0, Opened: 0, Spoiled: 0 };
  const doubts = { unsound: 0 };
  const refused: string[] = [];
  const seen = new Set<string>();
  // The server may hand work out in portions. What it hands out twice was not taken, and is not done twice.
  for (;;) {
    const all = await asks<Work>(`${at}/work`);
    await checkWork(all, own);
    const mine = (kind: string) => (w: { cast: Cast; pair: number }) => {
      const name = `${kind} ${w.pair} ${w.cast.commitment} ${w.cast.credential.key}`;
      return !seen.has(name) && !!seen.add(name);
    };
    const todo = { peel: all.peel.filter(mine('peel')), open: all.open.filter(mine('open')) };
    if (todo.peel.length + todo.open.length === 0) break;
    const peeled = await peelAll(key, all.contest, todo.peel, doubts, progress(said, 'opening.peeling', todo.peel.length));
    refused.push(...(await handIn(`${at}/peeled`, 'peeled', peeled, progress(said, 'opening.sending', peeled.length))));
    const opened = await openAll(key, all.contest, todo.open, doubts, progress(said, 'opening.opening', todo.open.length));
    refused.push(...(await handIn(`${at}/opened`, 'openings', opened, progress(said, 'opening.sending', opened.length))));
    count.Peeled += peeled.filter((p) => p.peeled !== null).length;
    count.Opened += opened.filter((o) => !('spoiled' in o)).length;
    count.Spoiled += todo.peel.length + todo.open.length;
  }
  if (seen.size === 0) return said.replaceChildren(note(say('opening.nothing')));
  count.Spoiled -= count.Peeled + count.Opened;
  said.replaceChildren(
    note(say('opening.done', count)),
    doubts.unsound > 0 ? note(say('opening.unsound', { Count: doubts.unsound }), 'care') : '',
    refused.length > 0 ? el('div', { class: 'step' }, note(say('opening.refused', { Count: refused.length }), 'care'), el('ul', {}, ...refused.map((r) => el('li', {}, el('code', { class: 'long' }, r))))) : '',
    button(say('retry_page'), () => location.reload(), 'quiet'),
  );
}

const desk = document.getElementById('key-desk');
if (desk) makeDesk(desk, document.getElementById('key-form') as HTMLFormElement);
for (const of of data.classes) {
  const place = document.getElementById(`opening-${of}`);
  if (place) void openDesk(place, of);
}
