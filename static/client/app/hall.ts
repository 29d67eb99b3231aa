// The hall of a general meeting: templ prints it, this keeps the numbers fresh and shows what else is new.

import { ask, next, wait, type Busy } from '../core/hall.ts';

const data = JSON.parse(document.getElementById('hall-data')!.textContent!) as { now: string; mark: string; changed: string; lost: string; failed: boolean };

let touched = data.failed; // what failed is still to be sent
for (const event of ['input', 'submit']) document.addEventListener(event, () => (touched = true));

function busy(): Busy {
  const at = document.activeElement;
  return {
    touched,
    opened: document.querySelector('main details[open] form') !== null,
    focused: (at !== null && at !== document.body && at.id !== 'content') || getSelection()?.isCollapsed === false,
  };
}

// say leaves what is the same alone: a screen reader would read it again.
function say(id: string, words: string | undefined): void {
  const line = document.getElementById(id);
  if (line && words !== undefined && line.textContent !== words) line.textContent = words;
}

// tell has whoever reads the page look for themselves.
function tell(words: string): void {
  document.getElementById('hall-update')?.classList.toggle('quiet', words === '');
  say('hall-news', words);
}

// reload keeps the place on the page, and drops what was said of a form that was sent.
function reload(): void {
  const here = new URL(location.href);
  here.searchParams.delete('said');
  history.replaceState(null, '', here);
  location.reload();
}

// pause is over early for whoever comes back to the page.
function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      document.removeEventListener('visibilitychange', done);
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    document.addEventListener('visibilitychange', done);
  });
}

async function watch(): Promise<void> {
  let again: number | undefined;
  for (let missed = 0; ; ) {
    await pause(wait(again, missed));
    if (document.visibilityState !== 'visible') continue;
    const now = await ask(fetch, data.now);
    if (!now) {
      if (++missed > 2) tell(data.lost);
      continue;
    }
    missed = 0;
    again = now.again; // longer in a full hall
    say('hall-present', now.present);
    say('hall-quorum', now.quorum);
    document.getElementById('hall-quorum')?.classList.toggle('you', !now.quorate);
    const step = next(data.mark, now, busy());
    if (step === 'reload') return reload();
    tell(step === 'tell' ? data.changed : '');
    if (step === 'stay') say('hall-voted', now.voted); // else it is of another vote
    if (now.over) return;
  }
}

await watch();
