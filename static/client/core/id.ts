// Message ids: 26 characters of Crockford's alphabet, the time first, so that a device's own list sorts by age.

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

export function newMessageId(now: number): string {
  let id = '';
  for (let time = now, i = 0; i < 10; i++) {
    id = alphabet[time % 32] + id;
    time = Math.floor(time / 32);
  }
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += alphabet[byte & 31];
  return id;
}
