import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { WheelRecord } from '../../src/core/records/wheel.ts';
import { removeDueBytes } from '../../src/storage/deletions.ts';
import { renderProject } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { someWheel } from '../storage/wheel.ts';
import { api } from './harness.ts';

t.setTimeout(120_000);

const ONE = 'demo-1.0-py3-none-any.whl';
const TWO = 'demo-2.0-py3-none-any.whl';
const TWO_LINUX = 'demo-2.0-cp313-cp313-linux_x86_64.whl';

async function setUp(t: Test) {
  const parts = await api(t);
  const scratch = join(t.testdirName, 'wheels');
  await mkdir(scratch);
  const publish = async (more: Partial<WheelRecord> = {}) => {
    const wheel = await someWheel(scratch, more, `${more.project}${more.version}${more.filename}`);
    await publishWheel(parts.store, wheel);
    await renderProject(parts.store, wheel.record.project);
    return wheel.record;
  };
  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object) => {
    const answer = await parts.app.inject({ method, url: `/api/v1/projects${path}`, ...(payload && { payload }) });
    return { status: answer.statusCode, ...answer.json() };
  };
  const page = async (): Promise<{ filename: string; yanked?: unknown }[]> => {
    const answer = await parts.app.inject('/stored/simple/demo/?format=application/vnd.pypi.simple.v1+json');
    return answer.statusCode === 404 ? [] : answer.json().files;
  };
  const listed = async () => (await page()).map((file) => file.filename);
  return { ...parts, publish, call, page, listed };
}

t.test('projects are listed by name, a page at a time', async (t) => {
  const { publish, call } = await setUp(t);
  t.same(await call('GET', ''), { status: 200, items: [] });
  for (const project of ['c', 'a', 'b', 'e', 'a-b']) {
    await publish({ project, filename: `${project.replace('-', '_')}-1.0-py3-none-any.whl` });
  }
  await publish({ project: 'c', version: '10.0', filename: 'c-10.0-py3-none-any.whl', visibility: 'prebuild' });
  await publish({ project: 'c', version: '9.0', filename: 'c-9.0-py3-none-any.whl' });
  await publish({ project: 'd', filename: 'd-1.0-py3-none-any.whl' });
  await call('DELETE', '/d/versions/1.0');
  const names: string[] = [];
  let cursor = '';
  do {
    const { items, next } = await call('GET', `?limit=2${cursor}`);
    t.ok(items.length > 0 && items.length <= 2);
    names.push(...items.map((one: { name: string }) => one.name));
    if (items.some((one: { name: string }) => one.name === 'c'))
      t.match(
        items.find((one: { name: string }) => one.name === 'c'),
        { wheels: 3, newest: '10.0', url: /\/projects\/c$/ },
      );
    cursor = next === undefined ? '' : `&cursor=${next}`;
  } while (cursor);
  t.same(names, ['a-b', 'a', 'b', 'c', 'e'], 'without one of which nothing is stored any more');
  t.match(await call('GET', '?cursor=nonsense!'), { status: 400, code: 'bad-request' });
});

t.test('a project has its wheels, newest first, and each can be had at its URL', async (t) => {
  const { app, publish, call } = await setUp(t);
  const build = {
    ...{ key: 'a'.repeat(64), sdist: { filename: 'demo-2.0.tar.gz', sha256: 'b'.repeat(64) }, target: 'python-3.13' },
    ...{ image: 'c'.repeat(64), platform: 'debian', procedure: '1', recipe: 'd'.repeat(64) },
  };
  await publish();
  await publish({ version: '2.0', build, requiresPython: '>=3.8' });
  const project = await call('GET', '/Demo');
  t.match(project, {
    ...{ status: 200, name: 'demo', deleted: [] },
    wheels: [
      {
        ...{ filename: TWO, version: '2.0', visibility: 'public', origin: 'built', requiresPython: '>=3.8' },
        build: { key: build.key, target: 'python-3.13', url: new RegExp(`/api/v1/builds/${build.key}$`) },
      },
      { filename: ONE, yanked: undefined, build: undefined },
    ],
  });
  const { url, size } = project.wheels[0];
  const file = await app.inject(new URL(url).pathname);
  t.equal(file.rawPayload.length, size);
  t.match(await call('GET', '/nobody'), { status: 404, code: 'not-found', detail: /Nothing is stored of nobody/ });
  t.match(await call('GET', '/..%2fsecret'), { status: 400, code: 'bad-request' });
});

t.test('a version or a file is yanked, and back', async (t) => {
  const { publish, call, page } = await setUp(t);
  await publish();
  await publish({ version: '2.0' });
  await publish({ version: '2.0', filename: TWO_LINUX });
  t.match(await call('POST', '/demo/yank', { version: '2', reason: 'broken <b>' }), {
    ...{ status: 200, project: 'demo', changed: [TWO_LINUX, TWO], unchanged: [] },
  });
  const yanks = async () => (await page()).map((file) => file.yanked);
  t.same(await yanks(), [undefined, 'broken <b>', 'broken <b>']);
  t.match(await call('POST', '/demo/yank', { filename: TWO, reason: 'broken <b>' }), { changed: [], unchanged: [TWO] });
  t.match(await call('POST', '/demo/unyank', { filename: TWO }), { changed: [TWO] });
  t.same(await yanks(), [undefined, 'broken <b>', undefined]);
  t.match(await call('POST', '/demo/yank', { filename: ONE }), { changed: [ONE] });
  t.same(await yanks(), [true, 'broken <b>', undefined]);
});

