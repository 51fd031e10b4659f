import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { DryRun } from '../../src/api/prebuilds/dry-run-view.ts';
import { buildKey } from '../../src/core/build-key.ts';
import type { BuildRecord } from '../../src/core/records/build.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { closeBuild, openBuild } from '../../src/storage/build-records.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { TARGET } from '../core/planning-data.ts';
import { type Offer, offer } from '../plan/offers.ts';
import { someWheel } from '../storage/wheel.ts';
import { createIndexServer, page } from '../upstream/index-server.ts';
import { api, list, type TestApi } from './harness.ts';

/** A project there is a wheel of, one stored already, two of sdists only, one whose wheel fits no target. */
const PROJECTS: Record<string, Offer[]> = {
  mirrored: [{ filename: 'mirrored-1.0-py3-none-any.whl' }],
  stored: [{ filename: 'stored-1.0-py3-none-any.whl' }],
  needy: [{ filename: 'needy-1.0-py3-none-any.whl', requires: ['mirrored'] }],
  sdisted: [{ filename: 'sdisted-1.0.tar.gz' }],
  windowed: [{ filename: 'windowed-1.0.tar.gz' }, { filename: 'windowed-1.0-cp313-cp313-win_amd64.whl' }],
};

async function mill(
  t: Test,
  settings: Record<string, string> = {},
): Promise<TestApi & { dryRun(text: string, query?: string): Promise<DryRun> }> {
  const index = await createIndexServer(t);
  offer(index, PROJECTS);
  const parts = await api(t, { WHEELMILL_UPSTREAM_URL: index.indexUrl, ...settings });
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-dry-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const filename = 'stored-1.0-py3-none-any.whl';
  await publishWheel(parts.store, await someWheel(folder, { project: 'stored', filename }, filename));
  return {
    ...parts,
    async dryRun(text, query = '') {
      const answer = await parts.app.inject({ ...list(text), url: `/api/v1/prebuilds?dry-run=true${query}` });
      t.equal(answer.statusCode, 200, answer.body);
      return answer.json();
    },
  };
}

/** Every object of the bucket with its bytes, but for the disposable cache of upstream's answers. */
async function contents(store: ObjectStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const key of store.list(''))
    if (!key.startsWith('upstream/')) found[key] = sha256Hex((await store.read(key)) ?? '');
  return found;
}

const MIXED = `Mirrored==1.0
stored==1.0
windowed==1.0 --hash=sha256:${sha256Hex('windowed-1.0.tar.gz')}
needy[Some_Extra]==1.0; python_version >= "3"
absent==1; sys_platform == "win32"
-e .
git+https://example.com/demo.git
`;

t.setTimeout(180_000);

t.test('a dry run tells every line and what each project would be, and changes nothing', async (t) => {
  const { store, queue, dryRun } = await mill(t);
  const before = await contents(store);
  const lanes = ['prebuilds.python-3.13', 'builds.python-3.13', 'settles', 'pages'] as const;
  const jobs = await queue.counts(lanes);
  const key = buildKey({
    sdist: sha256Hex('windowed-1.0.tar.gz'),
    image: TARGET.build.identity,
    procedure: TARGET.procedure,
    recipe: {},
  });
  const answer = await dryRun(MIXED);
  t.match(answer, {
    dryRun: true,
    ok: false,
    complete: true,
    target: 'python-3.13',
    options: { deps: true },
    lines: [
      { line: 1, text: 'mirrored==1.0', name: 'mirrored', specifier: '==1.0', extras: [], hashes: [], applies: true },
      { line: 2, text: 'stored==1.0', applies: true },
      { line: 3, name: 'windowed', hashes: [`sha256:${sha256Hex('windowed-1.0.tar.gz')}`] },
      { line: 4, extras: ['some-extra'], marker: 'python_version >= "3"', applies: true },
      { line: 5, name: 'absent', marker: 'sys_platform == "win32"', applies: false },
    ],
    refused: [
      { line: 6, code: 'editable', message: /\w/ },
      { line: 7, code: /\w/, message: /\w/ },
    ],
    skipped: [{ line: 5 }],
    counts: { hit: 1, mirror: 2, build: 1, failed: 0, total: 4, sdistBytes: 'windowed-1.0.tar.gz'.length },
    items: [
      {
        ...{ project: 'mirrored', version: '1.0', kind: 'mirror', lines: [{ line: 1 }] },
        wheel: {
          filename: 'mirrored-1.0-py3-none-any.whl',
          sha256: sha256Hex('mirrored-1.0-py3-none-any.whl'),
          size: 'mirrored-1.0-py3-none-any.whl'.length,
        },
      },
      { project: 'stored', kind: 'hit', wheel: { filename: 'stored-1.0-py3-none-any.whl' } },
      { project: 'windowed', kind: 'build', build: key, sdist: { filename: 'windowed-1.0.tar.gz', size: 19 } },
      { project: 'needy', kind: 'mirror' },
    ],
  });
  t.notOk(answer.id, 'a posting of it would be refused');
  t.notOk(answer.existing);
  await dryRun('mirrored==1.0\nsdisted==1.0\n');
  t.same(await contents(store), before, 'the bucket is what it was');
  t.same(await queue.counts(lanes), jobs, 'and so is the queue');
});

