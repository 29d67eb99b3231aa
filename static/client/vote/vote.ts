// The page of a vote: templ prints what it says without us (templates/vote.templ), this does what needs the voter's key.

import { Wrong, tender } from './ballot.ts';
import { Refused, asks } from './ask.ts';
import { alarms, arrived, boxed, castBallot, logged, send, type Boxed, type Logged } from './casting.ts';
import { begin, collect, due, ready, recoverable, restore, save, stored, type Poll } from './collect.ts';
import { Keep, type Vote } from './keep.ts';
import { manifestText, readManifest, type Manifest } from './manifest.ts';
import { atTime, begins, button, download, el, heading, note, say, speak, trouble } from './page.ts';
import { answerStep, givenStep } from './motion.ts';
import { rankStep, reviewStep, type Choice } from './rank.ts';
import { preferences, type Ranks } from './ranking.ts';
import { BadCode, grouped, letters } from './recovery.ts';

// Data is what the server says (templates.VoteData).
interface Data {
  election: string;
  title: string;
  account: string; // that is signed in: what is kept is its own
  member: string;
  now: string;
  phase: 'waits' | 'collects' | 'open' | 'closed';
  opens: string;
  closes: string;
  signer: string;
  ballots: string;
  contests: Contest[];
  language: string;
  words: Record<string, string>;
}

interface Contest {
  contest: string;
  class: string;
  seats: number;
  manifest: string;
  candidates: { number: number; name: string; reopens?: boolean; says?: string; struck?: boolean }[];
  signed: boolean;
  tendered: boolean;
}

type Step = 'rest' | 'rank' | 'review';

const data = JSON.parse(document.getElementById('vote-data')!.textContent!) as Data;
speak(data.language, data.words);
const offset = Date.parse(data.now) - Date.now();
const [opens, closes] = [Date.parse(data.opens), Date.parse(data.closes)];
const now = (): number => Date.now() + offset; // by the server's clock: a phone's may be wrong

function phase(): Data['phase'] {
  if (data.phase === 'waits') return 'waits';
  if (now() < opens) return 'collects';
  return now() < closes ? 'open' : 'closed';
}

// mailed reads the code that the mail's link carries, and takes it out of the address bar.
function mailed(): string | undefined {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code === null) return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  return letters(code);
}

// A link that is opened in a tab with this page changes only what is behind the #: the page begins anew with it.
addEventListener('hashchange', () => {
  if (new URLSearchParams(location.hash.slice(1)).has('code')) location.reload();
});

// Desk is one contest on the page. It draws itself anew whenever something has become of it.
class Desk {
  private readonly place: HTMLElement;
  private manifest: Manifest | undefined;
  private vote: Vote | undefined;
  private box: Boxed | null | undefined; // undefined: not asked yet, or there was no answer
  private inLog: Logged | null | undefined; // undefined: not asked yet, or it could not be checked
  private step: Step = 'rest';
  private ranks: Ranks = new Map();
  private wrong = ''; // what went wrong last
  private done = ''; // what was done last
  private again = false; // the voter wants to cast once more

  constructor(
    private readonly keep: Keep,
    private readonly contest: Contest,
    private elsewhere: string | null, // what another device handed in
  ) {
    this.place = document.getElementById(`desk-${contest.class}`)!;
  }

  private get poll(): Poll {
    const { contest, class: of, manifest } = this.contest;
    return { contest, election: data.election, member: data.member, class: of, manifest, signer: data.signer, opens };
  }

  private get choices(): Choice[] {
    const told = new Map(this.contest.candidates.map((c) => [c.number, c]));
    return this.manifest!.candidates.map((c) => ({
      number: c.number,
      name: c.re_open_nominations || this.manifest!.motion ? (told.get(c.number)?.name ?? c.name) : c.name,
      struck: told.get(c.number)?.struck ?? false,
      ...(c.re_open_nominations && { hint: say('rank.reopens') }),
    }));
  }

