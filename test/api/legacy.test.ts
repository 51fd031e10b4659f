import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { blake2b } from '@noble/hashes/blake2.js';
import type { InjectOptions } from 'fastify';
import t, { type Test } from 'tap';
import { buildApp } from '../../src/api/app.ts';
import { readClaim } from '../../src/storage/claims.ts';
import { readSdistRecord } from '../../src/storage/sdist-records.ts';
import { listWheelRecords, readWheelRecord } from '../../src/storage/wheel-records.ts';
import { METADATA, makeWheel } from '../check/zip-maker.ts';
import { createIndexServer } from '../upstream/index-server.ts';
import { api, type TestApi } from './harness.ts';
import {
  form,
  type Members,
  type Part,
  pkgInfo,
  sdist,
  sdistMembers,
  tarGz,
  upload,
  uploadParts,
  zipSdist,
} from './upload-form.ts';

/** The interface with an upstream that has nothing. */
async function server(t: Test, settings: Record<string, string> = {}) {
  const index = await createIndexServer(t);
  return { ...(await api(t, { WHEELMILL_UPSTREAM_URL: index.indexUrl, ...settings })), index };
}

/** All that is in the bucket but the target and what upstream's client keeps. */
async function kept({ store }: Pick<TestApi, 'store'>): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.list('')) if (!/^(targets|upstream)\//.test(key)) keys.push(key);
  return keys;
}

const SDIST = 'demo-1.0.tar.gz';
const WHEEL = 'demo_pkg-1.0-py3-none-any.whl';
const wheel = makeWheel();

t.test('an sdist is stored, claims its name, and is queued for every target', async (t) => {
  const { app, store, index, scratch } = await server(t, {
    WHEELMILL_TARGETS: 'python:3.13=python:3.13-slim,python:3.12=python:3.12-slim',
  });
  const bytes = await sdist('demo', '1.0', 'Requires-Python: >=3.8\nRequires-Dist: six\n');
  const answer = await app.inject(upload(uploadParts(SDIST, bytes)));
  t.equal(answer.statusCode, 200, answer.body);
  const view = answer.json();
  t.match(view, {
    project: 'demo',
    version: '1.0',
    filename: SDIST,
    outcome: 'stored',
    claimed: true,
    size: bytes.length,
  });
  t.same(
    view.prebuilds.map((one: { target: string; state: string }) => [one.target, one.state]),
    [
      ['python-3.13', 'planning'],
      ['python-3.12', 'planning'],
    ],
  );
  for (const { url } of view.prebuilds)
    t.match((await app.inject(new URL(url).pathname)).json(), { state: 'planning', pinned: false });
  t.match(await readSdistRecord(store, 'demo', SDIST), { sha256: view.sha256, requiresPython: '>=3.8' });
  t.same(await store.read(`sdists/demo/${view.sha256}/${SDIST}`), bytes, 'byte for byte');
  t.match(await readClaim(store, 'demo'), { by: 'upload' });
  t.equal(index.asked('/simple/demo/'), 1, 'upstream was asked once, before');
  t.same(await readdir(scratch), []);

  const keys = await kept({ store });
  const again = await app.inject(upload(uploadParts(SDIST, bytes)));
  t.match([again.statusCode, again.json().outcome, again.json().claimed], [200, 'already', false]);
  t.same(again.json().prebuilds, view.prebuilds, 'the same prebuilds');
  t.same(await kept({ store }), keys, 'and nothing new is stored');
  t.equal(index.asked('/simple/demo/'), 1, 'a claimed name is not asked for');

  const other = await app.inject(upload(uploadParts(SDIST, await sdist('demo', '1.0', 'Summary: other\n'))));
  t.match([other.statusCode, other.json().code], [409, 'already-exists']);
  t.match(other.statusMessage, /demo-1\.0\.tar\.gz already exists here with other contents/);
  const zip = zipSdist(sdistMembers() as Record<string, string>);
  t.match((await app.inject(upload(uploadParts('demo-1.0.zip', zip)))).json(), {
    code: 'already-exists',
    detail: /as demo-1\.0\.tar\.gz/,
  });
  t.same(await kept({ store }), keys);
});

