// The first page: templ prints what the server knows, this adds what this browser has stored and nobody has read yet.

import { Store } from '../core/store.ts';

interface Data {
  account: string;
  device: string;
  arrived: number; // since this device last told how far it has fetched: some may be in the store
  more: boolean; // than that
}

const { account, device, arrived, more } = JSON.parse(document.getElementById('home-data')!.textContent!) as Data;
const unread = await Store.unread(account, device);
if (unread > 0) {
  const least = Math.max(unread, arrived); // the sum would count some twice
  const line = document.getElementById('unread')!;
  line.querySelector('.tag')!.textContent = new Intl.NumberFormat(document.documentElement.lang).format(least) + (more ? '+' : '');
  line.hidden = false;
  document.getElementById('arrived')?.remove(); // one number is enough
  document.getElementById('alone')?.remove(); // the society at least has written
  document.getElementById('add')?.remove();
  document.getElementById('open')!.hidden = false;
  document.getElementById('nothing')!.hidden = true;
  document.getElementById('something')!.hidden = false;
}
