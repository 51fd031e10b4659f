import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fastify, { type InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { answerProblems } from '../../src/api/problems.ts';
import { simpleIndex } from '../../src/simple/plugin.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { renderProject } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { someWheel } from '../storage/wheel.ts';

const JSON_V1 = 'application/vnd.pypi.simple.v1+json';
const HTML = 'text/html';

/** `demo` has a page that is worth packing, `tiny` one that is not. */
async function setUp(t: Test) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const publish = async (project: string, version: string) => {
    const filename = `${project}-${version}-py3-none-any.whl`;
    await publishWheel(store, await someWheel(scratch, { project, filename, version }, version));
    await renderProject(store, project);
  };
  for (let at = 0; at < 10; at++) await publish('demo', `1.${at}`);
  await publish('tiny', '1.0');
  const app = fastify();
  answerProblems(app);
  t.teardown(() => app.close());
  await app.register(simpleIndex, { view: 'stored', store });
  const get = (url: string, headers: Record<string, string> = {}, method: InjectOptions['method'] = 'GET') =>
    app.inject({ method, url, headers });
  return { get, publish };
}

t.test('pages are packed for who can unpack, files never', async (t) => {
  const { get } = await setUp(t);
  const plain = {
    html: await get('/simple/demo/', { accept: HTML }),
    tiny: await get('/simple/tiny/', { accept: HTML }),
  };
  t.ok(plain.tiny.rawPayload.length < 1000 && plain.html.rawPayload.length > 1000);
  const rows: [url: string, header: string | undefined, coding: 'gzip' | undefined][] = [
    ['/simple/demo/', undefined, undefined],
    ['/simple/demo/', '', undefined],
    ['/simple/demo/', 'identity', undefined],
    ['/simple/demo/', 'br', undefined],
    ['/simple/demo/', 'gzip;q=0', undefined],
    ['/simple/demo/', 'gzip;q=0.5, identity', undefined],
    ['/simple/demo/', 'gzip', 'gzip'],
    ['/simple/demo/', 'gzip, deflate, br', 'gzip'],
    ['/simple/demo/', 'identity;q=0, *', 'gzip'],
    ['/simple/tiny/', 'gzip', undefined],
    ['/simple/tiny/', 'gzip, identity;q=0', 'gzip'],
  ];
  for (const [url, header, coding] of rows) {
    const name = `${url} with Accept-Encoding: ${header}`;
    const answer = await get(url, { accept: HTML, ...(header !== undefined && { 'accept-encoding': header }) });
    t.match(answer, { statusCode: 200, headers: { vary: 'Accept, Accept-Encoding' } }, name);
    t.equal(answer.headers['content-encoding'], coding, name);
    t.equal(answer.headers['content-length'], String(answer.rawPayload.length), name);
    const body = coding ? gunzipSync(answer.rawPayload) : answer.rawPayload;
    t.ok(body.equals(url.includes('tiny') ? plain.tiny.rawPayload : plain.html.rawPayload), `${name}: the same page`);
  }
  const [link = ''] = /wheels\/[^"#]*/.exec(plain.html.body) ?? [];
  for (const url of [`/${link}`, `/${link}.metadata`]) {
    const answer = await get(url, { 'accept-encoding': 'gzip' });
    t.equal(answer.statusCode, 200);
    t.equal(answer.headers['content-encoding'], undefined, url);
    t.equal(answer.headers.vary, undefined, `${url}: one answer for everybody`);
  }
});

t.test('a coding that nobody has is refused, and so is every one', async (t) => {
  const { get } = await setUp(t);
  for (const header of ['identity;q=0', 'br, *;q=0', 'gzip;q=0, identity;q=0']) {
    const answer = await get('/simple/demo/', { accept: HTML, 'accept-encoding': header });
    t.match(answer, { statusCode: 406, headers: { vary: 'Accept, Accept-Encoding' }, body: /gzip/ }, header);
  }
});

t.test('every form of a page has an ETag of its own, and is not modified by that one only', async (t) => {
  const { get, publish } = await setUp(t);
  const forms = [HTML, JSON_V1].flatMap((accept) =>
    ['identity', 'gzip'].map((coding) => ({ accept, 'accept-encoding': coding })),
  );
  const etags = async () =>
    Promise.all(forms.map(async (headers) => String((await get('/simple/demo/', headers)).headers.etag)));
  const first = await etags();
  t.equal(new Set(first).size, forms.length, 'all are different');
  for (const etag of first) t.match(etag, /^"[!#-~]+"$/, 'and strong');
  for (const [at, headers] of forms.entries()) {
    for (const [other, etag] of first.entries()) {
      const answer = await get('/simple/demo/', { ...headers, 'if-none-match': etag });
      t.equal(answer.statusCode, at === other ? 304 : 200, `${JSON.stringify(headers)} with the ETag of form ${other}`);
      t.match(answer.headers, { etag: first[at], vary: 'Accept, Accept-Encoding', 'cache-control': 'no-cache' });
      if (answer.statusCode === 304)
        t.same([answer.rawPayload.length, answer.headers['content-encoding']], [0, undefined]);
    }
    const [whole, head] = [await get('/simple/demo/', headers), await get('/simple/demo/', headers, 'HEAD')];
    const { date: _then, ...expected } = whole.headers;
    t.match(head, { statusCode: 200, headers: expected, body: '' }, 'HEAD has the headers of GET');
  }
  await publish('demo', '2.0');
  t.ok(
    (await etags()).every((etag) => !first.includes(etag)),
    'another version has other ones',
  );
});
