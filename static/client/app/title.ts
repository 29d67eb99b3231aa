// pageTitle is a helper that sets the tab's title.
export function pageTitle(title: string): string {
  document.title = title;
  return '';
}