const answers: [what: string, text: string, query: string, expected: object][] = [
  ['a list that would work', 'mirrored==1.0\n', '', { ok: true, complete: true, refused: [], items: [{}] }],
  [
    'an unknown project beside a known one',
    'absent==1.0\nmirrored==1.0\n',
    '',
    {
      ok: false,
      complete: false,
      unknown: /cannot be had/,
      items: [
        { kind: 'failed', project: 'absent', reason: 'no-such-version', message: /absent/, hint: /correct it/ },
        { kind: 'mirror' },
      ],
      counts: { failed: 1, mirror: 1, total: 2 },
    },
  ],
  ['an unknown project alone', 'absent==1.0\n', '', { ok: false, complete: true, items: [{ kind: 'failed' }] }],
  [
    'wheels whose metadata is known when they are there',
    'sdisted==1.0\n',
    '',
    { ok: true, complete: false, unknown: /published nowhere/, items: [{ kind: 'build' }] },
  ],
  [
    'no dependencies asked for',
    'needy\n',
    '&deps=false',
    { ok: true, complete: true, options: { deps: false }, items: [{ project: 'needy', version: '1.0' }] },
  ],
  ['nothing at all', '# nothing\n', '', { ok: false, refused: [{ code: 'empty-list' }], lines: [], items: [] }],
];

t.test('answers', async (t) => {
  const { dryRun } = await mill(t);
  for (const [what, text, query, expected] of answers) t.match(await dryRun(text, query), expected, what);
});

t.test('what takes a resolver is asked of a worker', async (t) => {
  const { queue, dryRun } = await mill(t);
  const wheel = { filename: 'mirrored-1.0-py3-none-any.whl', sha256: sha256Hex('mirrored') };
  const items = [{ kind: 'mirror', project: 'mirrored', version: '1.0', lines: [], wheel }];
  const reason = 'resolve-failed';
  const told: Record<string, unknown>[] = [];
  const stop = await queue.serve('dryruns.python-3.13', 1, async (data, { answer }) => {
    told.push(data);
    const options = data.options as { deps: boolean };
    const [{ name }] = data.requirements as [{ name: string }];
    if (name === 'stored') throw new Error('the engine is away');
    if (name === 'needy') await answer({ items, skipped: [], wheelsFirst: false });
    await answer({ items: [], skipped: [], wheelsFirst: false, failure: { reason, message: `no ${options.deps}` } });
  });
  t.match(await dryRun('needy\n'), { ok: true, complete: true, items: [{ project: 'mirrored', lines: [] }] });
  t.match(told, [{ target: 'python-3.13', options: { deps: true }, requirements: [{ name: 'needy' }], fresh: false }]);
  t.match(await dryRun('mirrored\n'), {
    ok: false,
    complete: false,
    unknown: /not known/,
    failure: { reason, message: 'no true', hint: /conflict/ },
    items: [{ project: 'mirrored' }],
  });
  t.match(await dryRun('stored\n'), { ok: true, complete: false, unknown: /log says why/, items: [{ kind: 'hit' }] });
  await stop();
});

t.test('what takes a resolver, with no worker there or no queue', async (t) => {
  const { queue, dryRun } = await mill(t, { WHEELMILL_DRY_RUN_TIMEOUT: '12s' });
  const items = [{ kind: 'mirror', project: 'needy' }];
  t.match(await dryRun('needy\n'), { ok: true, complete: false, unknown: /no worker of python-3.13/, items });
  t.same(await queue.counts(['dryruns.python-3.13']), [
    { lane: 'dryruns.python-3.13', waiting: 0, running: 0, delayed: 0 },
  ]);
  await queue.close();
  t.match(await dryRun('needy\n'), { ok: true, complete: false, unknown: /does not answer/, items });
});

