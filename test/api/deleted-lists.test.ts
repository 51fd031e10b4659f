import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { normalizeName } from '../../src/core/names.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { planItem } from '../../src/plan/plan-item.ts';
import type { Planned } from '../../src/plan/planner.ts';
import { gather } from '../../src/plan/supply.ts';
import { closeBuild } from '../../src/storage/build-records.ts';
import { closePrebuild } from '../../src/storage/prebuild-records.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { yankByHand } from '../../src/storage/yanks.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { TARGET } from '../core/planning-data.ts';
import { someWheel } from '../storage/wheel.ts';
import { createIndexServer, page } from '../upstream/index-server.ts';
import { api, list } from './harness.ts';

t.setTimeout(120_000);

const LIST = 'demo==1.0\n';
const NAME = 'demo-1.0-py3-none-any.whl';

t.test('a ready list whose wheel was deleted says so, and is planned anew', async (t) => {
  const { app, store } = await api(t);
  const scratch = join(t.testdirName, 'wheels');
  await mkdir(scratch);
  const wheel = await someWheel(scratch);
  await publishWheel(store, wheel);
  const { id } = (await app.inject(list(LIST))).json();
  const { filename, sha256 } = wheel.record;
  const item = {
    kind: 'hit',
    project: 'demo',
    version: '1.0',
    lines: [],
    state: 'stored',
    wheel: { filename, sha256 },
  };
  const now = new Date().toISOString();
  await closePrebuild(
    store,
    {
      ...{ schema: 1, id, attempt: 1, target: TARGET.name, image: TARGET.build.identity, state: 'ready', pinned: true },
      ...{ items: [{ ...item, kind: 'hit', state: 'stored' }], skipped: [], warnings: [] },
      ...{ requestedAt: now, plannedAt: now, endedAt: now },
    },
    'demo==1.0\n',
  );
  const urls = [`/api/v1/prebuilds/${id}/requirements.txt`, `/lists/${sha256Hex(LIST)}/requirements.txt`];
  const posted = async () => {
    const { attempt, state } = (await app.inject(list(LIST))).json();
    return { attempt, state };
  };
  for (const url of urls) t.equal((await app.inject(url)).body, 'demo==1.0\n');
  t.same(await posted(), { attempt: 1, state: 'ready' });

  await app.inject({ method: 'DELETE', url: `/api/v1/projects/demo/files/${NAME}` });
  for (const url of urls) {
    const answer = await app.inject(url);
    t.match([answer.statusCode, answer.json()], [410, { code: 'wheels-deleted', faults: [{ filename: NAME }] }]);
    t.match(answer.statusMessage, /^Wheelmill: demo-1\.0\S+ of this list was deleted here\. Send the list again$/);
  }
  await app.inject({ method: 'POST', url: '/api/v1/projects/demo/undelete', payload: { filename: NAME } });
  for (const url of urls) t.equal((await app.inject(url)).statusCode, 200);
  await app.inject({ method: 'DELETE', url: `/api/v1/projects/demo/files/${NAME}` });
  t.same(await posted(), { attempt: 2, state: 'planning' });
});

t.test('what a build gave and was deleted is not built again unasked', async (t) => {
  const { app, store } = await api(t);
  const scratch = join(t.testdirName, 'wheels');
  await mkdir(scratch);
  const wheel = await someWheel(scratch);
  await publishWheel(store, wheel);
  const { filename, sha256, size } = wheel.record;
  const now = new Date().toISOString();
  const sdist = { filename: 'demo-1.0.tar.gz', sha256: sha256Hex('sdist') };
  const key = sha256Hex('a build');
  await closeBuild(store, {
    ...{ schema: 1, key, project: 'demo', version: '1.0', target: TARGET.name, image: TARGET.build.identity, sdist },
    ...{
      recipe: {},
      visibility: 'public',
      run: 1,
      requestedAt: now,
      state: 'stored',
      wheel: { filename, sha256, size },
    },
    ...{ attempts: 1, phases: {}, startedAt: now, endedAt: now },
  });
  const choice = {
    kind: 'build',
    version: '1.0',
    file: sdist,
    sha256: sdist.sha256,
    key,
    recipe: {},
    visibility: 'public',
  };
  const planned = { wanted: { name: 'demo', lines: [] }, choice } as unknown as Planned;
  t.match(await planItem(store, planned), { kind: 'hit' });
  await app.inject({ method: 'DELETE', url: `/api/v1/projects/demo/files/${NAME}?reason=it+crashes` });
  t.match(await planItem(store, planned), {
    ...{ kind: 'failed', reason: 'deleted' },
    message: /\(it crashes\)\. To have it again: `wheelmill undelete demo-1\.0\S+`\. Send the list with rebuild=true/,
  });
  const again = { ...planned, choice: { ...choice, rebuild: true } } as unknown as Planned;
  t.match(await planItem(store, again), { kind: 'build', run: 2, rebuild: true });
});

t.test('plans leave out what somebody has yanked here, though upstream has not', async (t) => {
  const { store } = await api(t);
  const scratch = join(t.testdirName, 'wheels');
  await mkdir(scratch);
  const { record, ...wheel } = await someWheel(scratch, { origin: 'mirrored' });
  await publishWheel(store, { record, ...wheel });
  const index = await createIndexServer(t);
  index.routes.set('/simple/demo/', page([{ filename: NAME, url: '/x', hashes: { sha256: record.sha256 } }]));
  const upstream = createUpstream({ indexes: [parseIndexUrl(`${index.origin}/simple/`)!], store });
  t.teardown(() => upstream.close());
  const offered = async () => (await gather({ store, upstream }, normalizeName('demo'), {})).offered;
  t.match(await offered(), [{ filename: NAME, yanked: undefined }]);
  await yankByHand(store, record, 'ours');
  t.match(await offered(), [{ filename: NAME, yanked: 'ours' }]);
});
