// Journeys of somebody who pays no dues and is a contributor, and of the officers, in Chromium, with the practice forge, against the server
// at BASE_URL. app/browser_test.go starts it and runs this.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Someone, launch } from './people.mjs';
import { picture } from './shots.mjs';
import { appoint } from './society.mjs';
import { walk } from './walk.mjs';

const run = Date.now().toString(36);
const at = (name) => `${name}.${run}@example.org`;

let browser, nia, sal, secretary, treasurer, failed; // sal is the last of the scrutineers

function journey(name, go) {
  test(name, { timeout: 900_000 }, async () => {
    assert.ok(!failed, `not tried: "${failed}" failed`);
    failed = name;
    await go();
    failed = undefined;
  });
}

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

journey('the secretary lists a repository', async () => {
  secretary = await Someone.arrive(browser, 'Sue', at('sue'));
  treasurer = await Someone.arrive(browser, 'Tom', at('tom'));
  await appoint('secretary', secretary.address);
  await appoint('treasurer', treasurer.address);
  const { page } = secretary;
  await page.goto('/register/contribution');
  await picture(page, '/register/contribution/none');
  await page.locator('summary', { hasText: 'List a repository' }).click();
  await page.getByLabel('Practice forge').check();
  await page.getByLabel('Repository', { exact: true }).fill('no/such');
  await page.locator('#list_why').fill('minute 3');
  await page.getByRole('button', { name: 'List the repository' }).click();
  await page.locator('.summary:focus').waitFor();
  await picture(page, '/register/contribution/wrong');
  await page.getByLabel('Repository', { exact: true }).fill('folkmoot/folkmoot');
  await page.getByRole('button', { name: 'List the repository' }).click();
  await page.getByText('On the list since').waitFor();
  secretary.complaints = secretary.complaints.filter((c) => !/422/.test(c));
});

journey('somebody who pays no dues is walked to a vote by merged work', async () => {
  nia = await Someone.arrive(browser, 'Nia', at('nia'), { viewport: { width: 390, height: 780 } });
  const { page } = nia;
  await page.goto('/contribute');
  await picture(page, '/contribute/stranger');
  await page.getByRole('link', { name: 'Apply for an entry in the register.' }).click();
  await page.getByLabel('Full legal name').fill(`Nia ${run} of Leeds`);
  await page.getByLabel('Postal address').fill('1 High Street\nLeeds');
  await page.getByLabel('Your age in years').fill('34');
  await page.getByLabel('Email for notices').fill(nia.address);
  await page.locator('#amount-nothing').check();
  await page.getByRole('button', { name: 'Apply to join' }).click();
  await page.waitForURL('**/join/done**');
  await page.goto('/contribute');
  await picture(page, '/contribute/applied');

  await page.getByRole('link', { name: 'Pay £1 for your share.' }).click();
  await picture(page, '/membership/share');
  await page.getByRole('button', { name: 'Pay £1 by card' }).click();
  await page.waitForURL('**/practice/stripe/checkout/**');
  await page.getByRole('button', { name: 'Pay with a card that works', exact: true }).click();
  await page.waitForURL('**/membership?said=share');
  await page.getByText('£1, paid').waitFor();
  await page.getByRole('link', { name: /^Receipt \d{4}-\d{5}$/ }).click();
  await page.getByText('One share in the society').waitFor();
  await picture(page, '/membership/receipt/share');
  await page.goto('/contribute');
  await page.getByText('Your share is paid.').waitFor();

  await page.getByRole('link', { name: 'Merge a change there' }).click();
  await picture(page, '/practice/forge');
  await page.getByLabel('Title of the change').fill('Keep the cursor');
  await page.getByRole('button', { name: 'Merge it' }).click();
  await page.getByText('Merged, and Folkmoot has been told.').waitFor();

  await page.goto('/contribute');
  await page.getByRole('button', { name: 'Sign in at Practice forge' }).click();
  await page.waitForURL('**/practice/forge/login/**');
  await picture(page, '/practice/forge/sign-in');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL('**/contribute?said=linked');
  await page.getByText('1 change of yours counts.').waitFor();
  await page.getByText('Keep the cursor').waitFor();
  await page.getByLabel('Name on the roll').fill('Nia O.');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The public roll goes by what stands below.').waitFor();
  await picture(page, '/contribute/linked');
  await page.getByRole('link', { name: 'Contributors' }).click();
  await page.getByText('Nia O., 1 change').waitFor();
  await picture(page, '/contributors');
});

