import Route from '@ember/routing/route';
import { service } from '@ember/service';
import type Moot from '../services/moot.ts';

export default class ApplicationRoute extends Route {
  @service declare moot: Moot;

  override beforeModel() {
    return this.moot.start();
  }
}
