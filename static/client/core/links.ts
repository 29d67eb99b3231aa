// Finds the addresses of our own site in what the society says. Anybody else's text stays text.

export interface Piece {
  text: string;
  href?: string;
  off?: boolean; // it switches the annual notice off, which a form posts
}

// pieces splits a text at the addresses that lead to origin, and to nowhere else. Joined again they are the text.
export function pieces(text: string, origin: string): Piece[] {
  const all: Piece[] = [];
  let from = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
    const address = found[0].replace(/[.,;:!?)]+$/, ''); // the sentence's, not the address's
    if (!leadsTo(address, origin)) continue;
    if (found.index > from) all.push({ text: text.slice(from, found.index) });
    all.push(new URL(address).pathname.startsWith('/notices/off/') ? { text: address, href: address, off: true } : { text: address, href: address });
    from = found.index + address.length;
  }
  if (from < text.length) all.push({ text: text.slice(from) });
  return all;
}

function leadsTo(address: string, origin: string): boolean {
  try {
    const url = new URL(address);
    return url.origin === origin && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}
