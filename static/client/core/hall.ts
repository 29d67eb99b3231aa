// The hall of a general meeting, which looks for what is new by itself.

// Now is the hall as the server tells it, in the page's words. mark is another one when the page would be another one.
export interface Now {
  present: string;
  quorum: string;
  quorate: boolean;
  voted?: string;
  over: boolean;
  again: number; // seconds
  mark: string;
}

const patience = 15_000; // ms, as the server's

// ask is undefined when the server cannot say: it is asked again.
export async function ask(fetch: typeof globalThis.fetch, path: string): Promise<Now | undefined> {
  try {
    const answer = await fetch(path, {
      headers: { Accept: 'application/json' },
      credentials: 'same-origin',
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    });
    return answer.ok ? ((await answer.json()) as Now) : undefined;
  } catch {
    return undefined;
  }
}

// Busy is what somebody has begun to do on the page: a reload would take it from them.
export interface Busy {
  touched: boolean; // a field of a form, or it was just sent
  opened: boolean; // something with a form in it
  focused: boolean; // something on it, or words are selected
}

// wait is how many seconds to wait after so many questions in a row that had no answer.
export function wait(again: number | undefined, missed: number): number {
  return Math.min((again || 4) * 2 ** missed, 60);
}

export type Step = 'stay' | 'reload' | 'tell';

// next is what becomes of a page that was made when the mark was another one.
export function next(made: string, now: Now, busy: Busy): Step {
  if (now.mark === made) return 'stay';
  return busy.touched || busy.opened || busy.focused ? 'tell' : 'reload';
}
