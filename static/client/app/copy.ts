// The page of one's own invitation link: a button copies it. Without this script, the link can be copied by hand.

const { copied } = JSON.parse(document.getElementById('copy-data')!.textContent!) as { copied: string };
const button = document.getElementById('copy') as HTMLButtonElement;
const link = document.getElementById('link') as HTMLInputElement;
const said = document.getElementById('copied')!;

button.hidden = false;
button.addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(link.value);
    said.textContent = copied;
  } catch {
    link.select(); // the browser would not: the person can
  }
});
