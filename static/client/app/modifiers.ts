import { modifier } from 'ember-modifier';

// focused takes the focus when it comes onto the page.
export const focused = modifier((element: HTMLElement) => {
  element.focus({ preventScroll: true });
});

// escape calls back on the Escape key, unless somebody inside has used it, or would lose what they have written.
export const escape = modifier((element: HTMLElement, [leave]: [() => void]) => {
  const press = (e: KeyboardEvent) => {
    const written = e.target instanceof HTMLTextAreaElement && e.target.value !== '';
    if (e.key === 'Escape' && !e.defaultPrevented && !e.isComposing && !written) leave();
  };
  element.addEventListener('keydown', press);
  return () => element.removeEventListener('keydown', press);
});

// menu closes a <details> on Escape, on a click elsewhere, and once something in it was chosen.
export const menu = modifier((element: HTMLElement) => {
  const details = element as HTMLDetailsElement;
  const press = (e: KeyboardEvent) => {
    if (e.key !== 'Escape' || !details.open) return;
    e.preventDefault();
    details.open = false;
    details.querySelector('summary')?.focus();
  };
  const click = (e: Event) => {
    const at = e.target as Element;
    if (!details.contains(at) || at.closest('li')) details.open = false;
  };
  details.addEventListener('keydown', press);
  document.addEventListener('click', click);
  return () => {
    details.removeEventListener('keydown', press);
    document.removeEventListener('click', click);
  };
});
