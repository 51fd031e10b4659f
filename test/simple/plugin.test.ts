import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fastify, { type InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { simpleIndex } from '../../src/simple/plugin.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { renderProject, renderRoot } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { someWheel } from '../storage/wheel.ts';

const JSON_V1 = 'application/vnd.pypi.simple.v1+json';

/** The stored view under `/stored`, with one public wheel and one of a prebuild only. */
async function setUp(t: Test) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const open = await someWheel(scratch);
  const own = await someWheel(scratch, { version: '2.0', visibility: 'prebuild' }, 'own bytes');
  for (const wheel of [open, own]) await publishWheel(store, wheel);
  await renderProject(store, 'demo');
  await renderRoot(store);
  const app = fastify();
  t.teardown(() => app.close());
  await app.register(simpleIndex, { view: 'stored', store, prefix: '/stored' });
  const get = (url: string, headers: Record<string, string> = {}, method: InjectOptions['method'] = 'GET') =>
    app.inject({ method, url: `/stored${url}`, headers });
  const publish = async (version: string) => {
    await publishWheel(store, await someWheel(scratch, { version }, version));
    await renderProject(store, 'demo');
  };
  return { store, get, publish, open: open.record, own: own.record, metadata: open.metadata };
}

t.test('pages in the format asked for', async (t) => {
  const { get, open } = await setUp(t);
  const rows: [url: string, accept: string, type: string, body: RegExp][] = [
    ['/simple/', JSON_V1, JSON_V1, /"projects":\[\{"name":"demo"\}\]/],
    ['/simple/', 'text/html', 'text/html; charset=utf-8', /<a href="demo\/">demo<\/a>/],
    ['/simple/demo/', JSON_V1, JSON_V1, new RegExp(`"\\.\\./\\.\\./wheels/demo/${open.sha256}/${open.filename}"`)],
    [
      '/simple/demo/',
      'application/vnd.pypi.simple.latest+html',
      'application/vnd.pypi.simple.v1+html; charset=utf-8',
      /<a href/,
    ],
    [`/simple/demo/?format=${encodeURIComponent(JSON_V1)}`, 'text/html', JSON_V1, /^\{"meta"/],
  ];
  for (const [url, accept, type, body] of rows) {
    const answer = await get(url, { accept });
    t.match(answer, { statusCode: 200, body }, `${url} as ${accept}`);
    t.match(answer.headers, {
      'content-type': type,
      vary: 'Accept',
      'cache-control': 'no-cache',
      etag: /^"[0-9a-f]+"$/,
    });
  }
  const none = await get('/simple/demo/', { accept: 'image/png' });
  t.match(none, { statusCode: 406, headers: { vary: 'Accept' } });
  t.notMatch((await get('/simple/demo/')).body, 'demo-2.0', "a prebuild's own wheel is not listed");
});

t.test('pages are revalidated, and follow what is published', async (t) => {
  const { get, publish } = await setUp(t);
  const first = await get('/simple/demo/', { accept: JSON_V1 });
  const etag = String(first.headers.etag);
  const again = await get('/simple/demo/', { accept: JSON_V1, 'if-none-match': etag });
  t.match(again, { statusCode: 304, body: '', headers: { etag } });
  const head = await get('/simple/demo/', { accept: JSON_V1 }, 'HEAD');
  t.match(head, { statusCode: 200, body: '', headers: { etag, 'content-length': String(first.body.length) } });
  await publish('3.0');
  const changed = await get('/simple/demo/', { accept: JSON_V1, 'if-none-match': etag });
  t.match(changed, { statusCode: 200, body: /demo-3\.0/ });
});

t.test('names and slashes are put right by relative redirects', async (t) => {
  const { get } = await setUp(t);
  const rows: [url: string, location: string][] = [
    ['/simple', 'simple/'],
    ['/simple/demo', 'demo/'],
    ['/simple/De_.Mo', 'de-mo/'],
    ['/simple/Demo/', '../demo/'],
    ['/simple/Demo/?format=x', '../demo/?format=x'],
  ];
  for (const [url, location] of rows) t.match(await get(url), { statusCode: 301, headers: { location } }, url);
  for (const url of ['/simple/unknown/', '/simple/-bad-/', '/simple/..%2fdemo/', '/simple/demo/x']) {
    t.equal((await get(url)).statusCode, 404, url);
  }
});

t.test('files never change: they are kept for ever and can be had in parts', async (t) => {
  const { get, open, own, metadata } = await setUp(t);
  const url = `/wheels/demo/${open.sha256}/${open.filename}`;
  const etag = `"${open.sha256}"`;
  const headers = {
    'content-type': 'application/octet-stream',
    'cache-control': 'public, max-age=31536000, immutable',
    'accept-ranges': 'bytes',
    etag,
  };
  const rows: [method: 'GET' | 'HEAD', asked: Record<string, string>, answer: object][] = [
    ['GET', {}, { statusCode: 200, body: 'bytes', headers: { ...headers, 'content-length': '5' } }],
    ['GET', { 'accept-encoding': 'gzip' }, { statusCode: 200, body: 'bytes' }],
    ['HEAD', {}, { statusCode: 200, body: '', headers: { ...headers, 'content-length': '5' } }],
    [
      'GET',
      { range: 'bytes=1-2' },
      { statusCode: 206, body: 'yt', headers: { 'content-range': 'bytes 1-2/5', 'content-length': '2' } },
    ],
    ['GET', { range: 'bytes=3-', 'if-range': etag }, { statusCode: 206, body: 'es' }],
    ['GET', { range: 'bytes=3-', 'if-range': '"other"' }, { statusCode: 200, body: 'bytes' }],
    ['GET', { range: 'bytes=9-' }, { statusCode: 416, headers: { 'content-range': 'bytes */5' } }],
    ['GET', { 'if-none-match': etag }, { statusCode: 304, body: '', headers: { etag } }],
  ];
  for (const [method, asked, answer] of rows)
    t.match(await get(url, asked, method), answer, JSON.stringify([method, asked]));
  t.equal((await get(url)).headers['content-disposition'], undefined);
  t.match(await get(`${url}.metadata`), {
    statusCode: 200,
    body: metadata.toString(),
    headers: { etag: `"${open.metadataSha256}"`, 'content-length': String(metadata.length) },
  });
  t.match(await get(`/wheels/demo/${own.sha256}/${own.filename}`), { statusCode: 200, body: 'own bytes' });
});

t.test('only files that a record names', async (t) => {
  const { store, get, open } = await setUp(t);
  await store.put(paths.wheelFile('demo', 'f'.repeat(64), 'demo-9.0-py3-none-any.whl'), 'without a record');
  const rows = [
    `/wheels/demo/${'f'.repeat(64)}/demo-9.0-py3-none-any.whl`,
    `/wheels/demo/${'f'.repeat(64)}/${open.filename}`,
    `/wheels/other/${open.sha256}/${open.filename}`,
    `/wheels/demo/${open.sha256.toUpperCase()}/${open.filename}`,
    `/wheels/demo/${open.sha256}/..%2f..%2f${open.filename}.json`,
    `/wheels/..%2fdemo/${open.sha256}/${open.filename}`,
    `/wheels/demo/${open.filename}.json`,
    `/wheels/demo/${open.sha256}/${open.filename}.metadata.metadata`,
    `/upstream/demo/${open.sha256}/${open.filename}`,
  ];
  for (const url of rows) t.equal((await get(url)).statusCode, 404, url);
});

t.test('before the first wheel the index is empty, not missing', async (t) => {
  const app = fastify();
  t.teardown(() => app.close());
  await app.register(simpleIndex, { view: 'stored', store: createFileStore({ folder: t.testdir({}) }) });
  const answer = await app.inject({ url: '/simple/', headers: { accept: JSON_V1 } });
  t.same(answer.json(), { meta: { 'api-version': '1.4' }, projects: [] });
});
