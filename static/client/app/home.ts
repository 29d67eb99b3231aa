// The first page: templ prints what the server knows, this adds what this browser has stored and nobody has read yet.

import { Store } from '../core/store.ts';

const { account, device } = JSON.parse(document.getElementById('home-data')!.textContent!) as { account: string; device: string };
const unread = await Store.unread(account, device);
if (unread > 0) {
  const line = document.getElementById('unread')!;
  line.querySelector('.tag')!.textContent = new Intl.NumberFormat(document.documentElement.lang).format(unread);
  line.hidden = false;
  document.getElementById('alone')?.remove(); // the society at least has written
  document.getElementById('nothing')!.hidden = true;
  document.getElementById('something')!.hidden = false;
}
