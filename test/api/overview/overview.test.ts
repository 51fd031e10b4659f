import t from 'tap';
import { keepFigures } from '../../../src/api/overview/overview.ts';
import type { WorkerRecord } from '../../../src/core/records/worker.ts';
import { writeRecent } from '../../../src/storage/recent.ts';
import { publishWheel } from '../../../src/storage/wheel-records.ts';
import { writeWorker } from '../../../src/storage/worker-records.ts';
import { TARGET } from '../../core/planning-data.ts';
import { someWheel } from '../../storage/wheel.ts';
import { createIndexServer } from '../../upstream/index-server.ts';
import { api } from '../harness.ts';

t.setTimeout(60_000);

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

const worker = (name: string, expiresIn: number): WorkerRecord => ({
  ...{ schema: 1, name, builder: 'docker', platforms: ['linux/amd64'], slots: 2 },
  targets: [{ name: TARGET.name, build: 'b', runtime: 'r', state: 'serving', since: inSeconds(-60) }],
  ...{ startedAt: inSeconds(-60), heardAt: inSeconds(-5), expiresAt: inSeconds(expiresIn) },
});

t.test('how the mill stands, without a listing in any request', async (t) => {
  const index = await createIndexServer(t);
  const { store, parts, scratch, app } = await api(t, { WHEELMILL_UPSTREAM_URL: index.indexUrl });
  const figures = keepFigures(parts);
  const fresh = () => {
    figures.outdate();
    return figures.overview();
  };
  t.match(await fresh(), {
    state: 'down',
    ...{ store: { state: 'ok' }, queue: { state: 'ok', waiting: 0 }, running: [], workers: [] },
    needs: [{ kind: 'target', urgent: true, message: /No worker is running/ }],
  });

  await writeWorker(store, worker('here', 60));
  await writeWorker(store, worker('gone', -1));
  const wheel = await someWheel(scratch);
  await publishWheel(store, wheel);
  const one = { endedAt: inSeconds(-30), figures: [90, 0] };
  await writeRecent(store, 'builds', { ...one, id: 'a'.repeat(64), state: 'stored', project: 'six' });
  const failed = { ...one, id: 'b'.repeat(64), state: 'failed', reason: 'missing-header', project: 'lxml' };
  await writeRecent(store, 'builds', failed);
  await writeRecent(store, 'builds', { ...failed, id: 'c'.repeat(64), endedAt: inSeconds(-25 * 3600) });
  await writeRecent(store, 'prebuilds', {
    id: 'p',
    endedAt: inSeconds(-9),
    state: 'ready',
    figures: [1, 3, 0, 1, 0, 60],
  });
  t.match(await fresh(), {
    state: 'attention',
    needs: [
      { kind: 'worker', name: 'gone' },
      { kind: 'build', project: 'lxml', build: failed.id, hint: /Debian package/ },
    ],
    day: {
      builds: { stored: 1, failed: 1, seconds: 180 },
      items: { hit: 3, build: 1 },
      hitRate: 0.75,
      savedSeconds: 60,
    },
    failures: [{ key: failed.id, reason: 'missing-header' }],
    workers: [
      { name: 'gone', live: false },
      { name: 'here', live: true },
    ],
  });
  t.match((await app.inject('/api/v1/overview')).json(), {
    day: { builds: { stored: 1, failed: 1 } },
    failures: [{ key: failed.id }],
  });
  t.match((await app.inject('/api/v1/failures')).json(), { items: [{ reason: 'missing-header', count: 1 }] });

  // It is counted in the background.
  const others = keepFigures(parts);
  let { stored } = await others.overview();
  while (!stored) {
    others.outdate();
    ({ stored } = await others.overview());
  }
  t.match(stored, { projects: 1, wheels: 1, wheelBytes: Number });
  t.ok(stored.wheelBytes >= wheel.record.size);

  const lists: string[] = [];
  const { list } = store;
  store.list = (prefix, options) => {
    lists.push(prefix);
    return list.call(store, prefix, options);
  };
  await Promise.all(Array.from({ length: 200 }, () => figures.overview()));
  t.ok(lists.length < 12, `200 looks at once: ${lists.length} listings`);
});
