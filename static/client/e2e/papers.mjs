// What is on papers, and how people type it: by the keyboard alone, or by the form without its page.

const outcomes = ['no', 'mark', 'identity', 'uncertain']; // of "Does this paper count?", in the order of the page

// boxes are what a form about a paper holds: the figure in each box, in the order of the paper, and what it is rejected for. A paper is
// written as { Ann: 1, Eve: 2 }, or as { Ben: 1, rejected: 'identity' }.
export function boxes(names, { rejected = 'no', ...marks }, id = 'box') {
  return Object.fromEntries([...names.map((name, i) => [`${id}_${i + 1}`, marks[name] ?? '']), [`${id}_rejected`, rejected]]);
}

// type types a paper and saves it; the cursor is in the first box.
export async function type(page, names, { rejected = 'no', ...marks }) {
  for (const name of names) {
    if (marks[name]) await page.keyboard.type(String(marks[name]));
    await page.keyboard.press('Tab');
  }
  for (let i = 0; i < outcomes.indexOf(rejected); i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
}