t.test('a wheel is stored under the name it has, and is on its page at once', async (t) => {
  const { app, store } = await server(t);
  const parts = uploadParts(WHEEL, wheel, { name: 'Demo.Pkg' });
  const answer = await app.inject(upload(parts));
  t.match(answer.json(), { project: 'demo-pkg', outcome: 'stored', claimed: true, prebuilds: [] });
  t.match(await readWheelRecord(store, 'demo-pkg', WHEEL), { origin: 'uploaded', visibility: 'public' });
  const json = { accept: 'application/vnd.pypi.simple.v1+json' };
  for (const view of ['/simple/demo-pkg/', '/stored/simple/demo-pkg/']) {
    const page = (await app.inject({ url: view, headers: json })).json();
    t.match(page.files, [{ filename: WHEEL, hashes: { sha256: answer.json().sha256 }, 'requires-python': '>=3.8' }]);
  }
  t.same((await app.inject(new URL(answer.json().url).pathname)).rawPayload, wheel);
  t.equal((await app.inject(`${new URL(answer.json().url).pathname}.metadata`)).body, METADATA);
  t.match((await app.inject({ ...upload(parts), url: '/legacy' })).json(), { outcome: 'already' });

  const other = makeWheel({ entries: [{ name: 'demo_pkg/__init__.py', data: 'value = 43\n' }] });
  for (const [filename, bytes] of [
    [WHEEL, other],
    ['Demo_Pkg-1.0-py3-none-any.whl', other],
    ['demo_pkg-1.0.0-py3-none-any.whl', other],
  ] as const) {
    const refused = await app.inject(upload(uploadParts(filename, bytes, { name: 'demo-pkg' })));
    t.match([refused.statusCode, refused.json().code], [409, 'already-exists'], filename);
    t.match(refused.statusMessage, /already exists/);
  }
  t.equal((await listWheelRecords(store, 'demo-pkg')).length, 1);
});

t.test('a deleted name does not come back by an upload', async (t) => {
  const { app, store } = await server(t);
  const parts = uploadParts(WHEEL, wheel, { name: 'demo-pkg' });
  t.equal((await app.inject(upload(parts))).statusCode, 200);
  const deleted = await app.inject({ method: 'DELETE', url: `/api/v1/projects/demo-pkg/files/${WHEEL}` });
  t.same(deleted.json().changed, [WHEEL]);
  const keys = await kept({ store });
  const answer = await app.inject(upload(parts));
  t.match([answer.statusCode, answer.json().code], [403, 'file-deleted']);
  t.match(answer.statusMessage, /wheelmill undelete/, 'and it says how it does');
  t.same(await kept({ store }), keys);
});

t.test('digests of all kinds', async (t) => {
  const { app } = await server(t);
  const bytes = await sdist();
  const blake2 = Buffer.from(blake2b(bytes, { dkLen: 32 })).toString('hex');
  const lie = { md5_digest: '0'.repeat(32), sha256_digest: '0'.repeat(64), blake2_256_digest: '0'.repeat(64) };
  const refused = await app.inject(upload(uploadParts(SDIST, bytes, lie)));
  t.match(refused.json(), { code: 'bad-upload', faults: [/sha256_digest/, /md5_digest/, new RegExp(blake2)] });
  t.equal(
    (await app.inject(upload(uploadParts(SDIST, bytes, { blake2_256_digest: blake2.toUpperCase() })))).statusCode,
    200,
  );
});

const demo = await sdist();
const tar = (members: Members) => tarGz({ ...sdistMembers(), ...members });
type Row = [what: string, parts: Part[], faults: RegExp[]];
const named = (filename: string, change: Record<string, string | undefined> = {}) =>
  uploadParts(filename, demo, { name: 'demo', version: '1.0', filetype: 'sdist', ...change });
const archive = async (members: Members): Promise<Part[]> => uploadParts(SDIST, await tarGz(members));
const ofWheel = (parts: Parameters<typeof makeWheel>[0]) => uploadParts(WHEEL, makeWheel(parts), { name: 'demo-pkg' });