  // start does what the page does by itself: take a mailed code, collect what is due, send what did not arrive.
  async start(code: string | undefined): Promise<void> {
    await this.attempt(async () => {
      this.manifest = await readManifest(this.contest.contest, await manifestText(this.contest.manifest));
      this.vote = await this.keep.vote(this.contest.contest);
      if (code && !(this.elsewhere && !this.vote) && phase() !== 'closed') this.vote = await begin(this.keep, this.poll, code, now());
      if (this.vote && phase() === 'collects' && due(this.vote, now())) await this.collectNow();
      if (this.vote?.sending && phase() === 'open') await this.resend();
      else await this.look();
    });
  }

  has(): boolean {
    return this.vote !== undefined;
  }

  // attempt does something, tells what went wrong, and draws.
  private async attempt(does: () => Promise<void>, focus = false): Promise<void> {
    this.wrong = '';
    this.place.setAttribute('aria-busy', 'true');
    try {
      await does();
    } catch (e) {
      this.wrong = e instanceof Refused || e instanceof Wrong ? trouble(e.kind) : trouble('otherwise');
      this.vote = (await this.keep.vote(this.contest.contest).catch(() => undefined)) ?? this.vote;
    }
    this.place.removeAttribute('aria-busy');
    this.draw(focus);
  }

  private async collectNow(): Promise<void> {
    this.vote = await collect(this.keep, this.vote!);
    await save(this.keep, data.election).catch(() => undefined); // what was handed in before can collect them, too
  }

  private async resend(): Promise<void> {
    this.vote = await send(this.keep, this.vote!, data.ballots);
    await this.look();
  }

  // look asks the ballot host what it has of this key, and where the log has it.
  private async look(): Promise<void> {
    if (!this.vote || !ready(this.vote) || phase() === 'collects' || phase() === 'waits') return;
    [this.box, this.inLog] = [undefined, undefined];
    const box = boxed(this.vote, data.ballots);
    const held = await box.then(() => undefined, (e: unknown) => e); // the log is asked all the same
    if (held === undefined) this.box = await box;
    if (this.vote.sending && this.box) this.vote = await arrived(this.keep, this.vote, this.box);
    const tracker = this.tracker();
    if (tracker) {
      this.inLog = await logged(this.keep, this.vote, data.ballots, tracker);
      this.vote = (await this.keep.vote(this.contest.contest)) ?? this.vote;
    }
    if (held !== undefined) throw held;
  }

  // tracker is that of the last cast whose receipt is here. Only without one is the box believed what it has: the log has
  // also what a later cast took the place of.
  private tracker(): string | undefined {
    return this.vote?.cast?.entry ?? this.box?.entry;
  }

  draw(focus = false): void {
    const step = el('div', { class: 'step' });
    if (this.wrong) step.append(note(this.wrong, 'care'));
    if (this.done) step.append(note(this.done));
    this.done = '';
    step.append(this.manifest ? this.what() : button(say('retry'), () => location.reload(), 'quiet'));
    this.place.replaceChildren(step);
    if (focus) begins(step);
    this.scrutineers();
  }

  private to(step: Step): void {
    this.step = step;
    this.wrong = '';
    this.draw(true);
  }

  private what(): HTMLElement {
    const at = phase();
    if (this.contest.tendered && at === 'open' && !(this.vote && ready(this.vote))) return this.ballot(true);
    if (!this.vote) return this.keyless(at);
    if (!ready(this.vote)) return this.unsigned(at);
    if (at === 'closed') return this.tracker() ? this.tracked(at) : el('p', {}, say('closed.none'));
    if (at !== 'open') return el('div', { class: 'step' }, heading(say('key.ready_head')), el('p', {}, say('key.ready', { Moment: atTime(opens) })));
    if (this.vote.sending) {
      return el('div', { class: 'step' }, heading(say('sending.head')), el('p', {}, say('sending.text')), button(say('sending.go'), () => void this.attempt(() => this.resend(), true)));
    }
    return this.tracker() && !this.again ? this.tracked(at) : this.ballot(false);
  }

