import pino from 'pino';
import t from 'tap';
import type { BuildRequest } from '../../src/core/records/build.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { closeBuild, openBuild, readBuildRecord, readOpenBuild } from '../../src/storage/build-records.ts';
import { listCancels, wishCancel } from '../../src/storage/cancels.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { settleJob } from '../../src/workers/jobs/settle-job.ts';
import { neverRan } from '../../src/workers/queue/cancel-build.ts';
import { buildWork } from '../../src/workers/queue/works.ts';
import { upkeep } from '../../src/workers/upkeep.ts';
import { TARGET } from '../core/planning-data.ts';
import { api, list } from './harness.ts';

const KEY = sha256Hex('a build');
const BUILD: BuildRequest = {
  schema: 1,
  key: KEY,
  project: 'demo',
  version: '1.0',
  target: TARGET.name,
  image: TARGET.build.identity,
  sdist: { filename: 'demo-1.0.tar.gz', sha256: sha256Hex('sdist') },
  recipe: {},
  visibility: 'public',
  run: 1,
  requestedAt: '2026-01-01T00:00:00.000Z',
};

async function under(store: ObjectStore, ...prefixes: string[]): Promise<string[]> {
  const keys: string[] = [];
  for (const prefix of prefixes) for await (const key of store.list(prefix)) keys.push(key);
  return keys;
}

t.test('a prebuild is cancelled, retried, cancelled, posted again', async (t) => {
  const { app, store, queue } = await api(t);
  t.teardown(await queue.serve('settles', 1, settleJob({ store, queue })));
  const unknown = '0'.repeat(32);
  t.match((await app.inject({ method: 'DELETE', url: `/api/v1/prebuilds/${unknown}` })).json(), { code: 'not-found' });
  const retryUnknown = await app.inject({ method: 'POST', url: `/api/v1/prebuilds/${unknown}/retry` });
  t.match(retryUnknown.json(), { code: 'not-found' });

  const { id } = (await app.inject(list('demo==1.0\n'))).json();
  const url = `/api/v1/prebuilds/${id}`;
  const cancel = () => app.inject({ method: 'DELETE', url });
  for (const again of [false, true]) {
    const cancelled = await cancel();
    t.equal(cancelled.statusCode, 200, again ? 'cancelling it twice changes nothing' : 'cancelled');
    t.match(cancelled.json(), { state: 'cancelled', attempt: 1, endedAt: /./ });
  }
  t.same(await under(store, 'open/', 'waiting/', 'cancels/'), [], 'nothing is left');
  t.equal((await queue.counts([`prebuilds.${TARGET.name}`]))[0]?.waiting, 0, 'nor a job');

  const retried = await app.inject({ method: 'POST', url: `${url}/retry` });
  t.match([retried.statusCode, retried.json()], [202, { id, attempt: 2, state: 'planning' }]);
  const underWay = await app.inject({ method: 'POST', url: `${url}/retry` });
  t.match(underWay.json(), { attempt: 2 }, 'one under way is what is wanted');
  t.match((await cancel()).json(), { state: 'cancelled', attempt: 2 });
  t.match((await app.inject(list('demo==1.0\n'))).json(), { id, attempt: 3, state: 'planning' });
});

t.test('without a worker the wish stays, and the first that comes fulfils it', async (t) => {
  const { app, store, queue } = await api(t);
  const { id } = (await app.inject(list('demo==1.0\n'))).json();
  const answer = await app.inject({ method: 'DELETE', url: `/api/v1/prebuilds/${id}?wait=0` });
  t.match([answer.statusCode, answer.json()], [202, { state: 'planning' }]);
  // As if the queue had been wiped meanwhile.
  await queue.cancel('settles', id);
  await queue.cancel(`prebuilds.${TARGET.name}`, `${id}-1`);
  t.equal(
    await upkeep({ store, queue, log: pino({ level: 'silent' }) }),
    1,
    'the cancelling is put back, the planning is not',
  );
  t.teardown(await queue.serve('settles', 1, settleJob({ store, queue })));
  t.match((await app.inject(`/api/v1/prebuilds/${id}?wait=60`)).json(), { state: 'cancelled', attempt: 1 });
  t.same(await under(store, 'open/', 'cancels/'), []);
});

