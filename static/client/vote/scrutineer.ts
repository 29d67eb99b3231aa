// The page of a scrutineer: makes their key, and opens ballots with it. The private half is in a file of theirs and, while
// they work, in this page; it goes nowhere else.

import { Wrong, entry, type Cast } from './ballot.ts';
import { Refused, asks } from './ask.ts';
import { makeScrutineerKey, notOpened, open, peel, unsealer, type Opening, type ScrutineerKey, type Unsealer } from './opening.ts';
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

// Work is what one scrutineer can do just now. Which pair's seal it is was decided by who has done what.
interface Work {
  contest: string;
  manifest: string;
  number: number;
  peel: { cast: Cast; pair: number }[];
  open: { cast: Cast; pair: number; peeled: string }[];
}

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

// A request may have 64 KB. A peeled key takes less than 300 bytes and an opening of 255 preferences less than 1,300, so
// that as many as this always fit.
export const BATCH = 45;

class Wrongly extends Error {}

async function readKey(chosen: File): Promise<Unsealer> {
  let key: ScrutineerKey & { format: string };
  try {
    key = JSON.parse(await chosen.text()) as ScrutineerKey & { format: string };
    if (key.format !== FORMAT) throw new Error('another format');
  } catch {
    throw new Wrongly(say('opening.not_key'));
  }
  if (key.public !== data.public) throw new Wrongly(say('opening.not_yours'));
  try {
    return await unsealer(key);
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
  const key = await readKey(chosen);
  said.replaceChildren(note(say('opening.reading')));
  const at = `/elections/${data.election}/opening/${of}`;
  const count = { Peeled: 0, Opened: 0, Spoiled: 0 };
  const seen = new Set<string>();
  // The server may hand work out in portions. What it hands out twice was not taken, and is not done twice.
  for (;;) {
    const all = await asks<Work>(`${at}/work`);
    const mine = (kind: string) => (w: { cast: Cast; pair: number }) => {
      const name = `${kind} ${w.pair} ${w.cast.commitment} ${w.cast.credential.key}`;
      return !seen.has(name) && !!seen.add(name);
    };
    const todo = { peel: all.peel.filter(mine('peel')), open: all.open.filter(mine('open')) };
    if (todo.peel.length + todo.open.length === 0) break;
    await peelAll(key, at, todo.peel, said, count);
    await openAll(key, at, todo.open, said, count);
  }
  if (seen.size === 0) return said.replaceChildren(note(say('opening.nothing')));
  said.replaceChildren(note(say('opening.done', count)), button(say('retry_page'), () => location.reload(), 'quiet'));
}

type Count = Record<'Peeled' | 'Opened' | 'Spoiled', number>;

async function peelAll(key: Unsealer, at: string, todo: Work['peel'], said: HTMLElement, count: Count): Promise<void> {
  const peeled: { entry: string; pair: number; peeled: string | null }[] = [];
  const tell = progress(said, 'opening.peeling', todo.length);
  for (const [i, { cast, pair }] of todo.entries()) {
    const got = await peel(key, cast, pair).catch((e: unknown) => spoilt(e, null));
    count[got === null ? 'Spoiled' : 'Peeled']++;
    peeled.push({ entry: await entry(cast), pair, peeled: got });
    await tell(i + 1);
  }
  await handIn(said, `${at}/peeled`, 'peeled', peeled);
}

async function openAll(key: Unsealer, at: string, todo: Work['open'], said: HTMLElement, count: Count): Promise<void> {
  const openings: ({ entry: string; pair: number } & Opening)[] = [];
  const tell = progress(said, 'opening.opening', todo.length);
  for (const [i, { cast, pair, peeled }] of todo.entries()) {
    const opened = await open(key, cast, pair, peeled).catch((e: unknown) => spoilt(e, notOpened(cast)));
    count['spoiled' in opened ? 'Spoiled' : 'Opened']++;
    openings.push({ entry: await entry(cast), pair, ...opened });
    await tell(i + 1);
  }
  await handIn(said, `${at}/opened`, 'openings', openings);
}

// spoilt is for a ballot that this key does not open; anything else that goes wrong is no verdict on a ballot.
function spoilt<T>(e: unknown, verdict: T): T {
  if (e instanceof Wrong && (e.kind === 'not_opened' || e.kind === 'not_committed')) return verdict;
  throw e;
}

async function handIn(said: HTMLElement, url: string, name: string, all: unknown[]): Promise<void> {
  const tell = progress(said, 'opening.sending', all.length);
  for (let i = 0; i < all.length; i += BATCH) {
    await asks(url, { [name]: all.slice(i, i + BATCH) });
    await tell(Math.min(all.length, i + BATCH));
  }
}

const desk = document.getElementById('key-desk');
if (desk) makeDesk(desk, document.getElementById('key-form') as HTMLFormElement);
for (const of of data.classes) {
  const place = document.getElementById(`opening-${of}`);
  if (place) void openDesk(place, of);
}
