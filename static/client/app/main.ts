// The chat page: templ prints the shell (templates/chat.templ), this fills it.

import Application from '@ember/application';
import Router from './router.ts';
import { serverNow, shell } from './shell.ts';

class Chat extends Application {
  override modules = {
    './router': { default: Router },
    ...import.meta.glob('./{routes,services,templates}/**/*.{ts,gts}', { eager: true }),
  };
}

Chat.create({ rootElement: '#chat' });

// A key to vote with is collected by whatever page its voter opens. Who keeps none loads nothing for it.
void Promise.resolve()
  .then(() => indexedDB.databases())
  .then((kept) => kept.some(({ name }) => name === `folkmoot-votes-${shell.account}`))
  .then(async (votes) => votes && (await import('../vote/collect.ts')).collectDue(shell.account, serverNow()))
  .catch(() => undefined);
