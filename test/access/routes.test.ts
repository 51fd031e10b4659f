import fastify from 'fastify';
import t from 'tap';
import { SCOPES, type Scope } from '../../src/access/scope.ts';
import { declareScopes } from '../../src/api/access/route-scopes.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { api } from '../api/harness.ts';
import { someWheel } from '../storage/wheel.ts';
import { createIndexServer } from '../upstream/index-server.ts';
import { basic, bearer, someTokens } from './some-tokens.ts';

t.setTimeout(120_000);

/** Every route there is, by what it needs: written down a second time, so that no change of it goes unseen. */
const NEEDS: Record<Scope | 'none', string[]> = {
  none: [
    ...['GET /live', 'GET /ready', 'GET /docs', 'GET /docs/errors', 'GET /login', 'POST /login', 'POST /logout'],
    ...['GET /', 'GET /dashboard/', 'GET /dashboard/assets/dashboard.css', 'GET /dashboard/assets/dashboard.js'],
    'GET /dashboard/assets/icon.svg',
  ],
  read: [
    ...['GET /simple', 'GET /simple/', 'GET /simple/:project', 'GET /simple/:project/'],
    ...['GET /stored/simple', 'GET /stored/simple/', 'GET /stored/simple/:project', 'GET /stored/simple/:project/'],
    ...['GET /on-demand/:project/:sha256/:filename', 'GET /t/:target/on-demand/:project/:sha256/:filename'],
    ...['GET /t/:target/simple', 'GET /t/:target/simple/', 'GET /t/:target/simple/:project'],
    ...['GET /t/:target/simple/:project/', 'GET /t/:target/wheels/:project/:sha256/:filename'],
    ...['GET /wheels/:project/:sha256/:filename', 'GET /stored/wheels/:project/:sha256/:filename'],
    ...['GET /lists/:sha256/wheels/', 'GET /lists/:sha256/requirements.txt', 'GET /prebuilds/:id/wheels/'],
    ...['GET /api/v1/prebuilds', 'GET /api/v1/prebuilds/:id', 'GET /api/v1/prebuilds/:id/diff'],
    ...['GET /api/v1/prebuilds/:id/events', 'GET /api/v1/prebuilds/:id/requirements.txt'],
    ...['GET /api/v1/builds', 'GET /api/v1/builds/:key', 'GET /api/v1/builds/:key/log'],
    ...['GET /api/v1/projects', 'GET /api/v1/projects/:project', 'GET /api/v1/claims', 'GET /api/v1/reindex'],
    ...['GET /api/v1/recipes', 'GET /api/v1/recipes/:project', 'GET /api/v1/targets', 'GET /api/v1/workers'],
    ...['GET /api/v1/status'],
    ...[
      'GET /api/v1/failures',
      'GET /api/v1/overview',
      'GET /dashboard',
      'GET /dashboard/events',
      'GET /dashboard/targets',
    ],
    ...['GET /dashboard/prebuilds', 'GET /dashboard/prebuilds/events', 'GET /dashboard/prebuilds/:id'],
    ...['GET /dashboard/prebuilds/:id/events', 'GET /dashboard/builds', 'GET /dashboard/builds/events'],
    ...['GET /dashboard/builds/:key', 'GET /dashboard/builds/:key/events', 'GET /dashboard/projects'],
    ...['GET /dashboard/projects/:project', 'GET /dashboard/projects/:project/events'],
    ...['GET /dashboard/failures', 'GET /dashboard/failures/events'],
  ],
  prebuild: [
    ...['POST /api/v1/prebuilds', 'DELETE /api/v1/prebuilds/:id', 'POST /api/v1/prebuilds/:id/retry'],
    ...['DELETE /api/v1/builds/:key', 'POST /api/v1/builds/:key/retry', 'POST /api/v1/builds/:key/verify'],
    ...['POST /dashboard/prebuilds/:id/retry', 'POST /dashboard/prebuilds/:id/cancel'],
    ...['POST /dashboard/builds/:key/retry', 'POST /dashboard/builds/:key/cancel'],
    'POST /dashboard/builds/:key/verify',
  ],
  upload: ['POST /legacy', 'POST /legacy/'],
  metrics: ['GET /metrics'],
  admin: [
    ...['PUT /api/v1/projects/:name/claim', 'DELETE /api/v1/projects/:name/claim'],
    ...['POST /api/v1/projects/:project/yank', 'POST /api/v1/projects/:project/unyank'],
    ...['DELETE /api/v1/projects/:project/files/:filename', 'DELETE /api/v1/projects/:project/versions/:version'],
    ...['POST /api/v1/projects/:project/undelete', 'POST /api/v1/reindex'],
    ...['PUT /api/v1/recipes/:project', 'DELETE /api/v1/recipes/:project', 'POST /api/v1/builds/:key/recipe'],
    ...['POST /dashboard/builds/:key/recipe', 'POST /dashboard/projects/:project/yank'],
    ...['POST /dashboard/projects/:project/unyank', 'POST /dashboard/projects/:project/delete'],
    ...['POST /dashboard/projects/:project/undelete', 'GET /dashboard/projects/:project/recipe'],
    'POST /dashboard/projects/:project/recipe',
  ],
};

