import Route from '@ember/routing/route';

export default class WithRoute extends Route {
  override model({ conversation }: { conversation: string }): string {
    return conversation;
  }
}