  // keyless is for whom this device has no key of.
  private keyless(at: Data['phase']): HTMLElement {
    if (at === 'closed') return el('p', {}, say('closed.none'));
    if (this.elsewhere || this.contest.signed) return this.fromElsewhere();
    return this.codeForm(at);
  }

  private fromElsewhere(): HTMLElement {
    const id = `${this.contest.class}-recovery`;
    const typed = el('input', { id, type: 'text', class: 'recovery-code', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', 'aria-describedby': `${id}-hint` });
    const go = (e: Event): void => {
      e.preventDefault();
      void this.attempt(async () => {
        try {
          await restore(this.keep, data.election, this.elsewhere!, typed.value);
        } catch (err) {
          if (!(err instanceof BadCode)) throw err;
          throw new Refused('bad_code', 0, err.message);
        }
        this.vote = await this.keep.vote(this.contest.contest);
        this.done = say('restore.done');
        await this.look();
      }, true);
    };
    if (!this.elsewhere) return el('div', { class: 'step' }, heading(say('restore.lost_head')), el('p', {}, say('restore.lost')));
    return el(
      'div',
      { class: 'step' },
      heading(say('restore.head')),
      el('p', {}, say('restore.text')),
      el('form', { class: 'step', submit: go }, el('div', { class: 'field' }, el('label', { for: id }, say('restore.label')), el('p', { class: 'hint', id: `${id}-hint` }, say('restore.hint')), typed), el('button', { class: 'button' }, say('restore.go'))),
      this.contest.signed
        ? el('p', { class: 'hint' }, say('restore.signed'))
        : el('details', { class: 'older' }, el('summary', {}, say('restore.afresh')), el('p', {}, say('restore.afresh_text')), button(say('restore.afresh_go'), () => {
            this.elsewhere = null;
            this.draw(true);
          }, 'quiet')),
    );
  }

  // codeForm takes the code that the scrutineers mailed. From an open poll it says what collecting late weakens.
  private codeForm(at: Data['phase']): HTMLElement {
    const id = `${this.contest.class}-code`;
    const typed = el('input', { id, type: 'text', class: 'mailed-code', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', 'aria-describedby': `${id}-hint`, value: this.vote?.code ? grouped(this.vote.code) : '' });
    const go = (e: Event): void => {
      e.preventDefault();
      void this.attempt(async () => {
        if (letters(typed.value).length !== 16) throw new Refused('wrong_code', 0, 'no code');
        this.vote = await begin(this.keep, this.poll, typed.value, now());
        await recovery(this.keep);
        if (at === 'open') await this.collectNow();
        await this.look();
      }, true);
    };
    return el(
      'div',
      { class: 'step' },
      heading(say(at === 'open' ? 'code.head_open' : 'code.head')),
      el('p', {}, say(at === 'open' ? 'code.text_open' : 'code.text', { Moment: atTime(opens) })),
      at === 'open' && el('p', { class: 'note care' }, say('code.weaker')),
      el(
        'form',
        { class: 'step', submit: go },
        el('div', { class: 'field' }, el('label', { for: id }, say('code.label')), el('p', { class: 'hint', id: `${id}-hint` }, say('code.hint')), typed),
        el('button', { class: 'button' }, say(at === 'open' ? 'code.collect' : 'code.go')),
      ),
      button(say('code.mail'), () => void this.mailCode(), 'quiet'),
    );
  }

  private mailCode(): Promise<void> {
    return this.attempt(async () => {
      await asks(`${data.signer}/code`, { contest: this.contest.contest, member: data.member });
      this.done = say('code.mailed');
    });
  }

  // unsigned is for whom there is a key, and not both signatures on it.
  private unsigned(at: Data['phase']): HTMLElement {
    const v = this.vote!;
    const why = v.refused && !this.wrong ? note(trouble(v.refused), 'care') : null;
    if (at === 'closed') return el('p', {}, say('closed.none'));
    if (!v.code || v.refused === 'wrong_code') return el('div', { class: 'step' }, why, this.codeForm(at));
    const collectIt = button(say('key.collect'), () => void this.attempt(async () => {
      await this.collectNow();
      await this.look();
    }, true));
    if (at === 'open') return el('div', { class: 'step' }, why, heading(say('code.head_open')), el('p', { class: 'note care' }, say('code.weaker')), collectIt);
    return el('div', { class: 'step' }, why, heading(say('key.head')), el('p', {}, say(v.at! > now() ? 'key.later' : 'key.soon', { Moment: atTime(v.at!) })));
  }

  private ballot(tendered: boolean): HTMLElement {
    const id = this.contest.class;
    if (this.manifest!.motion) return this.answer(tendered);
    if (this.step === 'review') {
      return reviewStep({ choices: this.choices, ranks: this.ranks, tendered, cast: () => void this.cast(tendered), back: () => this.to('rank') });
    }
    const rank = rankStep({ id, seats: this.contest.seats, choices: this.choices, ranks: this.ranks, changed: (r) => (this.ranks = r), review: () => this.to('review') });
    if (tendered) rank.prepend(note(say('tendered.text')));
    else if (this.again) rank.prepend(note(say('again.text')));
    return rank;
  }

  // answer is the ballot on a motion: yes or no.
  private answer(tendered: boolean): HTMLElement {
    const motion = this.manifest!.motion!; // as it was fixed, whatever the page says
    if (this.step === 'review') {
      return givenStep({ motion, choices: this.choices, ranks: this.ranks, tendered, cast: () => void this.cast(tendered), back: () => this.to('rank') });
    }
    const step = answerStep({ id: this.contest.class, motion, choices: this.choices, ranks: this.ranks, changed: (r) => (this.ranks = r), review: () => this.to('review') });
    if (tendered) step.prepend(note(say('tendered.text')));
    else if (this.again) step.prepend(note(say('again.text')));
    return step;
  }

  private cast(tendered: boolean): Promise<void> {
    const ranked = preferences(this.ranks);
    this.place.querySelectorAll('button').forEach((b) => (b.disabled = true)); // one press, one cast
    return this.attempt(async () => {
      if (tendered) {
        const sealed = await tender(this.contest.contest, this.manifest!.online.opening, ranked);
        await asks(`/elections/${data.election}/vote/tendered`, sealed);
        this.contest.tendered = false;
        this.done = say('tendered.done');
      } else {
        this.vote = await castBallot(this.keep, this.vote!, data.ballots, ranked);
        this.done = say('cast.done');
      }
      this.ranks = new Map(); // what was ranked is nowhere but in the sealed ballot
      this.step = 'rest';
      this.again = false;
      await this.look();
    }, true);
  }

  // tracked is for whom a ballot of is in the box.
  private tracked(at: Data['phase']): HTMLElement {
    const own = this.vote?.cast;
    const sequence = Math.max(own?.statement.sequence ?? 0, this.box?.sequence ?? 0);
    const later = own !== undefined && (this.box?.sequence ?? 0) > own.statement.sequence;
    const alarm = alarms(this.vote!, this.box, this.inLog, now() - closes);
    const place = this.inLog ? say('log.yes', { Index: this.inLog.index, Size: this.inLog.size }) : say(this.inLog === null ? (alarm.includes('not_in_log') ? 'log.missing' : 'log.not_yet') : 'log.unknown');
    const fact = (head: string, ...value: (Node | string)[]): HTMLElement => el('div', {}, el('dt', {}, head), el('dd', {}, ...value));
    return el(
      'div',
      { class: 'step' },
      heading(say('cast.head')),
      ...alarm.map((a) => note(say(`alarm.${a}`), 'care')),
      later && note(say('cast.later', { Sequence: sequence, Own: own.statement.sequence }), 'care'),
      el(
        'dl',
        { class: 'facts' },
        fact(say('cast.number'), String(sequence)),
        fact(say('cast.tracker'), el('code', { class: 'long' }, this.tracker()!)),
        fact(say('cast.in_log'), place),
        own ? fact(say('cast.receipt'), say('cast.receipt_kept')) : fact(say('cast.receipt'), say('cast.receipt_elsewhere')),
      ),
      el('p', { class: 'hint' }, say('cast.proves')),
      el(
        'div',
        { class: 'answers' },
        button(say('cast.check'), () => void this.attempt(() => this.look(), true), 'quiet'),
        own && button(say('cast.save'), () => download(`receipt-${data.election}-${this.contest.class}.json`, JSON.stringify(own, null, 2)), 'quiet'),
        at === 'open' && button(say('again.go'), () => {
          this.again = true;
          this.to('rank');
        }, 'quiet'),
      ),
      at === 'open' && el('p', { class: 'hint' }, say('again.hint')),
    );
  }

  // scrutineers fills in whether their signer signed a key in this name. Only who has the code is told.
  private scrutineers(): void {
    const society = document.getElementById(`society-${this.contest.class}`);
    if (society && this.vote?.marks.society) society.textContent = say('signed.yes'); // it has since the page was printed
    const place = document.getElementById(`scrutineers-${this.contest.class}`);
    const code = this.vote?.code;
    if (!place || !code) return;
    if (this.vote?.marks.scrutineers) {
      place.textContent = say('signed.yes');
      return;
    }
    asks<{ signed: boolean }>(`${data.signer}/status`, { contest: this.contest.contest, member: data.member, code }).then(
      ({ signed }) => (place.textContent = say(signed ? 'signed.yes' : 'signed.no')),
      () => (place.textContent = say('signed.unknown')),
    );
  }
}

// recovery shows the code by which another device can go on, until the member says that it is written down.
async function recovery(keep: Keep): Promise<void> {
  const place = document.getElementById('recovery')!;
  const votes = await keep.votes(data.election);
  if (votes.length === 0 || phase() === 'closed') return place.replaceChildren();
  let kept;
  try {
    kept = await recoverable(keep, data.election);
  } catch {
    place.replaceChildren(el('section', { class: 'step' }, note(say('recovery.failed'), 'care'), button(say('retry'), () => void recovery(keep), 'quiet')));
    return;
  }
  if (kept.written) return place.replaceChildren();
  if (!kept.saved) return place.replaceChildren(note(say('recovery.late'), 'care'));
  const said = el('p', { class: 'hint', role: 'status' });
  const copy = button(say('recovery.copy'), () => {
    navigator.clipboard.writeText(kept.code).then(
      () => (said.textContent = say('recovery.copied')),
      () => (said.textContent = say('recovery.not_copied')),
    );
  }, 'quiet');
  const written = button(say('recovery.written'), () => {
    void keep.recover({ ...kept, written: true }).then(() => {
      place.replaceChildren(note(say('recovery.gone')));
    });
  });
  place.replaceChildren(
    el('section', { class: 'recovery step' }, heading(say('recovery.head'), 'h2'), el('p', {}, say('recovery.text')), el('p', { class: 'shown-code' }, el('code', {}, kept.code)), el('div', { class: 'answers' }, written, copy), said),
  );
}

async function main(): Promise<void> {
  const code = mailed();
  if (data.contests.length === 0 || data.phase === 'waits') return;
  const keep = await Keep.open(data.account);
  const here = new Set((await keep.votes(data.election)).map((v) => v.contest));
  const all = data.contests.every((c) => here.has(c.contest));
  const elsewhere = all ? null : await stored(data.election).catch(() => null);
  const desks = data.contests.map((c) => new Desk(keep, c, elsewhere));
  for (const d of desks) await d.start(code);
  if (desks.some((d) => d.has())) await recovery(keep);
  // The page may be open when the poll opens or closes: it says so then, and not at the next visit.
  const turn = (at: number): void => {
    const wait = at - now();
    if (wait > 0 && wait < 2 ** 31) setTimeout(() => location.reload(), wait + 1000);
  };
  turn(now() < opens ? opens : closes);
}

void main().catch(() => {
  for (const c of data.contests) document.getElementById(`desk-${c.class}`)?.prepend(note(say('trouble.no_store'), 'care'));
});