/** Which tokens of one scope get in where a scope is needed. */
const LET_IN: Record<Scope, Scope[]> = {
  read: ['read', 'prebuild', 'admin'],
  prebuild: ['prebuild', 'admin'],
  upload: ['upload', 'admin'],
  metrics: ['metrics', 'read', 'prebuild', 'admin'],
  admin: ['admin'],
};

const PARAMETERS: Record<string, string> = {
  ':project': 'six',
  ':target': 'python-3.13',
  ':name': 'six',
  ':sha256': '0'.repeat(64),
  ':key': '0'.repeat(64),
  ':id': '0'.repeat(32),
  ':filename': 'six-1.0-py3-none-any.whl',
  ':version': '1.0',
};

const REFUSALS = ['token-missing', 'token-refused', 'scope-missing', 'foreign-origin', 'rate-limited'];

t.test('every route lets in who has its scope, and nobody else', async (t) => {
  const past = '2020-01-01T00:00:00.000Z';
  const { file, secrets } = await someTokens(t, {
    ...Object.fromEntries(SCOPES.map((one) => [one, { scopes: [one] }])),
    expired: { scopes: ['admin'], change: { expires: past } },
    revoked: { scopes: ['admin'], change: { revoked: past } },
  });
  const { indexUrl } = await createIndexServer(t);
  const { app } = await api(t, { WHEELMILL_TOKENS_FILE: file, WHEELMILL_UPSTREAM_URL: indexUrl });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const rows = (Object.keys(NEEDS) as (Scope | 'none')[]).flatMap((needed) =>
    NEEDS[needed].map((route) => ({ needed, route })),
  );
  const names = app.routeNames.filter(({ method }) => method !== 'HEAD').map((one) => `${one.method} ${one.url}`);
  t.same(rows.map((one) => one.route).sort(), [...new Set(names)].sort(), 'the table has every route, and no other');

  const stranger = `wm_${'0'.repeat(12)}_${'0'.repeat(50)}`;
  const forged = secrets.admin!.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const out: [who: string, headers: Record<string, string>, code: string, detail: RegExp][] = [
    ['no token', {}, 'token-missing', /wheelmill token create/],
    ['an expired one', bearer(secrets.expired!), 'token-refused', /expired \(\w+\) is expired/],
    ['a revoked one', basic(secrets.revoked!), 'token-refused', /revoked \(\w+\) is revoked/],
    ['one that is not known', bearer(stranger), 'token-refused', /not known/],
    ['a known id with another secret', bearer(forged), 'token-refused', /not known/],
    ['another user', basic(secrets.admin!, 'admin'), 'token-refused', /the user is __token__/],
    ['another scheme', { authorization: 'Digest abc' }, 'token-refused', /neither/],
    ['an empty header', { authorization: '' }, 'token-refused', /neither/],
  ];
  let requests = 0;
  const ask = async (method: string, path: string, headers: Record<string, string>) => {
    requests += 1;
    const answer = await fetch(url + path, { method, headers, redirect: 'manual' });
    // What goes on happening has no end to wait for.
    const isEndless = answer.headers.get('content-type') === 'text/event-stream';
    const text = isEndless ? '' : await answer.text();
    if (isEndless) await answer.body?.cancel();
    const isProblem = answer.headers.get('content-type') === 'application/problem+json' && text !== '';
    return { answer, problem: (isProblem ? JSON.parse(text) : {}) as { code?: string; detail?: string }, text };
  };

  for (const { needed, route } of rows) {
    const [method = '', pattern = ''] = route.split(' ');
    const path = pattern.replace(/:\w+/g, (name) => PARAMETERS[name]!);
    for (const [who, headers, code, detail] of out) {
      const { answer, problem, text } = await ask(method, path, headers);
      if (needed === 'none') {
        t.notOk(REFUSALS.includes(problem.code ?? ''), `${route}: ${who} gets in`);
        continue;
      }
      t.match({ status: answer.status, ...problem }, { status: 401, code, detail }, `${route}: ${who}`);
      t.match(answer.headers.get('www-authenticate'), /^Basic realm="wheelmill"/, 'pip, uv and twine are asked');
      t.notMatch(text, /_[0-9a-z]{50}/, 'no secret comes back');
    }
    if (needed === 'none') continue;
    for (const scope of SCOPES) {
      const { answer, problem } = await ask(method, path, basic(secrets[scope]!));
      if (LET_IN[needed].includes(scope))
        t.notOk(REFUSALS.includes(problem.code ?? ''), `${route}: ${scope} gets in (${answer.status})`);
      else {
        const detail = new RegExp(`The token ${scope} has ${scope}; ${method} .* needs the scope ${needed}\\.`);
        t.match({ status: answer.status, ...problem }, { status: 403, code: 'scope-missing', detail }, route);
        t.notOk(answer.headers.has('www-authenticate'), 'another password would not help');
      }
    }
    if (method === 'GET') t.equal((await ask('HEAD', path, {})).answer.status, 401, `HEAD ${pattern}`);
  }
  t.ok(requests > 550, `${requests} requests`);
});

