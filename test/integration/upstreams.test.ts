import { randomBytes } from 'node:crypto';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { sha256Hex } from '../../src/core/sha256.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { renderProject } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { runWheelmill } from '../services/command.ts';
import { startWheelmill, type Wheelmill } from '../services/wheelmill.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { someWheel } from '../storage/wheel.ts';
import { type Handler, half, redirect, send } from '../upstream/index-server.ts';
import { until } from './client.ts';
import { projectPage } from './index-clients.ts';
import { type LocalIndex, lock, startLocalIndex } from './local-index.ts';

t.setTimeout(300_000);
// They wait for upstreams more than they work.
t.jobs = 4;

/** Followed while it comes. */
const LARGE = randomBytes(3_000_000);
const LARGE_WHEEL = 'milllarge-1.0-py3-none-any.whl';

async function addWheel(index: LocalIndex, project: string, version = '1.0') {
  const { filename, bytes } = await realWheel(project, version);
  index.addWheel(project, filename, bytes);
  return { filename, bytes };
}

function serve(t: Test, folder: string, indexes: string, more: Record<string, string> = {}): Promise<Wheelmill> {
  const settings = { WHEELMILL_DATA_DIR: folder, WHEELMILL_UPSTREAM_URL: indexes, ...more };
  return startWheelmill('serve', settings, { waitForTarget: false }).then((server) => {
    t.teardown(() => server.stop());
    return server;
  });
}

/** The URL of a file as the merged page has it. */
async function urlOf(server: Wheelmill, project: string): Promise<string> {
  const { files } = await projectPage(`${server.url}/simple/`, project);
  const [file] = files as { filename: string; hashes: { sha256: string } }[];
  return `${server.url}/wheels/${project}/${file!.hashes.sha256}/${file!.filename}`;
}

const get = (url: string) => fetch(url, { signal: AbortSignal.timeout(60_000) });

/** The text of every file below a folder, with its path. */
async function everything(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map(async (path) => `${path}\n${await readFile(path, 'latin1')}`))).join('\n');
}

