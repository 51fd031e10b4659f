import t, { type Test } from 'tap';
import { parseRequirementsList } from '../../src/core/requirements-list.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { planList } from '../../src/plan/planner.ts';
import type { ListToResolve } from '../../src/plan/resolution.ts';
import type { Sources } from '../../src/plan/supply.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { TARGET } from '../core/planning-data.ts';
import { createIndexServer, type IndexServer, page } from '../upstream/index-server.ts';
import { type Offer, offer } from './offers.ts';

async function sources(t: Test, projects: Record<string, Offer[]>): Promise<Sources & { server: IndexServer }> {
  const server = await createIndexServer(t);
  offer(server, projects);
  const store = createFileStore({ folder: t.testdir() });
  const upstream = createUpstream({ indexes: [parseIndexUrl(server.indexUrl)!], store });
  t.teardown(() => upstream.close());
  return { store, upstream, server };
}

const wheel = (name: string, requires: string[] = []): Offer[] => [
  { filename: `${name}-1.0-py3-none-any.whl`, requires },
];
const list = (text: string, deps = true) => ({
  requirements: parseRequirementsList(text).requirements,
  options: { deps },
});
const never = () => Promise.reject(new Error('resolved without need'));

const planned: [what: string, projects: Record<string, Offer[]>, text: string, deps: boolean, expected: object][] = [
  [
    'a pinned list that needs nothing else',
    { one: wheel('one', ['two>=1']), two: wheel('two') },
    'one==1.0\ntwo==1.0',
    true,
    { pinned: true, wheelsFirst: false },
  ],
  [
    'a list with hashes is whole by itself',
    { one: wheel('one', ['two']) },
    `one==1.0 --hash=sha256:${sha256Hex('one-1.0-py3-none-any.whl')}`,
    true,
    { pinned: true },
  ],
  [
    'without dependencies every list is whole',
    { one: wheel('one', ['two']) },
    'one',
    false,
    { pinned: false, wheelsFirst: false },
  ],
  [
    'an sdist whose metadata nobody publishes is built first',
    { one: [{ filename: 'one-1.0.tar.gz' }] },
    'one==1.0',
    true,
    { wheelsFirst: true },
  ],
  [
    'and so is a wheel without published metadata',
    { one: [{ filename: 'one-1.0-py3-none-any.whl', metadata: false }] },
    'one==1.0',
    true,
    { wheelsFirst: true },
  ],
  [
    "another platform's wheel tells the metadata of an sdist",
    { one: [{ filename: 'one-1.0.tar.gz' }, { filename: 'one-1.0-cp313-cp313-win_amd64.whl' }] },
    'one==1.0',
    true,
    { wheelsFirst: false },
  ],
  [
    'what cannot be had is the outcome, unresolved',
    { one: wheel('one') },
    'one\nmissing',
    true,
    { planned: [{ choice: { kind: 'failed', reason: 'no-such-version' } }] },
  ],
];

t.test('lists that need no container', async (t) => {
  for (const [what, projects, text, deps, expected] of planned)
    t.match(await planList(await sources(t, projects), list(text, deps), TARGET, never), expected, what);
});

t.test('lists that are handed to the resolver', async (t) => {
  for (const [what, text] of [
    ['an unpinned one', 'one'],
    ['a pinned one that is not closed', 'one==1.0'],
  ] as const) {
    const asked: string[][] = [];
    const resolve = async ({ lines }: ListToResolve) => {
      asked.push(lines);
      return [
        { name: 'One', version: '1.0' },
        { name: 'two', version: '1.0' },
      ];
    };
    const from = await sources(t, { one: wheel('one', ['two']), two: wheel('two') });
    t.equal(await planList(from, list(text), TARGET, undefined), undefined, `${what}: nothing without a resolver`);
    const outcome = await planList(from, list(`${text}\nskipped; sys_platform == "win32"`), TARGET, resolve);
    t.same(asked, [[text]], `${what}: the applicable lines`);
    t.match(
      outcome,
      {
        pinned: false,
        planned: [{ wanted: { name: 'one', lines: [{ line: 1 }] } }, { wanted: { name: 'two', lines: [] } }],
      },
      what,
    );
  }
});

t.test('lines of several files are told apart, though their numbers are equal', async (t) => {
  const asked: string[][] = [];
  const from = await sources(t, { one: wheel('one') });
  const of = (file: string, text: string) => list(text).requirements.map((one) => ({ ...one, file }));
  const requirements = [...of('base.txt', 'one'), ...of('more.txt', 'skipped; sys_platform == "win32"\none<2')];
  const outcome = await planList(from, { requirements, options: { deps: true } }, TARGET, async ({ lines }) => {
    asked.push(lines);
    return [{ name: 'one', version: '1.0' }];
  });
  t.same(asked, [['one', 'one<2']]);
  t.match(outcome, {
    planned: [
      {
        wanted: {
          lines: [
            { file: 'base.txt', line: 1 },
            { file: 'more.txt', line: 2 },
          ],
        },
      },
    ],
    skipped: [{ file: 'more.txt', line: 1, text: 'skipped' }],
  });
});

t.test('what was tried first and is missing is not waited for', async (t) => {
  const from = await sources(t, { one: [{ filename: 'one-1.0.tar.gz' }] });
  const first = await planList(from, list('one==1.0'), TARGET, never);
  const choice = first?.planned[0]?.choice;
  const triedFirst = new Set([choice?.kind === 'build' ? choice.key : '']);
  t.match(await planList(from, list('one==1.0'), TARGET, never, { triedFirst }), {
    wheelsFirst: false,
    planned: [{ choice: { kind: 'build' } }],
  });
});

t.test('from the cache alone', async (t) => {
  const from = await sources(t, { one: wheel('one') });
  await t.rejects(planList(from, list('one==1.0'), TARGET, undefined, { cachedOnly: true }), { name: 'NotCached' });
  await planList(from, list('one==1.0'), TARGET, never);
  const before = from.server.requests.length;
  t.match(await planList(from, list('one==1.0'), TARGET, undefined, { cachedOnly: true }), {
    planned: [{ choice: { kind: 'mirror' } }],
  });
  t.equal(from.server.requests.length, before, 'nothing was asked');
});

t.test("a quarantined project fails with upstream's reason, asked for and from the cache", async (t) => {
  const { server, ...parts } = await sources(t, { one: wheel('one'), two: wheel('two') });
  const files = [{ filename: 'one-1.0-py3-none-any.whl', url: 'x', hashes: { sha256: sha256Hex('x') } }];
  const status = { status: 'quarantined', reason: 'malware' };
  server.routes.set('/simple/one/', page(files, {}, { 'project-status': status }));
  const asked = list('one==1.0\ntwo==1.0');
  for (const cachedOnly of [false, true]) {
    const plan = await planList(parts, asked, TARGET, never, { cachedOnly });
    const choices = plan?.planned.map(({ choice }) => choice);
    t.match(choices, [
      { kind: 'failed', reason: 'quarantined', message: /^Upstream has quarantined one \("malware"\)/ },
    ]);
  }
});

t.test('upstream being away is the failure of each item that needs it', async (t) => {
  const store = createFileStore({ folder: t.testdir() });
  const upstream = createUpstream({ indexes: [parseIndexUrl('http://127.0.0.1:9/simple/')!], store });
  t.teardown(() => upstream.close());
  t.match(await planList({ store, upstream }, list('one==1.0'), TARGET, never), {
    planned: [{ choice: { kind: 'failed', reason: 'upstream-unavailable' } }],
  });
});