t.test('a copy that upstream has yanked', async (t) => {
  const { publish, call, page } = await setUp(t);
  await publish({ origin: 'mirrored', yanked: 'theirs' });
  t.match(await call('POST', '/demo/unyank', { version: '1.0' }), {
    status: 409,
    code: 'yanked-upstream',
    detail: /theirs/,
  });
  t.match(await call('POST', '/demo/yank', { version: '1.0', reason: 'ours' }), { changed: [ONE] });
  t.match(await page(), [{ yanked: 'ours' }]);
  t.match(await call('POST', '/demo/unyank', { version: '1.0' }), { changed: [ONE] });
  t.match(await page(), [{ yanked: 'theirs' }]);
});

t.test('what is deleted is gone from index and server at once, and can be taken back', async (t) => {
  const { app, store, publish, call, listed } = await setUp(t);
  const one = await publish();
  await publish({ version: '2.0' });
  await publish({ version: '2.0', filename: TWO_LINUX });
  const file = `/wheels/demo/${one.sha256}/${ONE}`;
  t.equal((await app.inject(file)).statusCode, 200);
  t.match(await call('DELETE', `/demo/files/${ONE}?reason=a+mistake`), { status: 200, changed: [ONE], unchanged: [] });
  t.same(await listed(), [TWO_LINUX, TWO]);
  t.equal((await app.inject(`/stored${file}`)).statusCode, 404);
  t.match(await call('DELETE', `/demo/files/${ONE}`), { status: 200, changed: [], unchanged: [ONE] });
  t.match(await call('GET', '/demo'), {
    wheels: [{ filename: TWO_LINUX }, { filename: TWO }],
    deleted: [{ filename: ONE, version: '1.0', sha256: one.sha256, reason: 'a mistake', bytesUntil: /Z$/ }],
  });
  t.match(await call('DELETE', '/demo/versions/2.0.0'), { changed: [TWO_LINUX, TWO] });
  t.same(await listed(), []);
  t.match(await call('GET', ''), { items: [] });
  t.match(await call('POST', '/demo/undelete', { filename: ONE }), { changed: [ONE], unchanged: [], released: [] });
  t.same(await listed(), [ONE]);
  t.equal((await app.inject(`/stored${file}`)).body.length, one.size);
  t.match(await call('POST', '/demo/undelete', { filename: ONE }), { changed: [], unchanged: [ONE] });

  await removeDueBytes(store, new Date(Date.now() + 25 * 3_600_000));
  t.match(await call('POST', '/demo/undelete', { version: '2.0' }), { changed: [], released: [TWO_LINUX, TWO] });
  t.same(await listed(), [ONE]);
});

t.test('what is wrong is said, with what there is', async (t) => {
  const { app, publish, call, listed } = await setUp(t);
  await publish();
  await publish({ version: '2.0' });
  const rows: [path: string, payload: object, status: number, detail: RegExp][] = [
    ['/demo/yank', {}, 400, /Name either a "version" or a "filename"/],
    ['/demo/yank', { version: '1.0', filename: ONE }, 400, /Name either/],
    ['/demo/yank', { version: 'one' }, 400, /"one" is not a version/],
    ['/demo/yank', { version: '1.0', why: 'typo' }, 400, /must NOT have additional properties/],
    ['/demo/yank', { version: '1.0', reason: 'two\nlines' }, 400, /pattern/],
    ['/demo/yank', { version: '3.0' }, 404, /No wheel of demo is stored as version "3\.0"\. There is: 1\.0, 2\.0\./],
    ['/demo/unyank', { filename: '../../x' }, 404, /There is: demo-1\.0-py3-none-any\.whl, demo-2\.0/],
    ['/demo/undelete', { version: '1.5' }, 404, /Nothing is deleted of demo/],
    ['/nobody/yank', { version: '1.0' }, 404, /Nothing is stored of nobody/],
    ['/.hidden/yank', { version: '1.0' }, 400, /is not a project name/],
  ];
  for (const [path, payload, status, detail] of rows)
    t.match(await call('POST', path, payload), { status, detail }, `${path} ${JSON.stringify(payload)}`);
  t.match(await call('DELETE', '/demo/files/demo-9-py3-none-any.whl'), { status: 404, code: 'not-found' });
  t.match(await call('DELETE', '/demo/versions/one'), { status: 400 });
  t.match(await call('DELETE', '/demo/versions/1.0?why=x'), { status: 400 });
  const foreign = { origin: 'http://elsewhere.test' };
  const refused = await app.inject({ method: 'DELETE', url: '/api/v1/projects/demo/versions/1.0', headers: foreign });
  t.match(refused.json(), { code: 'foreign-origin' });
  t.same(await listed(), [ONE, TWO], 'nothing was changed');
});

t.test('with the queue away it is done all the same', async (t) => {
  const { queue, publish, call, listed } = await setUp(t);
  await publish();
  await queue.close();
  t.match(await call('POST', '/demo/yank', { version: '1.0' }), { status: 200, changed: [ONE] });
  t.match(await call('DELETE', '/demo/versions/1.0'), { status: 200, changed: [ONE] });
  t.same(await listed(), []);
});