t.test('the prebuild that a posting would find', async (t) => {
  const { app, dryRun } = await mill(t);
  const first = await dryRun('mirrored==1.0\n');
  t.notOk(first.existing);
  const posted = (await app.inject(list('mirrored==1.0\n'))).json();
  t.equal(first.id, posted.id, 'the id is known before');
  t.match((await dryRun('mirrored==1.0\n')).existing, {
    attempt: 1,
    state: 'planning',
    answers: true,
    url: posted.url,
  });
  const hit = (await app.inject(list('stored==1.0\n'))).json();
  t.match((await dryRun('stored==1.0\n')).existing, { attempt: 1, state: hit.state });
});

t.test('a build that is under way, and one that failed before', async (t) => {
  const { store, dryRun } = await mill(t);
  const key = (await dryRun('sdisted==1.0\n')).items[0]?.build;
  t.match(key, /^[0-9a-f]{64}$/);
  const sdist = { filename: 'sdisted-1.0.tar.gz', sha256: sha256Hex('sdisted-1.0.tar.gz') };
  const request = {
    ...{ schema: 1 as const, key: key!, project: 'sdisted', version: '1.0', target: TARGET.name },
    ...{ image: TARGET.build.identity, sdist, recipe: {}, visibility: 'public' as const, run: 1 },
    requestedAt: '2026-01-01T00:00:00.000Z',
  };
  await openBuild(store, request, '0'.repeat(32));
  t.match((await dryRun('sdisted==1.0\n')).items, [{ kind: 'build', underWay: 'queued' }]);
  const { visibility: _, ...about } = request;
  const record: BuildRecord = {
    ...{ ...about, attempts: 1, state: 'failed', reason: 'build-error', message: 'It does not compile.' },
    ...{ phases: {}, startedAt: '2026-01-01T00:00:00.000Z', endedAt: '2026-01-01T00:00:01.000Z' },
  };
  await closeBuild(store, record);
  const [item] = (await dryRun('sdisted==1.0\n')).items;
  t.match(item, { kind: 'build', failedBefore: { reason: 'build-error', message: /compile/, hint: /log/ } });
  t.notOk(item?.underWay);
});

t.test('a target nobody has looked at', async (t) => {
  const { app } = await api(t, { WHEELMILL_TARGETS: 'python:3.12=python:3.12-slim' });
  const answer = await app.inject({ ...list('mirrored==1.0\n'), url: '/api/v1/prebuilds?dry-run=true' });
  t.match(answer.json(), { complete: false, unknown: /wheelmill worker/, lines: [{ name: 'mirrored' }], items: [] });
  t.notOk('applies' in answer.json().lines[0]);
});

t.test('upstream that never answers', async (t) => {
  const index = await createIndexServer(t);
  index.routes.set('/simple/mirrored/', () => {});
  const { app } = await api(t, { WHEELMILL_UPSTREAM_URL: index.indexUrl, WHEELMILL_DRY_RUN_TIMEOUT: '300ms' });
  const answer = await app.inject({ ...list('mirrored==1.0\n'), url: '/api/v1/prebuilds?dry-run=true' });
  t.match(answer.json(), { complete: false, unknown: /WHEELMILL_DRY_RUN_TIMEOUT/, items: [] });
});

t.test('one client gets its turns and no more', async (t) => {
  const index = await createIndexServer(t);
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  index.routes.set('/simple/mirrored/', (request, response) => opened.then(() => page([])(request, response)));
  const { app } = await api(t, { WHEELMILL_UPSTREAM_URL: index.indexUrl });
  const statuses: number[] = [];
  const asked = Array.from({ length: 6 }, async () => {
    const answer = await app.inject({ ...list('mirrored==1.0\n'), url: '/api/v1/prebuilds?dry-run=true' });
    statuses.push(answer.statusCode);
    if (answer.statusCode === 429) t.match(answer.json(), { code: 'too-many-requests', detail: /under way/ });
    // Both that are too many are refused while the others wait for upstream.
    if (statuses.length === 2) open();
  });
  await Promise.all(asked);
  t.same(statuses, [429, 429, 200, 200, 200, 200]);
});
