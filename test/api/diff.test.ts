import t, { type Test } from 'tap';
import type { ItemStatus, PrebuildRecord } from '../../src/core/records/prebuild.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { writeEndedPrebuild } from '../../src/storage/prebuild-records.ts';
import { offer } from '../plan/offers.ts';
import { createIndexServer } from '../upstream/index-server.ts';
import { api, list, type TestApi } from './harness.ts';

const OLD = '0'.repeat(32);
const NEW = '1'.repeat(32);
const TIME = '2026-01-01T00:00:00.000Z';

const stored = (filename: string, kind: ItemStatus['kind']): ItemStatus => {
  const [project, version] = filename.split('-') as [string, string];
  return { project, version, lines: [], kind, state: 'stored', wheel: { filename, sha256: sha256Hex(filename) } };
};

/** Puts an attempt that has ended into the bucket. */
async function ended({ store }: TestApi, id: string, attempt: number, items: ItemStatus[], target = 'python-3.13') {
  const about = { schema: 1 as const, id, attempt, target };
  const record: PrebuildRecord = {
    ...{ ...about, image: '', state: 'ready', pinned: true, items, skipped: [], warnings: [] },
    ...{ requestedAt: TIME, plannedAt: TIME, endedAt: TIME },
  };
  await writeEndedPrebuild(store, {
    request: { ...about, options: { deps: true }, requirements: [], warnings: [], requestedAt: TIME },
    list: Buffer.from(''),
    plan: { ...about, image: '', pinned: true, items: [], skipped: [], plannedAt: TIME },
    record,
    lockedList: '',
  });
}

async function mill(t: Test): Promise<TestApi> {
  const index = await createIndexServer(t);
  offer(index, { mirrored: [{ filename: 'mirrored-2.0-py3-none-any.whl' }] });
  const parts = await api(t, { WHEELMILL_UPSTREAM_URL: index.indexUrl });
  const same = 'same-1.0-py3-none-any.whl';
  await ended(parts, OLD, 1, [stored(same, 'build')]);
  await ended(parts, OLD, 2, [stored(same, 'build'), stored('mirrored-1.0-py3-none-any.whl', 'mirror')]);
  await ended(parts, NEW, 1, [stored(same, 'hit'), stored('more-1.0-py3-none-any.whl', 'build')], 'python-3.12');
  return parts;
}

t.test('two prebuilds are compared', async (t) => {
  const { app } = await mill(t);
  const diff = async (id: string, query: string) =>
    (await app.inject(`/api/v1/prebuilds/${id}/diff?against=${query}`)).json();
  t.match(await diff(NEW, OLD), {
    prebuild: { id: NEW, attempt: 1, target: 'python-3.12', state: 'ready' },
    against: { id: OLD, attempt: 2, target: 'python-3.13' },
    note: /different targets \(python-3\.13, then python-3\.12\)/,
    added: [{ project: 'more', version: '1.0', kind: 'build', wheel: /more/, sha256: /\w/ }],
    removed: [{ project: 'mirrored', version: '1.0', kind: 'mirror' }],
    changed: [],
    unchanged: 1,
  });
  const attempts = await diff(OLD, `${OLD}&against-attempt=1`);
  t.match(attempts, { added: [{ project: 'mirrored' }], removed: [], changed: [], unchanged: 1 });
  t.notOk('note' in attempts);
  t.match(await diff(OLD, `${OLD}&attempt=1`), { added: [], removed: [{ project: 'mirrored' }] });
});

t.test('what there is not', async (t) => {
  const { app } = await mill(t);
  const nobody = '2'.repeat(32);
  const rows: [url: string, code: string, detail: RegExp][] = [
    [`${nobody}/diff?against=${OLD}`, 'not-found', /There is no prebuild 2222/],
    [`${OLD}/diff?against=${nobody}`, 'not-found', /There is no prebuild 2222/],
    [`${OLD}/diff?against=x`, 'not-found', /There is no prebuild x/],
    [`${OLD}/diff?against=${NEW}&attempt=7`, 'not-found', /./],
    [`${OLD}/diff?against=${NEW}&against-attempt=7`, 'not-found', /./],
    [`${OLD}/diff`, 'bad-request', /against/],
  ];
  for (const [url, code, detail] of rows)
    t.match((await app.inject(`/api/v1/prebuilds/${url}`)).json(), { code, detail }, url);
  const post = (query: string) => app.inject({ ...list('mirrored==2.0\n'), url: `/api/v1/prebuilds?${query}` });
  t.match((await post(`dry-run=true&against=${nobody}`)).json(), { code: 'not-found' });
  t.match((await post(`against=${OLD}`)).json(), { code: 'bad-request', detail: /dry-run=true/ });
});

t.test('a dry run is compared with a prebuild', async (t) => {
  const { app } = await mill(t);
  const url = `/api/v1/prebuilds?dry-run=true&against=${OLD}`;
  t.match((await app.inject({ ...list('mirrored==2.0\n'), url })).json().diff, {
    against: { id: OLD, attempt: 2 },
    added: [],
    removed: [{ project: 'same' }],
    changed: [
      { project: 'mirrored', what: ['version', 'wheel', 'hash'], from: { version: '1.0' }, to: { version: '2.0' } },
    ],
    unchanged: 0,
  });
});