t.test('two indexes with passwords of their own', { buffered: true }, async (t) => {
  const [one, two, elsewhere] = await Promise.all([startLocalIndex(t), startLocalIndex(t), startLocalIndex(t)]);
  await addWheel(one, 'millboth', '1.0');
  await addWheel(two, 'millboth', '2.0');
  const second = await addWheel(two, 'millsecond');
  const moved = await addWheel(one, 'millmoved');
  const away = await addWheel(one, 'millaway');
  two.addWheel('millmoved-target', moved.filename, moved.bytes);
  const place = ({ filename, bytes }: typeof moved) => `/files/${sha256Hex(bytes)}/${filename}`;
  one.routes.set(place(moved), redirect(`${two.origin}${place(moved)}`));
  one.routes.set(place(away), redirect(`${elsewhere.origin}${place(away)}`));
  one.routes.set('/simple/millbroken/', send('<h1>Error</h1>', 'text/html', {}, 500));
  await addWheel(two, 'millbroken');
  const passwords = { one: 'p@ss-0ne', two: 'tw0:s3cret' };
  const basic = { one: lock(one, 'ann', passwords.one), two: lock(two, 'bob', passwords.two) };

  const folder = t.testdir({ data: {}, netrc: `machine 127.0.0.1 login bob password ${passwords.two}\n` });
  const data = join(folder, 'data');
  const withUser = one.indexUrl.replace('://', `://ann:${encodeURIComponent(passwords.one)}@`);
  // The second password comes from netrc.
  const more = { NETRC: join(folder, 'netrc'), WHEELMILL_LOG_LEVEL: 'debug' };
  const settings = `${withUser},${two.indexUrl}`;
  const server = await serve(t, data, settings, more);
  const told: string[] = [];
  const ask = async (path: string, accept = '*/*') => {
    const answer = await fetch(server.url + path, { headers: { accept } });
    const body = Buffer.from(await answer.arrayBuffer());
    told.push(JSON.stringify([...answer.headers]), body.toString('latin1'));
    return { status: answer.status, body };
  };
  const pathOf = async (project: string) => new URL(await urlOf(server, project)).pathname;

  t.match((await projectPage(`${server.url}/simple/`, 'millboth')).versions, ['1.0'], 'the first that has it wins');
  t.ok((await ask(await pathOf('millboth'))).body.length > 0);
  t.ok((await ask(await pathOf('millsecond'))).body.equals(second.bytes), 'what the second alone has comes from there');
  t.ok((await ask(await pathOf('millmoved'))).body.equals(moved.bytes), 'a redirect from one to the other is followed');
  t.match(await ask(await pathOf('millaway')), { status: 502 }, 'a redirect to a private address is not');
  t.equal(elsewhere.requests.length, 0);
  t.match(await ask('/simple/millbroken/'), { status: 502 }, 'the first is not passed over where it fails');
  t.equal(two.asked('/simple/millbroken/'), 0);
  t.match(await ask('/simple/millnobody/'), { status: 404 });
  for (const request of one.requests) t.equal(request.headers.authorization, basic.one);
  for (const request of two.requests) t.equal(request.headers.authorization, basic.two);

  one.stop();
  t.match(await ask('/simple/millother/'), { status: 502 }, 'nor where it is down, for it might have the project');
  t.equal(two.asked('/simple/millother/'), 0);
  t.equal((await get(`${server.url}${await pathOf('millboth')}`)).status, 200, 'what was fetched is there');

  for (const type of ['text/html', 'application/vnd.pypi.simple.v1+json'])
    for (const project of ['millboth', 'millsecond', 'millmoved', 'millaway', 'millbroken'])
      await ask(`/simple/${project}/`, type);
  for (const path of ['/simple/', '/ready', '/api/v1/targets', '/api/v1/workers']) await ask(path);
  const doctor = await runWheelmill(['doctor'], {
    ...more,
    WHEELMILL_DATA_DIR: t.testdir({}),
    WHEELMILL_UPSTREAM_URL: settings,
  });
  await server.stop();
  const heap = {
    log: server.log(),
    answers: told.join('\n'),
    doctor: doctor.out + doctor.err,
    bucket: await everything(data),
  };
  t.match(heap.log, /millbroken/, 'the log is there to look into');
  const secrets = [...Object.values(passwords), encodeURIComponent(passwords.one), encodeURIComponent(passwords.two)];
  for (const [where, text] of Object.entries(heap))
    for (const secret of [...secrets, ...Object.values(basic).map((one) => one.slice('Basic '.length))])
      t.notOk(text.includes(secret), `no password in the ${where}`);
});

t.test('an upstream that is slow or down keeps nobody waiting', { buffered: true }, async (t) => {
  const index = await startLocalIndex(t);
  const { bytes } = await addWheel(index, 'millknown');
  const folder = t.testdir({ data: {} });
  const data = join(folder, 'data');
  const first = await serve(t, data, index.indexUrl);
  const known = new URL(await urlOf(first, 'millknown')).pathname;
  await first.stop();

  // The page that is kept becomes old, and a project is stored that was never asked for.
  const pages = (await readdir(join(data, 'bucket'), { recursive: true })).filter((path) =>
    /pages.*millknown/.test(path),
  );
  const [page] = pages.map((path) => join(data, 'bucket', path));
  const kept = JSON.parse(await readFile(page!, 'utf8'));
  await writeFile(page!, JSON.stringify({ ...kept, fetchedAt: new Date(Date.now() - 3_600_000).toISOString() }));
  const store = createFileStore({ folder: join(data, 'bucket') });
  await publishWheel(
    store,
    await someWheel(folder, { project: 'millstored', filename: 'millstored-1.0-py3-none-any.whl' }),
  );
  await renderProject(store, 'millstored');
  await store.close();
  const never: Handler = () => {};
  for (const project of ['millknown', 'millstored', 'millnever']) index.routes.set(`/simple/${project}/`, never);

  const expected = [
    ['millknown', 200, 'stale'],
    ['millstored', 200, 'unavailable'],
    ['millnever', 502, null],
  ] as const;
  const second = await serve(t, data, index.indexUrl);
  const pagesOf = (server: Wheelmill) =>
    Promise.all(
      expected.map(async ([project, status, note]) => {
        const answer = await get(`${server.url}/simple/${project}/`);
        t.equal(answer.status, status, project);
        t.equal(answer.headers.get('wheelmill-upstream'), note, project);
        await answer.arrayBuffer();
      }),
    );
  const [wheel] = await Promise.all([get(second.url + known), pagesOf(second)]);
  t.ok(Buffer.from(await wheel.arrayBuffer()).equals(bytes), 'a file is had by what was known of it');
  t.equal((await get(await urlOf(second, 'millstored'))).status, 200, 'what is stored can be installed');
  await second.stop();
  index.stop();
  const third = await serve(t, data, index.indexUrl);
  await pagesOf(third);
});

