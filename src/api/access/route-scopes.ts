import type { FastifyInstance } from 'fastify';
import type { Scope } from '../../access/scope.ts';

/** What a route asks for: a scope, or nothing at all. */
export type RouteScope = Scope | 'none';

/**
 * Every route of the HTTP interface, with the scope that a token needs for it. HEAD goes with GET. A route that is not in here
 * keeps the server from starting, and so does a line without a route.
 *
 * `none` is for what says nothing of what is stored: health, the interface's own description, signing in and out.
 */
export const ROUTE_SCOPES: Readonly<Record<string, RouteScope>> = {
  'GET /live': 'none',
  'GET /ready': 'none',
  'GET /docs': 'none',
  'GET /docs/errors': 'none',
  'GET /login': 'none',
  'POST /login': 'none',
  'POST /logout': 'none',

  'GET /simple': 'read',
  'GET /simple/': 'read',
  'GET /simple/:project': 'read',
  'GET /simple/:project/': 'read',
  'GET /wheels/:project/:sha256/:filename': 'read',
  // Where it starts a build, the scope of the settings is asked for besides.
  'GET /on-demand/:project/:sha256/:filename': 'read',
  'GET /t/:target/on-demand/:project/:sha256/:filename': 'read',
  'GET /t/:target/simple': 'read',
  'GET /t/:target/simple/': 'read',
  'GET /t/:target/simple/:project': 'read',
  'GET /t/:target/simple/:project/': 'read',
  'GET /t/:target/wheels/:project/:sha256/:filename': 'read',
  'GET /stored/simple': 'read',
  'GET /stored/simple/': 'read',
  'GET /stored/simple/:project': 'read',
  'GET /stored/simple/:project/': 'read',
  'GET /stored/wheels/:project/:sha256/:filename': 'read',
  'GET /lists/:sha256/wheels/': 'read',
  'GET /lists/:sha256/requirements.txt': 'read',
  'GET /prebuilds/:id/wheels/': 'read',

  'GET /api/v1/prebuilds': 'read',
  'GET /api/v1/prebuilds/:id': 'read',
  'GET /api/v1/prebuilds/:id/diff': 'read',
  'GET /api/v1/prebuilds/:id/events': 'read',
  'GET /api/v1/prebuilds/:id/requirements.txt': 'read',
  'GET /api/v1/builds': 'read',
  'GET /api/v1/builds/:key': 'read',
  'GET /api/v1/builds/:key/log': 'read',
  'GET /api/v1/projects': 'read',
  'GET /api/v1/projects/:project': 'read',
  'GET /api/v1/claims': 'read',
  'GET /api/v1/recipes': 'read',
  'GET /api/v1/recipes/:project': 'read',
  'GET /api/v1/reindex': 'read',
  'GET /api/v1/targets': 'read',
  'GET /api/v1/workers': 'read',
  'GET /api/v1/status': 'read',

  // Figures without names: neither those of projects nor those of clients.
  'GET /metrics': 'metrics',
  'GET /api/v1/failures': 'read',
  'GET /api/v1/overview': 'read',

  'GET /': 'none',
  'GET /dashboard/': 'none',
  'GET /dashboard/assets/dashboard.css': 'none',
  'GET /dashboard/assets/dashboard.js': 'none',
  'GET /dashboard/assets/icon.svg': 'none',
  'GET /dashboard': 'read',
  'GET /dashboard/events': 'read',
  'GET /dashboard/prebuilds': 'read',
  'GET /dashboard/prebuilds/events': 'read',
  'GET /dashboard/prebuilds/:id': 'read',
  'GET /dashboard/prebuilds/:id/events': 'read',
  'GET /dashboard/builds': 'read',
  'GET /dashboard/builds/events': 'read',
  'GET /dashboard/builds/:key': 'read',
  'GET /dashboard/builds/:key/events': 'read',
  'GET /dashboard/projects': 'read',
  'GET /dashboard/projects/:project': 'read',
  'GET /dashboard/projects/:project/events': 'read',
  'GET /dashboard/targets': 'read',
  'GET /dashboard/failures': 'read',
  'GET /dashboard/failures/events': 'read',

  'POST /api/v1/prebuilds': 'prebuild',
  'DELETE /api/v1/prebuilds/:id': 'prebuild',
  'POST /api/v1/prebuilds/:id/retry': 'prebuild',
  'DELETE /api/v1/builds/:key': 'prebuild',
  'POST /api/v1/builds/:key/retry': 'prebuild',
  'POST /api/v1/builds/:key/verify': 'prebuild',
  'POST /dashboard/prebuilds/:id/retry': 'prebuild',
  'POST /dashboard/prebuilds/:id/cancel': 'prebuild',
  'POST /dashboard/builds/:key/retry': 'prebuild',
  'POST /dashboard/builds/:key/cancel': 'prebuild',
  'POST /dashboard/builds/:key/verify': 'prebuild',

  // The first upload under a free name claims it: that much of claims goes with uploads.
  'POST /legacy': 'upload',
  'POST /legacy/': 'upload',

  'PUT /api/v1/projects/:name/claim': 'admin',
  'DELETE /api/v1/projects/:name/claim': 'admin',
  'POST /api/v1/projects/:project/yank': 'admin',
  'POST /api/v1/projects/:project/unyank': 'admin',
  'DELETE /api/v1/projects/:project/files/:filename': 'admin',
  'DELETE /api/v1/projects/:project/versions/:version': 'admin',
  'POST /api/v1/projects/:project/undelete': 'admin',
  'POST /api/v1/reindex': 'admin',
  'PUT /api/v1/recipes/:project': 'admin',
  'DELETE /api/v1/recipes/:project': 'admin',
  'POST /api/v1/builds/:key/recipe': 'admin',
  'POST /dashboard/builds/:key/recipe': 'admin',
  'GET /dashboard/projects/:project/recipe': 'admin',
  'POST /dashboard/projects/:project/recipe': 'admin',
  'POST /dashboard/projects/:project/yank': 'admin',
  'POST /dashboard/projects/:project/unyank': 'admin',
  'POST /dashboard/projects/:project/delete': 'admin',
  'POST /dashboard/projects/:project/undelete': 'admin',
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks for (src/api/access/route-scopes.ts). */
    scope?: RouteScope;
  }
}

/** Gives every route its scope. To be called before the first one is added. */
export function declareScopes(app: FastifyInstance, scopes = ROUTE_SCOPES): void {
  const missing = new Set(Object.keys(scopes));
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      const name = `${method === 'HEAD' ? 'GET' : method} ${route.url}`;
      const scope = scopes[name];
      if (scope === undefined)
        throw new Error(
          `The route ${name} does not say which scope it needs: add it to src/api/access/route-scopes.ts.`,
        );
      missing.delete(name);
      route.config = { ...route.config, scope };
    }
  });
  app.addHook('onReady', async () => {
    if (missing.size > 0) throw new Error(`There are scopes for what is no route: ${[...missing].join(', ')}.`);
  });
}
