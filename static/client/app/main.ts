// The chat page: templ prints the shell (templates/chat.templ), this fills it.

import Application from '@ember/application';
import Router from './router.ts';

class Chat extends Application {
  override modules = {
    './router': { default: Router },
    ...import.meta.glob('./{routes,services,templates}/**/*.{ts,gts}', { eager: true }),
  };
}

Chat.create({ rootElement: '#chat' });
