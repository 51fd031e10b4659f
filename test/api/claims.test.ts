import t, { type Test } from 'tap';
import { readClaim, writeClaim } from '../../src/storage/claims.ts';
import { renderProject } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { makeWheel } from '../check/zip-maker.ts';
import { someWheel } from '../storage/wheel.ts';
import { createIndexServer, page, send } from '../upstream/index-server.ts';
import { api, list } from './harness.ts';
import { sdist, upload, uploadParts } from './upload-form.ts';

const WHEEL = 'demo_pkg-1.0-py3-none-any.whl';

/** The interface with an upstream that has `demo` (a wheel and an sdist), and nothing else. */
async function server(t: Test) {
  const index = await createIndexServer(t);
  const file = (filename: string) => ({
    filename,
    url: `${index.origin}/${filename}`,
    hashes: { sha256: 'a'.repeat(64) },
    size: 9,
  });
  index.routes.set('/simple/demo/', page([file('demo-9.0-py3-none-any.whl'), file('demo-9.0.tar.gz')]));
  index.routes.set('/demo-9.0-py3-none-any.whl', send('not it'));
  return { ...(await api(t, { WHEELMILL_UPSTREAM_URL: index.indexUrl })), index };
}

const claim = (name: string, query = '') => ({ method: 'PUT' as const, url: `/api/v1/projects/${name}/claim${query}` });
const unclaim = (name: string, query = '') => ({ ...claim(name, query), method: 'DELETE' as const });
const json = { accept: 'application/vnd.pypi.simple.v1+json' };

t.test('a name is claimed, listed and given back', async (t) => {
  const { app } = await server(t);
  t.same((await app.inject('/api/v1/claims')).json(), { items: [] });
  const claimed = await app.inject(claim('My.Package'));
  t.match([claimed.statusCode, claimed.json()], [201, { project: 'my-package', by: 'request', hidden: [] }]);
  t.match([(await app.inject(claim('my_package'))).statusCode], [200], 'once more changes nothing');
  await app.inject(claim('another'));
  const first = (await app.inject('/api/v1/claims?limit=1')).json();
  t.match(first.items, [{ project: 'another' }]);
  const second = (await app.inject(`/api/v1/claims?limit=1&cursor=${first.next}`)).json();
  t.match(second.items, [{ project: 'my-package', claimedAt: claimed.json().claimedAt }]);
  t.equal(second.next, undefined);
  t.match((await app.inject(unclaim('MY-package'))).json(), { project: 'my-package', hidden: [] });
  t.match((await app.inject(unclaim('my-package'))).json(), { code: 'not-found' });
  t.equal((await app.inject('/api/v1/claims')).json().items.length, 1);
});

t.test('who may claim, and what', async (t) => {
  const { app } = await server(t);
  for (const [request, status] of [
    [claim('..%2f..%2fx'), 400],
    [claim('-x-'), 400],
    [claim('d%C3%A9mo'), 400],
    [claim('demo', '?forse=true'), 400],
    [{ ...claim('demo'), headers: { origin: 'https://evil.example.com' } }, 403],
    [{ ...unclaim('demo'), headers: { 'sec-fetch-site': 'cross-site' } }, 403],
    [{ method: 'GET' as const, url: '/api/v1/claims?cursor=Li4v' }, 400],
  ] as const)
    t.equal((await app.inject({ ...request })).statusCode, status, request.url);
  t.same((await app.inject('/api/v1/claims')).json().items, []);
});

t.test('a name that upstream has is refused until it is claimed, and then never asked for again', async (t) => {
  const { app, store, index } = await server(t);
  const parts = uploadParts('demo-1.0.tar.gz', await sdist());
  const refused = await app.inject(upload(parts));
  t.match([refused.statusCode, refused.json().code], [403, 'name-taken-upstream']);
  t.match(refused.statusMessage, /`wheelmill claim demo`/, 'the way out');
  t.equal(await readClaim(store, 'demo'), undefined);
  t.match((await app.inject({ url: '/simple/demo/', headers: json })).json().files, [{ filename: /^demo-9/ }]);

  t.equal((await app.inject(claim('demo'))).statusCode, 201);
  const asked = index.requests.length;
  t.match((await app.inject(upload(parts))).json(), { outcome: 'stored', claimed: false });
  t.same((await app.inject({ url: '/simple/demo/', headers: json })).json().files, [], 'nothing of upstream is there');
  const gone = `/wheels/demo/${'a'.repeat(64)}/demo-9.0-py3-none-any.whl`;
  t.equal((await app.inject(gone)).statusCode, 404, 'nor under its URL');
  t.equal((await app.inject(`${gone}.metadata`)).statusCode, 404);
  t.equal((await app.inject(list('demo\n'))).statusCode, 202);
  t.equal(index.requests.length, asked, 'upstream saw no request of it');
});