t.test('one wheel, many clients', { buffered: true }, async (t) => {
  const index = await startLocalIndex(t);
  index.addWheel('milllarge', LARGE_WHEEL, LARGE);
  const small = await addWheel(index, 'millsmall');
  const path = `/files/${sha256Hex(LARGE)}/${LARGE_WHEEL}`;
  const whole = index.routes.get(path)!;
  const data = t.testdir({});
  const server = await serve(t, data, index.indexUrl);
  const large = await urlOf(server, 'milllarge');
  const body = async (url: string) => Buffer.from(await (await get(url)).arrayBuffer());
  const kept = async () => (await everything(join(data, 'bucket'))).includes(LARGE_WHEEL.replace('.whl', '.whl\n'));

  await t.test('an upstream that dies in the middle breaks the connection, and nothing is kept', async (t) => {
    index.routes.set(path, half(LARGE));
    await t.rejects(body(large), 'the client sees a broken answer, not a short one');
    await until(
      async () => index.asked(path),
      (times) => times === 4,
    );
    await until(
      () => readdir(join(data, 'scratch'), { recursive: true }),
      (files) => files.every((one) => !/fetch-/.test(one)),
    );
    t.notOk(await kept());
    index.routes.set(path, whole);
    const again = await until(
      () => body(large),
      (bytes) => bytes.length === LARGE.length,
    );
    t.ok(again.equals(LARGE), 'the next one has it whole');
  });

  await t.test('fifty at once are one request', async (t) => {
    const answers = await Promise.all(Array.from({ length: 50 }, async () => body(await urlOf(server, 'millsmall'))));
    t.ok(answers.every((bytes) => bytes.equals(small.bytes)));
    t.equal(index.asked(`/files/${sha256Hex(small.bytes)}/${small.filename}`), 1);
    t.equal(index.asked('/simple/millsmall/'), 1);
  });

  await t.test(
    'beyond WHEELMILL_CACHE_BYTES it goes when a worker starts, and comes back when it is asked for',
    async (t) => {
      await server.stop();
      const bucket = join(data, 'bucket');
      const old = new Date(Date.now() - 3_600_000);
      const files = (await readdir(bucket, { recursive: true })).filter((file) => file.endsWith('.whl'));
      for (const file of files) await utimes(join(bucket, file), old, old);
      const uses = (await readdir(join(bucket, 'upstream/uses'), { recursive: true })).filter((one) =>
        one.includes('/'),
      );
      t.equal(new Set(uses.map((one) => one.split('/')[1])).size, 2, 'it is noted that both were used');
      const next = await serve(t, data, index.indexUrl, { WHEELMILL_CACHE_BYTES: '1MiB' });
      await until(
        async () => next.log(),
        (log) => /"files":[12],"bytes":\d+,"msg":"removed files of upstream/.test(log),
      );
      t.notOk(await kept());
      const before = index.asked(path);
      t.ok((await body(await urlOf(next, 'milllarge'))).equals(LARGE));
      t.equal(index.asked(path) - before, 1);
    },
  );
});