journey('two officers make somebody an operator, and a contributor for other work', async () => {
  const { page } = secretary;
  await page.goto('/register');
  await page.getByRole('link', { name: `Nia ${run} of Leeds` }).click();
  await page.locator('summary', { hasText: /^Admit$/ }).click();
  await page.getByRole('button', { name: 'Admit as a member' }).click();
  await page.getByText('Member since').waitFor();
  const entry = page.url();
  await page.locator('summary', { hasText: 'Appoint as an operator' }).click();
  await page.getByLabel('Name on the public list').fill('Nia O.');
  await page.getByLabel('What they run').fill('the mail relay');
  await page.locator('#operator_why').fill('runs it well');
  await picture(page, '/register/entry/operator');
  await page.getByRole('button', { name: 'Appoint', exact: true }).click();
  await page.getByText('It waits for another officer').waitFor();
  await page.goto(entry);
  await page.locator('summary', { hasText: 'Count as a contributor' }).click();
  await page.locator('#contributor_why').fill('translates it all');
  await page.getByRole('button', { name: 'Propose it' }).click();
  await page.waitForURL('**/register/contribution?done=*');

  const second = treasurer.page;
  await second.goto('/register/operators');
  await picture(second, '/register/operators');
  await second.getByRole('button', { name: 'Confirm the appointment' }).click();
  await second.getByText('by two officers').waitFor();
  await second.goto('/register/contribution');
  await second.getByRole('button', { name: 'Confirm the exception' }).click();
  await second.getByText('Holds since').waitFor();
  await picture(second, '/register/contribution');
  await second.goto('/operators');
  await second.getByText('the mail relay').waitFor();
  await picture(second, '/operators');
});

journey('two officers call an election, and members get notice', async () => {
  const { page } = secretary;
  for (const name of ['Ro', 'Sal', 'Sam']) sal = await Someone.enrol(browser, name, at(name.toLowerCase()));
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' }).format(new Date());
  await page.goto(`/elections/call?from=${today}`);
  await picture(page, '/elections/call');
  await page.getByLabel('Name of the election').fill('Board election');
  await page.getByLabel('Minute of the board').fill('item 4');
  await page.getByRole('radio', { name: 'On paper' }).check(); // with two scrutineers
  await page.getByLabel('Returning officer').fill(at('ro'));
  await page.getByLabel('First scrutineer').fill(at('sal'));
  await page.getByLabel('Second scrutineer').fill(at('sam'));
  const closes = await page.locator('#poll_closes').inputValue();
  await page.locator('#poll_closes').fill(await page.locator('#poll_opens').inputValue());
  await page.getByRole('button', { name: 'Propose this election' }).click();
  await page.locator('.summary:focus').waitFor();
  await picture(page, '/elections/call/broken');
  await page.locator('#poll_closes').fill(closes);
  await page.getByRole('button', { name: 'Propose this election' }).click();
  await page.getByText('Proposed by one officer').waitFor();
  await picture(page, '/elections/work/proposed');
  secretary.complaints = secretary.complaints.filter((c) => !/422/.test(c));

  const second = treasurer.page;
  await second.goto(page.url());
  await second.getByRole('button', { name: 'Call this election' }).click();
  await second.getByText('You have confirmed it: it is called.').waitFor();
  await nia.page.goto('/elections');
  await nia.page.getByRole('link', { name: 'Board election', exact: true }).click();
  for (;;) {
    if (await nia.page.getByText('Notice was given').isVisible()) break;
    await nia.page.reload();
  }
  await nia.page.getByText('Am I on the roll?').waitFor();
  await picture(nia.page, '/elections/noticed');
  await page.reload();
  await page.getByText('Members to be told').waitFor();
  await picture(page, '/elections/work');
  await page.goto('/maildrop');
  for (;;) {
    if (await page.getByText('Notice: Board election').first().isVisible()) break;
    await page.reload();
  }
});

journey('every link on every page leads on, for whoever looks, on a phone', async () => {
  // Nia is a member, an operator and a contributor at once
  const steward = await Someone.arrive(browser, 'Stew', at('stew'));
  await secretary.post('/register/officers', { address: steward.address, role: 'steward', why: 'minute 5' });
  await treasurer.post(/action="(\/register\/officers\/[a-z2-7]{26}\/confirm)"/.exec(await treasurer.read('/register/officers'))[1], { why: 'so it is' });
  const stranger = await Someone.appear(browser, 'a stranger', '', {});
  const seen = new Set();
  const all = {};
  for (const [role, one] of Object.entries({ stranger, scrutineer: sal, operator: nia, secretary, treasurer, steward })) {
    all[role] = await walk(role, one, role === 'stranger' ? ['/', '/society'] : ['/', '/society', '/you'], seen);
  }
  const reaches = (role, path) => assert.ok(all[role].includes(path), `${role} does not find ${path}, but ${all[role].join(' ')}`);
  for (const path of ['/elections', '/meetings', '/board', '/proposals', '/roadmap', '/privacy', '/finances', '/how-far', '/join', '/sign-in']) reaches('stranger', path);
  for (const path of ['/membership', '/impact', '/notices', '/contribute', '/devices', '/proposals/new', '/elections/:one']) reaches('operator', path);
  for (const path of ['/register', '/register/entry/:one', '/register/notices', '/register/rules', '/elections/call']) reaches('secretary', path);
  for (const path of ['/treasury', '/treasury/exceptions', '/treasury/costs', '/treasury/year']) reaches('treasurer', path);
  reaches('steward', '/register/lapses');
  for (const path of ['/register', '/treasury']) assert.ok(!all.operator.includes(path), `an operator is led to ${path}`);
  assert.ok(!all.stranger.some((path) => path.startsWith('/register') || path.startsWith('/you')));
  stranger.fine();
  steward.fine();
});

journey('nobody’s browser complained', async () => {
  for (const one of [nia, secretary, treasurer]) assert.deepEqual(one.complaints, [], one.name);
});