t.test('a token is sent in three ways, and the header counts', async (t) => {
  const { file, secrets } = await someTokens(t, { anna: { scopes: ['read'] }, boss: { scopes: ['admin'] } });
  const { app } = await api(t, { WHEELMILL_TOKENS_FILE: file });
  const rows: [what: string, headers: Record<string, string>, status: number][] = [
    ['basic', basic(secrets.anna!), 200],
    ['bearer', bearer(secrets.anna!), 200],
    ['bearer, in other letters', { authorization: `bEARER ${secrets.anna}` }, 200],
    ['cookie', { cookie: `a=b; wheelmill_token=${secrets.anna}; c=d` }, 200],
    ['another cookie', { cookie: `not_wheelmill_token=${secrets.anna}` }, 401],
    ['a good cookie behind a bad header', { ...bearer('nothing'), cookie: `wheelmill_token=${secrets.anna}` }, 401],
    ['an endless header', { authorization: `Basic ${'A'.repeat(9000)}` }, 401],
    ['bytes that are no text', { authorization: `Basic ${Buffer.from([255, 0, 58, 10]).toString('base64')}` }, 401],
  ];
  for (const [what, headers, status] of rows)
    t.equal((await app.inject({ url: '/api/v1/projects', headers })).statusCode, status, what);
});

for (const [asks, control] of [
  [true, 'private'],
  [false, 'public'],
] as const)
  t.test(`a wheel is ${control} to caches where the server ${asks ? 'asks' : 'does not ask'} for tokens`, async (t) => {
    const { file, secrets } = await someTokens(t, { anna: { scopes: ['read'] } });
    const { app, store, scratch } = await api(t, asks ? { WHEELMILL_TOKENS_FILE: file } : {});
    const wheel = await someWheel(scratch);
    await publishWheel(store, wheel);
    const { project, sha256, filename } = wheel.record;
    const answer = await app.inject({ url: `/wheels/${project}/${sha256}/${filename}`, headers: basic(secrets.anna!) });
    t.match(answer, { statusCode: 200, headers: { 'cache-control': `${control}, max-age=31536000, immutable` } });
  });

t.test('a route without a scope keeps the server from starting', async (t) => {
  const app = fastify();
  declareScopes(app, { 'GET /here': 'read', 'GET /nowhere': 'read' });
  app.get('/here', async () => '');
  t.throws(() => app.post('/here', async () => ''), { message: /POST \/here does not say which scope it needs/ });
  await t.rejects(async () => app.ready(), { message: /scopes for what is no route: GET \/nowhere/ });
});
