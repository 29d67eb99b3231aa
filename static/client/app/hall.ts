// The hall of a general meeting: templ prints it, this keeps the numbers fresh and shows what else is new.

import { ask, next, type Busy } from '../core/hall.ts';

const data = JSON.parse(document.getElementById('hall-data')!.textContent!) as { now: string; mark: string; changed: string; failed: boolean };

let touched = data.failed; // what failed is still to be sent
for (const event of ['input', 'submit']) document.addEventListener(event, () => (touched = true));

function busy(): Busy {
  return {
    touched,
    opened: document.querySelector('main details[open] form') !== null,
    focused: (document.activeElement?.closest('main form') ?? null) !== null,
  };
}

// say leaves what is the same alone: a screen reader would read it again.
function say(id: string, words: string | undefined): void {
  const line = document.getElementById(id);
  if (line && words && line.textContent !== words) line.textContent = words;
}

// reload keeps the place on the page, and drops what was said of a form that was sent.
function reload(): void {
  const here = new URL(location.href);
  here.searchParams.delete('said');
  history.replaceState(null, '', here);
  location.reload();
}

async function watch(): Promise<void> {
  for (let wait = 4; ; ) {
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    if (document.visibilityState !== 'visible') continue;
    const now = await ask(fetch, data.now);
    if (!now) continue;
    wait = now.again; // longer in a full hall
    say('hall-present', now.present);
    say('hall-quorum', now.quorum);
    document.getElementById('hall-quorum')?.classList.toggle('you', !now.quorate);
    say('hall-voted', now.voted);
    const step = next(data.mark, now, busy());
    if (step === 'reload') return reload();
    if (step === 'tell') {
      document.getElementById('hall-update')?.classList.remove('quiet');
      say('hall-news', data.changed);
    }
    if (now.over) return;
  }
}

await watch();