const bad: Row[] = [
  ['another name', named(SDIST, { name: 'other' }), [/is of demo, and the field name says "other"/]],
  ['another version', named(SDIST, { version: '1.1' }), [/has version 1\.0, and the field version says "1\.1"/]],
  ['no name', named(SDIST, { name: undefined }), [/The field name is missing/]],
  ['name that is none', named(SDIST, { name: '../demo' }), [/"\.\.\/demo" is no project name/]],
  ['version that is none', named(SDIST, { version: 'one' }), [/"one" is no version/]],
  ['wrong filetype', named(SDIST, { filetype: 'bdist_wheel' }), [/filetype of demo-1\.0\.tar\.gz is sdist/]],
  ['a format of old', named(SDIST, { filetype: 'bdist_wininst' }), [/"bdist_wininst"/]],
  ['another action', named(SDIST, { ':action': 'submit' }), [/not "submit"/]],
  ['another protocol', named(SDIST, { protocol_version: '2' }), [/protocol_version must be 1/]],
  ['a digest that is none', named(SDIST, { md5_digest: 'xyz' }), [/md5_digest has 32 hexadecimal digits/]],
  ['a wrong digest', named(SDIST, { sha256_digest: 'a'.repeat(64) }), [/not a{64} as was sent/]],
  ['an egg', named('demo-1.0-py3.13.egg'), [/neither a wheel \(\.whl\) nor an sdist/]],
  ['a tar.bz2', named('demo-1.0.tar.bz2'), [/neither a wheel/]],
  ['no extension', named('demo-1.0'), [/neither a wheel/]],
  ['no file name', named(''), [/The file has no name/]],
  ['a path', named('../../demo-1.0.tar.gz'), [/a character that such names never have/]],
  ['an absolute path', named('/etc/demo-1.0.tar.gz'), [/a character that such names never have/]],
  ['a path of Windows', named('..\\\\demo-1.0.tar.gz'), [/a character that such names never have/]],
  ['Unicode', named('demö-1.0.tar.gz'), [/a character that such names never have/]],
  ['a newline', named('demo-1.0%0a.tar.gz'), [/a character that such names never have/]],
  ['a long name', named(`demo-1.0+${'a'.repeat(230)}.tar.gz`), [/more than 230 characters/]],
  ['Unicode in the name', named(SDIST, { name: 'démo' }), [/"démo" is no project name/]],
  ['no content', named(SDIST).slice(0, -1), [/The file is missing/]],
  ['content that is a field', [...named(SDIST).slice(0, -1), ['content', 'text']], [/The file is missing/]],
  ['two contents', [...named(SDIST), ['content', { filename: SDIST, bytes: demo }]], [/more than one file/]],
  ['another file', [...named(SDIST), ['more', { filename: 'x', bytes: demo }]], [/a file called "more"/]],
  ['a strange field', [['a b', '1'], ...named(SDIST)], [/"a b" is no field/]],
  ['two versions', [['version', '2.0'], ...named(SDIST)], [/version is there 2 times/, /version 1\.0.*"2\.0"/]],
  [
    'all at once',
    named('x.tar.gz', { name: undefined, version: undefined, ':action': undefined }),
    [/:action/, /name/, /version/, /"x\.tar\.gz" is not/],
  ],
  ['no archive', uploadParts(SDIST, Buffer.from('hello')), [/no \.tar\.gz, is broken or is cut short/]],
  ['an empty file', uploadParts(SDIST, Buffer.alloc(0)), [/no \.tar\.gz, is broken or is cut short|is empty/]],
  ['half an archive', uploadParts(SDIST, demo.subarray(0, demo.length - 20)), [/cut short/]],
  ['no PKG-INFO', await archive({ 'demo-1.0/setup.py': '' }), [/no PKG-INFO/]],
  ['PKG-INFO too deep', await archive({ 'demo-1.0/demo.egg-info/PKG-INFO': pkgInfo('demo', '1.0') }), [/no PKG-INFO/]],
  [
    'PKG-INFO of another',
    await archive({ 'demo-1.0/PKG-INFO': pkgInfo('other', '1.0') }),
    [/PKG-INFO is of other 1\.0/],
  ],
  [
    'PKG-INFO of another version',
    await archive({ 'demo-1.0/PKG-INFO': pkgInfo('demo', '2.0') }),
    [/PKG-INFO is of demo 2\.0/],
  ],
  ['PKG-INFO without a name', await archive({ 'demo-1.0/PKG-INFO': 'Metadata-Version: 2.1\n' }), [/Name is missing/]],
  ['folder of another', await archive(sdistMembers('other')), [/folder "other-1\.0" is not of demo 1\.0/]],
  ['two folders', uploadParts(SDIST, await tar({ 'more/x': '' })), [/exactly one folder/]],
  ['a file above it', uploadParts(SDIST, await tar({ '../x': '' })), [/leads out of the archive/]],
  ['a file at the root', uploadParts(SDIST, await tar({ '/etc/x': '' })), [/leads out of the archive/]],
  [
    'a link outside',
    uploadParts(SDIST, await tar({ 'demo-1.0/x': { type: 'symlink', linkname: '../../x' } })),
    [/link that leads out/],
  ],
  [
    'a hard link outside',
    uploadParts(SDIST, await tar({ 'demo-1.0/x': { type: 'link', linkname: '/etc/passwd' } })),
    [/link that leads out/],
  ],
  [
    'a device',
    uploadParts(SDIST, await tar({ 'demo-1.0/x': { type: 'character-device' } })),
    [/no file, folder or link/],
  ],
  [
    'a huge header',
    uploadParts(SDIST, await tar({ 'demo-1.0/x': { pax: { comment: 'x'.repeat(6_000_000) } } })),
    [/is broken or is cut short/],
  ],
  ['no zip', uploadParts('demo-1.0.zip', demo), [/no \.zip, or is cut short/]],
  [
    'zip above it',
    uploadParts('demo-1.0.zip', zipSdist({ 'demo-1.0/PKG-INFO': pkgInfo('demo', '1.0'), '../x': '' })),
    [/sdist is not valid/],
  ],
  [
    'zip of another',
    uploadParts('demo-1.0.zip', zipSdist({ 'demo-1.0/PKG-INFO': pkgInfo('demo', '1.1') })),
    [/PKG-INFO is of demo 1\.1/],
  ],
  ['wheel with a path', ofWheel({ entries: [{ name: '../x.py', data: '' }] }), [/empty, "\." or "\.\." part/]],
  [
    'wheel with a wrong RECORD',
    ofWheel({ record: (rows) => rows.map((row) => row.replace(/sha256=..../, 'sha256=AAAA')) }),
    [/another hash/],
  ],
  [
    'wheel of another',
    ofWheel({ metadata: 'Metadata-Version: 2.1\nName: other\nVersion: 1.0\n' }),
    [/METADATA is of other/],
  ],
  [
    'wheel with other tags',
    uploadParts('demo_pkg-1.0-cp313-cp313-linux_x86_64.whl', wheel, { name: 'demo-pkg' }),
    [/other tags/],
  ],
  ['wheel that is none', uploadParts(WHEEL, demo, { name: 'demo-pkg' }), [/wheel is not valid/]],
  ['wheel name that is none', uploadParts('demo-1.0.whl', wheel, { version: '1.0' }), [/not a wheel's file name/]],
];

t.test('what lies is refused with all that is wrong, and nothing is stored', async (t) => {
  const tested = await server(t);
  const { app, scratch, index } = tested;
  for (const [what, parts, faults] of bad) {
    const answer = await app.inject(upload(parts));
    t.match([answer.statusCode, answer.json().code], [400, 'bad-upload'], what);
    const found: string[] = answer.json().faults ?? [];
    for (const fault of faults)
      t.ok(
        found.some((one) => fault.test(one)),
        `${what}: ${fault} in ${JSON.stringify(found)}`,
      );
    t.equal(found.length, faults.length, `${what}: nothing else in ${JSON.stringify(found)}`);
    t.match(answer.statusMessage, found[0]?.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 60), 'the reason tells it');
    t.same(await kept(tested), [], what);
    t.same(await readdir(scratch), [], what);
  }
  t.equal(index.requests.length, 0, 'upstream is asked for none of these names');
});

t.test('what is no upload, or may not be one', async (t) => {
  const tested = await server(t, { WHEELMILL_MAX_UPLOAD_BYTES: '2000' });
  const { app, scratch } = tested;
  const many = Array.from({ length: 2500 }, (): Part => ['classifiers', 'x']);
  const big = await tarGz({
    ...sdistMembers(),
    'demo-1.0/x': Buffer.from(Array.from({ length: 3000 }, (_, n) => (n * 7919) % 251)).toString('base64'),
  });
  const plain = { method: 'POST' as const, url: '/legacy/', payload: 'six==1.0\n' };
  const rows: [what: string, status: number, code: string, request: InjectOptions][] = [
    ['text', 415, 'unsupported-media-type', { ...plain, headers: { 'content-type': 'text/plain' } }],
    [
      'JSON',
      415,
      'unsupported-media-type',
      { ...plain, payload: '{}', headers: { 'content-type': 'application/json' } },
    ],
    ['nothing', 415, 'unsupported-media-type', { method: 'POST', url: '/legacy/' }],
    ['too large', 413, 'upload-too-large', upload(uploadParts(SDIST, Buffer.alloc(2001)))],
    ['far too large', 413, 'upload-too-large', upload(uploadParts(SDIST, Buffer.alloc(20_000_000)))],
    [
      'a field without end',
      413,
      'upload-too-large',
      upload([['description', 'x'.repeat(17_000_000)], ...uploadParts(SDIST, demo)]),
    ],
    ['fields without end', 400, 'bad-upload', upload([...many, ...uploadParts(SDIST, demo)])],
    [
      'cut short',
      400,
      'bad-upload',
      { ...upload(uploadParts(SDIST, demo)), payload: form(uploadParts(SDIST, demo)).payload.subarray(0, -100) },
    ],
    [
      'a foreign page',
      403,
      'foreign-origin',
      upload(uploadParts(SDIST, demo), { host: 'localhost', origin: 'https://evil.example.com' }),
    ],
    ['a foreign form', 403, 'foreign-origin', upload(uploadParts(SDIST, demo), { 'sec-fetch-site': 'cross-site' })],
    ['another host', 421, 'unknown-host', upload(uploadParts(SDIST, demo), { host: 'evil.example.com' })],
  ];
  t.ok(big.length > 0);
  for (const [what, status, code, request] of rows) {
    const answer = await app.inject(request);
    t.match([answer.statusCode, answer.json().code], [status, code], what);
    t.same(await kept(tested), [], what);
    t.same(await readdir(scratch), [], what);
  }
  t.equal((await app.inject({ url: '/legacy/' })).statusCode, 404, 'there is nothing to read');
  t.equal((await app.inject(upload(uploadParts(SDIST, demo)))).statusCode, 200, 'the limit is of the file');
});

/** Waits until so many files and folders are in a folder. */
async function until(folder: string, test: (files: number) => boolean): Promise<void> {
  while (!test((await readdir(folder)).length)) await new Promise((resolve) => setImmediate(resolve));
}

t.test('a connection that breaks off, and one without a length', async (t) => {
  const tested = await server(t, { WHEELMILL_MAX_UPLOAD_BYTES: '100000' });
  const { app, scratch } = tested;
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
  const { payload, headers } = form(uploadParts(SDIST, Buffer.alloc(90_000)));
  const head = (more: string) =>
    `POST /legacy/ HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${headers['content-type']}\r\n${more}\r\n\r\n`;

  const cut = connect(port, '127.0.0.1');
  cut.write(head(`content-length: ${payload.length}`));
  cut.write(payload.subarray(0, 50_000));
  await until(scratch, (files) => files > 0);
  cut.destroy();
  await until(scratch, (files) => files === 0);
  t.same(await kept(tested), [], 'nothing is stored, and the scratch folder is empty');

  // A file that is whole, and then a field that goes on and on.
  const begun = payload.subarray(0, payload.lastIndexOf('--a-boundary'));
  const field = Buffer.from('--a-boundary-of-the-test\r\ncontent-disposition: form-data; name="description"\r\n\r\n');
  const chunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  const endless = connect(port, '127.0.0.1');
  endless.write(head('transfer-encoding: chunked'));
  endless.write(chunk(Buffer.concat([begun, field])));
  for (let sent = 0; sent < 18; sent++) endless.write(chunk(Buffer.alloc(1 << 20, 'x')));
  const [answer] = await once(endless, 'data');
  t.match(String(answer), /^HTTP\/1\.1 413 This server takes files of 100000 bytes at most/);
  endless.destroy();
  t.same(await kept(tested), []);
  await until(scratch, (files) => files === 0);
});

t.test('one that stops gives its place back', async (t) => {
  const tested = await server(t, { WHEELMILL_MAX_UPLOADS: '1' });
  const app = await buildApp({ ...tested.parts, stopped: { silentMs: 200 } });
  t.teardown(() => app.close());
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
  const { payload, headers } = form(uploadParts(SDIST, Buffer.alloc(90_000)));
  const client = connect(port, '127.0.0.1').on('error', () => {});
  client.write(
    `POST /legacy/ HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${headers['content-type']}\r\ncontent-length: ${payload.length}\r\n\r\n`,
  );
  client.write(payload.subarray(0, 50_000));
  await until(tested.scratch, (files) => files > 0);
  // It has said no word, and is there: only the server can end it.
  await once(client.resume(), 'close');
  await until(tested.scratch, (files) => files === 0);
  const send = () => app.inject(upload(uploadParts(SDIST, demo)));
  let answer = await send();
  // Its files go first, and then its place.
  while (answer.statusCode === 429) {
    await new Promise(setImmediate);
    answer = await send();
  }
  t.equal(answer.statusCode, 200, answer.body);
});

t.test('two at once under one name', async (t) => {
  const { app, store } = await server(t);
  const others = await Promise.all(
    ['a', 'b', 'c', 'd'].map((summary) => sdist('demo', '1.0', `Summary: ${summary}\n`)),
  );
  const answers = await Promise.all(others.map((bytes) => app.inject(upload(uploadParts(SDIST, bytes)))));
  t.same(answers.map((one) => one.statusCode).sort(), [200, 409, 409, 409]);
  const stored = answers.find((one) => one.statusCode === 200)!.json();
  t.equal((await readSdistRecord(store, 'demo', SDIST))?.sha256, stored.sha256);
});

t.test('user name and password are taken, and not looked at', async (t) => {
  const { app } = await server(t);
  const authorization = `Basic ${Buffer.from('__token__:secret').toString('base64')}`;
  t.equal((await app.inject(upload(uploadParts(SDIST, demo), { authorization }))).statusCode, 200);
});

t.test('with the queue away an upload is stored, and its builds are opened for upkeep', async (t) => {
  const { app, store, queue } = await server(t);
  await queue.close();
  const answer = await app.inject(upload(uploadParts(SDIST, demo)));
  t.equal(answer.statusCode, 200, answer.body);
  const [{ id }] = answer.json().prebuilds;
  t.ok(await store.head(`open/prebuilds/${id}`));
  t.match((await app.inject(`/api/v1/prebuilds/${id}`)).json(), { state: 'planning', target: 'python-3.13' });
  t.equal((await app.inject(upload(uploadParts(WHEEL, wheel, { name: 'demo-pkg' })))).statusCode, 200);
  t.match((await app.inject('/simple/demo-pkg/')).body, WHEEL);
});

t.test('a server that has enough to do says so before it stores', async (t) => {
  const tested = await server(t, { WHEELMILL_MAX_OPEN_BUILDS: '1' });
  await tested.store.put(`open/builds/${'a'.repeat(64)}`, '');
  t.match((await tested.app.inject(upload(uploadParts(SDIST, demo)))).json(), { code: 'queue-full' });
  t.same(
    (await kept(tested)).filter((key) => !key.startsWith('open/')),
    [],
  );
});
