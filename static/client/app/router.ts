import EmberRouter from '@ember/routing/router';

// Places are in the hash, so that the server knows one address and Back works.
export default class Router extends EmberRouter {
  override location = 'hash' as const;
  override rootURL = '/';
}

Router.map(function () {
  this.route('with', { path: '/with/:conversation' });
  this.route('add');
  this.route('blocked');
});
