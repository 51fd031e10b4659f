import t, { type Test } from 'tap';
import { buildReadOnlyApp } from '../../src/api/read-only/app.ts';
import { removeClaim } from '../../src/storage/claims.ts';
import { renderProject, renderRoot } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { api, list } from '../api/harness.ts';
import { upload, uploadParts } from '../api/upload-form.ts';
import { makeWheel } from '../check/zip-maker.ts';
import { sha256, someWheel } from '../storage/wheel.ts';
import { createIndexServer } from '../upstream/index-server.ts';
import { bearer, someTokens } from './some-tokens.ts';

t.setTimeout(120_000);

const JSON_V1 = { accept: 'application/vnd.pypi.simple.v1+json' };

/** A server with tokens, one public project and an uploaded one, and its second listener. */
async function twoListeners(t: Test, settings: Record<string, string> = {}) {
  const { file, secrets } = await someTokens(t, { boss: { scopes: ['admin'] } });
  const index = await createIndexServer(t);
  const closed = await api(t, {
    WHEELMILL_TOKENS_FILE: file,
    WHEELMILL_UPSTREAM_URL: index.indexUrl,
    ...settings,
  });
  const open = await someWheel(closed.scratch, { project: 'public', filename: 'public-1.0-py3-none-any.whl' });
  await publishWheel(closed.store, open);
  await renderProject(closed.store, 'public');
  const headers = bearer(secrets.boss!);
  const parts = uploadParts('demo_pkg-1.0-py3-none-any.whl', makeWheel());
  const uploaded = (await closed.app.inject(upload(parts, headers))).json();
  await renderRoot(closed.store);
  const reader = await buildReadOnlyApp(closed.parts);
  t.teardown(() => reader.close());
  const url = await reader.listen({ host: '127.0.0.1', port: 0 });
  const path = new URL(uploaded.url).pathname;
  return { ...closed, headers, reader, url, own: { path, ...uploaded }, open: open.record };
}

t.test('the listener that needs no token', async (t) => {
  const listeners = await twoListeners(t);

  await t.test('what is public is there without a token, what is private is not', async (t) => {
    const { app, headers, url, own, open } = listeners;
    const ask = async (path: string, method = 'GET', more: Record<string, string> = {}) => {
      const answer = await fetch(url + path, { method, headers: { ...JSON_V1, ...more }, redirect: 'manual' });
      return { status: answer.status, text: await answer.text() };
    };
    for (const path of ['/metrics', '/api/v1/status', '/api/v1/builds'])
      t.equal((await ask(path)).status, 404, `${path} is not for everybody`);
    for (const view of ['', '/stored']) {
      t.equal((await ask(`${view}/simple/public/`)).status, 200);
      t.equal((await ask(`${view}/wheels/public/${open.sha256}/${open.filename}`)).text, 'bytes');
      t.equal((await ask(`${view}/wheels/public/${open.sha256}/${open.filename}`, 'HEAD')).status, 200);
      t.same(JSON.parse((await ask(`${view}/simple/`)).text).projects, [{ name: 'public' }]);
      t.notMatch((await ask(`${view}/simple/`, 'GET', { accept: 'text/html' })).text, 'demo');
      const unknown = await ask(`${view}/simple/no-such-thing/`);
      t.match(await ask(`${view}/simple/demo-pkg/`), { status: 404 });
      const shown = (text: string) => ({ ...JSON.parse(text), request: '' });
      t.same(shown((await ask(`${view}/simple/demo-pkg/`)).text), shown(unknown.text), 'as if there were no such name');
      for (const path of [own.path, `${own.path}.metadata`, own.path.replace('demo-pkg', 'Demo_Pkg')])
        t.equal((await ask(view + path)).status, 404, view + path);
      t.equal((await ask(view + own.path, 'GET', headers)).status, 404, 'a token changes nothing here');
    }
    for (const path of [own.path, '/simple/demo-pkg/']) {
      t.equal((await app.inject({ url: path, headers })).statusCode, 200, `${path} is there with a token`);
      t.equal((await app.inject({ url: path })).statusCode, 401);
    }
    t.match((await app.inject({ url: '/simple/', headers: { ...headers, ...JSON_V1 } })).body, 'demo-pkg');
  });

  await t.test('it takes nothing, and has no other route', async (t) => {
    const { app, url, reader, store, headers } = listeners;
    const before: string[] = [];
    for await (const key of store.list('')) before.push(key);
    const routes = app.routeNames.filter(({ method }) => method !== 'HEAD');
    const shared =
      /^GET \/(live|ready|(stored\/)?(simple|wheels)\b.*|lists\/.*|prebuilds\/.*|api\/v1\/prebuilds\/:id\/requirements\.txt)$/;
    for (const { method, url: pattern } of routes) {
      const path = pattern.replace(/:\w+/g, '0'.repeat(64));
      const answer = await fetch(url + path, { method, headers, redirect: 'manual' });
      const isThere = !/See \/docs for what there is/.test(await answer.text());
      t.equal(isThere, shared.test(`${method} ${pattern}`), `${method} ${pattern}: ${answer.status}`);
    }
    t.notOk((await reader.inject(list('six\n'))).statusCode < 400);
    const afterwards: string[] = [];
    for await (const key of store.list('')) afterwards.push(key);
    t.same(afterwards, before, 'nothing was written');
  });

  await t.test('a list with anything private in it is not there', async (t) => {
    const { app, url, headers, own } = listeners;
    const text = `demo-pkg==1.0 --hash=sha256:${own.sha256}\n`;
    const posted = await app.inject(list(text, headers));
    t.match(posted.json(), { state: 'ready' }, posted.body);
    const lists = `/lists/${sha256(text)}`;
    const { id } = posted.json();
    const ofPrebuild = [`/prebuilds/${id}/wheels/`, `/api/v1/prebuilds/${id}/requirements.txt`];
    for (const path of [`${lists}/wheels/`, `${lists}/requirements.txt`, ...ofPrebuild]) {
      t.equal((await app.inject({ url: path, headers })).statusCode, 200, path);
      const answer = await fetch(url + path);
      t.equal(answer.status, 404, path);
      t.notMatch(await answer.text(), /demo/i);
    }
  });

  await t.test('a private wheel stays private when its name is given back', async (t) => {
    const { store, url, own, parts } = listeners;
    await removeClaim(store, 'demo-pkg');
    await renderProject(store, 'demo-pkg');
    parts.upstream.changed(own.project);
    t.equal((await fetch(url + own.path)).status, 404);
    t.equal((await fetch(`${url}${own.path}.metadata`)).status, 404);
  });
});

t.test('it counts requests by address', async (t) => {
  const { url } = await twoListeners(t, { WHEELMILL_MAX_REQUESTS: '3' });
  const statuses: number[] = [];
  for (let round = 0; round < 4; round++) statuses.push((await fetch(`${url}/live`)).status);
  t.same(statuses, [200, 200, 200, 429]);
});
