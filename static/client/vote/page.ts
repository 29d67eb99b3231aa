// What the pages of ballots are made of: their words, their moments, and elements without a framework.

// Words come from the server (templates/text/client.ballots.*.toml), as the page hands them over.
let words: Record<string, string> = {};
let language = 'en';
let plural = new Intl.PluralRules(language);

export function speak(lang: string, said: Record<string, string>): void {
  [words, language, plural] = [said, lang, new Intl.PluralRules(lang)];
}

type Values = Record<string, string | number>;

// say gives the sentence with this key, its {{.Names}} filled in; with a Count, the form that fits it.
export function say(key: string, values: Values = {}): string {
  const form = typeof values['Count'] === 'number' ? `${key}.${plural.select(values['Count'])}` : key;
  const sentence = words[form] ?? words[`${key}.other`] ?? words[key] ?? key;
  return sentence.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (whole, name: string) => String(values[name] ?? whole));
}

// trouble says what went wrong by its word; what has no sentence is told as something that went wrong.
export function trouble(kind: string): string {
  return words[`trouble.${kind}`] ? say(`trouble.${kind}`) : say('trouble.otherwise');
}

export const list = (names: string[]): string => new Intl.ListFormat(language, { type: 'conjunction' }).format(names);

// atTime is a moment in London, as the rest of the page has it.
export function atTime(ms: number): string {
  const format: Intl.DateTimeFormatOptions = { timeZone: 'Europe/London', weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' };
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, format).format(ms);
}

type Child = Node | string | null | undefined | false;
type Props = Record<string, string | number | boolean | ((e: never) => void) | undefined>;

// el makes an element: functions listen, true is an attribute without a value, "" and false are none.
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === 'function') made.addEventListener(name, value as EventListener);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== undefined && value !== false && value !== '') made.setAttribute(name, String(value));
  }
  made.append(...children.filter((c): c is Node | string => !!c));
  return made;
}

export function button(label: string, does: () => void, kind = ''): HTMLButtonElement {
  return el('button', { type: 'button', class: `button ${kind}`.trim(), click: does }, label);
}

// heading takes the focus when a step begins, so that it is read out.
export function heading(label: string, level: 'h2' | 'h3' = 'h3'): HTMLHeadingElement {
  return el(level, { tabindex: -1, 'data-step': true }, label);
}

export function begins(step: HTMLElement): void {
  step.querySelector<HTMLElement>('[data-step]')?.focus();
}

export function note(words: string, kind = ''): HTMLParagraphElement {
  return el('p', { class: `note ${kind}`.trim(), role: kind === 'care' ? 'alert' : 'status' }, words);
}

// download hands a file to the person; nothing of it goes to a server.
export function download(name: string, body: string): void {
  const url = URL.createObjectURL(new Blob([body], { type: 'application/json' }));
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
