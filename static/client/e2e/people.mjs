// What a person does in a browser, for the journeys: sign up with a code from the maildrop, add, write, look.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { axe } from './axe.mjs';

export const base = process.env.BASE_URL ?? 'http://localhost:8080';

// The names in the words of templates/text/client.en.toml, as a person or a screen reader finds them.

export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

// Someone is a person at one device: a browser context of their own. What the browser complains of is kept.
export class Someone {
  complaints = [];

  constructor(name, address, context) {
    this.name = name;
    this.address = address;
    this.context = context;
  }

  // arrive opens a new device for somebody, who has an account already or not.
  static async arrive(browser, name, address, options = {}) {
    const one = await Someone.appear(browser, name, address, options);
    one.page = await one.context.newPage();
    await one.signIn();
    return one;
  }

  // enrol signs somebody new up by the forms alone, as one of many: a page of theirs opens when they first go somewhere.
  static async enrol(browser, name, address, options = {}) {
    const one = await Someone.appear(browser, name, address, options);
    await one.post('/sign-in', { address });
    await one.post('/sign-in/code', { code: await one.code() });
    await one.post('/welcome', { name });
    return one;
  }

  // elsewhere is the same person at another device, which knows nothing of this one.
  async elsewhere(browser, options = {}) {
    const one = await Someone.appear(browser, this.name, this.address, options);
    Object.assign(one, { used: this.used, legal: this.legal, complaints: this.complaints });
    await one.post('/sign-in', { address: this.address });
    await one.post('/sign-in/code', { code: await one.code() });
    return one;
  }

  static async appear(browser, name, address, options) {
    const context = await browser.newContext({ baseURL: base, locale: 'en-GB', reducedMotion: 'reduce', viewport: { width: 1280, height: 800 }, ...options });
    const one = new Someone(name, address, context);
    context.setDefaultTimeout(15_000);
    context.on('page', (page) => one.listen(page));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
    });
    return one;
  }

  // to goes to an address, in the page in which this person is. The page of a hall may just load itself anew, and nobody holds on to it as
  // somebody does who follows a link: then they ask again.
  async to(address) {
    this.page ??= await this.context.newPage();
    try {
      await this.page.goto(address);
    } catch (e) {
      if (!/interrupted by another navigation/.test(String(e))) throw e;
      await this.page.goto(address);
    }
    return this.page;
  }

  // post sends a form without a page, and returns the address at which that ends.
  async post(path, form = {}) {
    const answer = await this.context.request.post(path, { form });
    assert.ok(answer.ok(), `${this.name} posts ${path}: ${answer.status()}\n${/<div class="summary".*?<\/div>/s.exec(await answer.text())?.[0]}`);
    return answer.url();
  }

  // act does what a form of a page asks, by the words that are on it now.
  async act(page, what, form = {}) {
    const seen = / name="seen" value="([^"]*)"/.exec(await this.read(page));
    return this.post(`${page}/${what}`, { ...(seen && { seen: seen[1] }), ...form });
  }

  listen(page) {
    page.on('console', (m) => {
      // what is no page, such as a beacon's word, has no icon, for which browsers ask all the same, and say so when they like
      if (m.location().url.endsWith('/favicon.ico')) return;
      // offline, the browser itself reports what it could not load
      if (m.type() === 'error' && !(this.away && /ERR_INTERNET_DISCONNECTED|WebSocket/.test(m.text()))) this.complaints.push(m.text());
    });
    page.on('pageerror', (e) => this.complaints.push(String(e)));
  }

  async signIn() {
    const { page } = this;
    await page.goto('/');
    await page.getByLabel('Your email address').fill(this.address);
    await page.getByRole('button', { name: 'Start chatting' }).click();
    await page.waitForURL('**/sign-in/code**');
    await axe(page, 'the code');
    await page.getByLabel('Code', { exact: false }).first().fill(await this.code());
    await page.locator('form[action="/sign-in/code"] button').click();
    await page.waitForURL(/\/(welcome|chat)/);
    if (page.url().includes('/welcome')) {
      await page.locator('input[name="name"]').fill(this.name);
      await page.locator('form[action="/welcome"] button').click();
      await page.waitForURL('**/chat**');
    }
    await this.ready();
  }

  // code is the newest one that was mailed to this person and not used yet.
  async code() {
    const inside = (mail) => /\b\d{3} ?\d{3}\b/.exec(mail)?.[0];
    return (this.used = inside(await this.letter('is your Folkmoot code', (mail) => inside(mail) && inside(mail) !== this.used)));
  }

  // letter is the newest mail to this person with such a subject, as soon as it is in the maildrop; other mail may come after it.
  async letter(subject, wanted = () => true) {
    for (let tries = 0; tries < 100; tries++) {
      const letters = (await this.read('/maildrop')).split('<article>');
      const mail = letters.find((l) => l.includes(`To ${this.address}<`) && l.includes(subject));
      if (mail && wanted(mail)) return mail;
      await new Promise((r) => setTimeout(r, 100));
    }
    throw new Error(`no mail came to ${this.address}: ${subject}`);
  }

  // read gets a page's text without opening one.
  async read(path) {
    return (await this.context.request.get(path)).text();
  }

  ready(page = this.page) {
    return page.getByRole('navigation', { name: 'Your chats' }).or(page.locator('.main h1')).first().waitFor();
  }

  // toList goes to the list, which on a phone is a page of its own.
  async toList(page = this.page) {
    await page.goto('/chat#/');
    await page.getByRole('navigation', { name: 'Your chats' }).waitFor();
  }

  line(name, page = this.page) {
    return page.locator('a.line').filter({ hasText: name });
  }

  async open(name, page = this.page) {
    await this.line(name, page).click();
    await page.locator('.head h1').waitFor();
  }

  async add(address, first) {
    await this.page.goto('/chat#/add');
    await this.page.getByLabel('Their email address').fill(address);
    await this.page.getByRole('button', { name: 'Add', exact: true }).click();
    await this.page.waitForURL(/#\/with\//);
    if (first) await this.write(first);
  }

  async write(text, page = this.page) {
    const field = page.getByRole('textbox', { name: /^Message to/ });
    await field.fill(text);
    await field.press('Enter');
  }

  bubble(text, page = this.page) {
    return page.locator('article').filter({ has: page.locator('.text', { hasText: new RegExp(`^${escape(text)}$`) }) });
  }

  async sees(text, page = this.page) {
    await this.bubble(text, page).waitFor();
  }

  // state waits until an own message says this of itself.
  async state(text, state, page = this.page, timeout = undefined) {
    await this.bubble(text, page).locator('.state', { hasText: new RegExp(`· ${escape(state)}$`) }).waitFor({ timeout });
  }

  texts(page = this.page) {
    return page.locator('article .text').allInnerTexts();
  }

  async answer(answer, page = this.page) {
    await page.getByRole('region', { name: 'Request' }).getByRole('button', { name: answer }).click();
  }

  async offline(yes) {
    this.away = true; // and for good: the last complaint may come late
    await this.context.setOffline(yes);
  }

  // fine says that the browser had nothing to complain of.
  fine() {
    assert.deepEqual(this.complaints, [], `${this.name}'s browser complained`);
  }
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
