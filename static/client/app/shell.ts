// What the server's page told us: who this is, and every word we say (templates/text/client.*.toml).

interface Shell {
  account: string;
  device: string;
  society: string; // the account that the society speaks as
  name: string;
  language: string;
  now: string; // by the server's clock, when it made the page
  words: Record<string, string>;
}

export const shell = JSON.parse(document.getElementById('folkmoot')?.textContent ?? '{}') as Shell;

const ahead = Date.parse(shell.now) - Date.now();

// serverNow is the moment by the server's clock: a phone's may be wrong.
export const serverNow = (): number => Date.now() + ahead;

const plural = new Intl.PluralRules(shell.language);

// say gives the sentence with this key, its {{.Names}} filled in; with a Count, the form that fits it.
export function say(key: string, values: Record<string, string | number> = {}): string {
  const form = typeof values['Count'] === 'number' ? `${key}.${plural.select(values['Count'])}` : key;
  const sentence = shell.words[form] ?? shell.words[`${key}.other`] ?? shell.words[key] ?? key;
  return sentence.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (whole, name: string) => String(values[name] ?? whole));
}

const dayMs = 24 * 60 * 60 * 1000;
const locale = shell.language === 'en' ? 'en-GB' : shell.language;
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' });
const shortDay = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const longDay = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

function daysAgo(at: number): number {
  return Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / dayMs);
}

export function hour(at: number): string {
  return clock.format(at);
}

export function day(at: number): string {
  const ago = daysAgo(at);
  if (ago === 0) return say('today');
  return ago === 1 ? say('yesterday') : longDay.format(at);
}

// when is for the list: as short as it can be said.
export function when(at: number): string {
  const ago = daysAgo(at);
  if (ago <= 0) return hour(at);
  if (ago === 1) return say('yesterday');
  return ago < 7 ? weekday.format(at) : shortDay.format(at);
}

export function date(at: string): string {
  return longDay.format(new Date(at));
}

export function machine(at: number): string {
  return new Date(at).toISOString();
}