t.test('a build that a prebuild waits for is cancelled with force only', async (t) => {
  const { app, store, queue } = await api(t);
  const url = `/api/v1/builds/${KEY}`;
  t.match((await app.inject({ method: 'DELETE', url })).json(), { code: 'not-found' });
  const { id } = (await app.inject(list('demo==1.0\n'))).json();
  await openBuild(store, BUILD, id);
  await queue.add(buildWork(BUILD));
  const refused = await app.inject({ method: 'DELETE', url });
  t.match([refused.statusCode, refused.json()], [409, { code: 'still-wanted', faults: [{ prebuild: id }] }]);
  t.match(refused.json().detail, /add \?force=true/);
  t.same(await listCancels(store), [], 'nothing is noted of it');

  const forced = await Promise.all([1, 2].map(() => app.inject({ method: 'DELETE', url: `${url}?force=true` })));
  for (const one of forced) t.match([one.statusCode, one.json()], [200, { state: 'failed', reason: 'cancelled' }]);
  t.match(await readBuildRecord(store, KEY), { run: 1, attempts: 0, reason: 'cancelled' });
  t.equal(await queue.has(`builds.${TARGET.name}`, KEY), false);
  t.ok(await queue.has('settles', id), 'who waited is settled');
  t.match((await app.inject(`${url}/log`)).body, /cancelled before it began/);
  t.match((await app.inject({ method: 'DELETE', url })).json(), { state: 'failed' }, 'again: nothing changes');
  t.same(await under(store, 'open/builds/', 'cancels/'), []);
});

t.test('a failed build is run again, a stored one is not', async (t) => {
  const { app, store, queue } = await api(t);
  const url = `/api/v1/builds/${KEY}`;
  t.match((await app.inject({ method: 'POST', url: `${url}/retry` })).json(), { code: 'not-found' });
  const failed = await neverRan(store, BUILD, { schema: 1, of: 1, at: BUILD.requestedAt });
  await closeBuild(store, failed);
  for (let time = 1; time <= 2; time++) {
    const retried = await app.inject({ method: 'POST', url: `${url}/retry` });
    t.match([retried.statusCode, retried.json()], [202, { state: 'queued', run: 2 }]);
  }
  t.match(await readOpenBuild(store, KEY), { run: 2, visibility: 'public' });
  t.ok(await queue.has(`builds.${TARGET.name}`, KEY));
  t.match((await app.inject({ method: 'DELETE', url })).json(), { state: 'failed', run: 2 }, 'nobody waits for it');

  await closeBuild(store, { ...failed, run: 3, image: sha256Hex('older image') });
  t.match((await app.inject({ method: 'POST', url: `${url}/retry` })).json(), { code: 'target-changed' });
  const { reason, message, ...rest } = failed;
  await closeBuild(store, { ...rest, run: 4, state: 'stored' });
  t.match((await app.inject({ method: 'POST', url: `${url}/retry` })).json(), { code: 'nothing-to-retry' });
  t.match((await app.inject({ method: 'DELETE', url })).json(), { code: 'already-ended' });
});

t.test('upkeep ends cancelled builds, and removes what ended prebuilds have left', async (t) => {
  const { store, queue } = await api(t);
  await openBuild(store, BUILD, '1'.repeat(32));
  await wishCancel(store, KEY, 1);
  await wishCancel(store, sha256Hex('another'), 1);
  t.equal(await upkeep({ store, queue, log: pino({ level: 'silent' }) }), 0);
  t.match(await readBuildRecord(store, KEY), { reason: 'cancelled' });
  t.same(await under(store, 'open/', 'waiting/', 'cancels/'), []);
});