t.test('while upstream is away it is not known whose a name is', async (t) => {
  const { app, store, index } = await server(t);
  index.stop();
  const parts = uploadParts('fresh-1.0.tar.gz', await sdist('fresh'));
  const answer = await app.inject(upload(parts));
  t.match([answer.statusCode, answer.json().code], [503, 'name-not-checked']);
  t.match(answer.statusMessage, /Upload again later; or, if the name is yours, claim it: `wheelmill claim fresh`/);
  t.equal(await readClaim(store, 'fresh'), undefined);
  t.equal((await app.inject(claim('fresh'))).statusCode, 201);
  t.equal((await app.inject(upload(parts))).statusCode, 200);
});

t.test('private files and those of upstream are never on one page', async (t) => {
  const { app, store, scratch: folder } = await server(t);
  const theirs = await someWheel(folder, {
    project: 'demo-pkg',
    filename: 'demo_pkg-2.0-py3-none-any.whl',
    version: '2.0',
    origin: 'mirrored',
  });
  await publishWheel(store, theirs);
  await renderProject(store, 'demo-pkg');
  const names = async (url = '/simple/demo-pkg/') => {
    const answer = await app.inject({ url, headers: json });
    return answer.statusCode === 404 ? [] : answer.json().files.map((one: { filename: string }) => one.filename);
  };
  t.same(await names(), [theirs.record.filename]);
  const parts = uploadParts(WHEEL, makeWheel(), { name: 'demo-pkg' });
  t.match((await app.inject(upload(parts))).json(), { code: 'name-taken-upstream', detail: /came from upstream/ });

  const refused = await app.inject(claim('demo-pkg'));
  t.match([refused.statusCode, refused.json().code], [409, 'would-hide-files']);
  t.same(refused.json().faults, [{ filename: theirs.record.filename }]);
  t.match(refused.statusMessage, /wheelmill claim --force demo-pkg/);
  t.equal(await readClaim(store, 'demo-pkg'), undefined);
  t.match((await app.inject(claim('demo-pkg', '?force=true'))).json(), { hidden: [theirs.record.filename] });
  t.same(await names(), [], 'hidden at once');
  t.equal((await app.inject(upload(parts))).statusCode, 200);
  t.same(await names(), [WHEEL]);
  t.same(await names('/stored/simple/demo-pkg/'), [WHEEL]);
  const url = `/wheels/demo-pkg/${theirs.record.sha256}/${theirs.record.filename}`;
  t.equal((await app.inject(url)).statusCode, 200, 'who has its hash has been told of it');

  t.match((await app.inject(unclaim('demo-pkg'))).json(), { code: 'would-hide-files', faults: [{ filename: WHEEL }] });
  t.same(await names(), [WHEEL]);
  t.match((await app.inject(unclaim('demo-pkg', '?force=true'))).json(), { hidden: [WHEEL] });
  t.same(await names(), [theirs.record.filename], 'the other way round');
  const marks: string[] = [];
  for await (const key of store.list('dirty/demo-pkg/')) marks.push(key);
  t.same(marks, [], 'every mark is satisfied');
});

t.test('a mark of a claim waits for a rendering that has seen it', async (t) => {
  const { store } = await server(t);
  await store.put('dirty/demo/0123.claim.claimed', '');
  await renderProject(store, 'demo');
  t.ok(await store.head('dirty/demo/0123.claim.claimed'), 'the claim is not there yet');
  await writeClaim(store, 'demo', 'request');
  await renderProject(store, 'demo');
  for await (const key of store.list('dirty/demo/')) t.fail(key);
});
