import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createParts, FRESH } from '../../src/api/status/parts.ts';
import type { Status } from '../../src/api/status/schema.ts';
import { createStatus } from '../../src/api/status/status.ts';
import type { BuildRequest } from '../../src/core/records/build.ts';
import type { WorkerRecord, WorkerTarget } from '../../src/core/records/worker.ts';
import { openBuild, writeBuildProgress } from '../../src/storage/build-records.ts';
import { writeWorker } from '../../src/storage/worker-records.ts';
import { buildWork } from '../../src/workers/queue/works.ts';
import { gate, steps } from '../contract/gates.ts';
import { TARGET } from '../core/planning-data.ts';
import { until } from '../integration/client.ts';
import { api } from './harness.ts';

const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

function worker(name: string, standing: Partial<WorkerTarget> = {}, live = true): WorkerRecord {
  const target = { name: 'python-3.13', build: 'python:3.13', runtime: 'python:3.13-slim', since: at(-60) };
  return {
    ...{ schema: 1, name, builder: 'docker', platforms: ['linux/amd64'], slots: 2 },
    targets: [{ ...target, state: 'serving', ...standing }],
    ...{ startedAt: at(-60), heardAt: at(live ? -1 : -300), expiresAt: at(live ? 60 : -240) },
  };
}

function request(key: string): BuildRequest {
  return {
    ...{ schema: 1, key, project: 'demo', version: '1.0', target: TARGET.name, image: TARGET.build.identity },
    sdist: { filename: 'demo-1.0.tar.gz', sha256: 'a'.repeat(64) },
    ...{ recipe: {}, visibility: 'public', run: 1, requestedAt: at(-9) },
  };
}

t.test(
  'a server without upstream is ready; what waits and runs is counted by lane, and running builds are named',
  async (t) => {
    const { app, store, queue, parts } = await api(t, {}, { retryDelays: [] });
    await writeWorker(store, worker('one'));
    await writeWorker(store, worker('gone', {}, false));
    const answer = await app.inject('/api/v1/status');
    t.equal(answer.statusCode, 200);
    t.equal(answer.headers['cache-control'], 'no-store');
    const status = answer.json<Status>();
    t.match(status, {
      version: /^\d+\.\d+\.\d+$/,
      ready: true,
      parts: {
        store: { state: 'ok', kind: 'file' },
        queue: { state: 'ok', kind: 'embedded' },
        upstream: { state: 'away' },
      },
      builds: [],
      workers: { live: 1, lost: 1, slots: 2 },
      targets: [{ name: TARGET.name, served: true }],
      attention: [{ code: 'upstream-unavailable', message: /upstream index .* cannot be used/ }],
    });
    t.ok(status.lanes?.every((one) => one.waiting + one.running + one.delayed === 0));

    const [running, waiting] = ['1'.repeat(64), '2'.repeat(64)];
    const go = gate();
    const begun = steps<string>();
    for (const key of [running, waiting]) {
      await openBuild(store, request(key), '0'.repeat(32));
      await queue.add(buildWork(request(key)));
    }
    await writeBuildProgress(store, running, {
      ...{ schema: 1, run: 1, attempt: 1, state: 'building', worker: 'one', at: at(-5) },
    });
    await queue.serve(`builds.${TARGET.name}`, 1, async (_, { id }) => {
      begun.add(id);
      await go.passed;
    });
    await begun.first(1);
    const ask = async () =>
      (await app.inject({ url: '/api/v1/status', headers: { host: 'localhost:1' } })).json<Status>();
    const later = await until(ask, (one) => one.builds?.length === 1);
    t.match(
      later.lanes?.find((one) => one.kind === 'builds'),
      { target: TARGET.name, waiting: 1, running: 1, delayed: 0 },
    );
    t.match(later.builds, [
      {
        ...{ key: running, project: 'demo', version: '1.0', target: TARGET.name, state: 'building', worker: 'one' },
        url: `http://localhost:1/api/v1/builds/${running}`,
      },
    ]);
    const read = createStatus(parts);
    t.equal(read(), read(), 'the parts are asked once, however many ask');

    go.open();
    await queue.close();
    const without = await until(ask, (one) => !one.ready);
    t.match(without, {
      parts: { queue: { state: 'away' }, store: { state: 'ok' } },
      lanes: undefined,
      builds: undefined,
    });
    t.equal(without.attention[0]?.code, 'queue-unavailable');
    t.equal((await app.inject('/api/v1/status')).statusCode, 503);
  },
);

t.test('a server without its store is not ready, and says why', async (t) => {
  const { app, parts } = await api(t, {}, { retryDelays: [] });
  const bucket = join(parts.config.dataFolder, 'bucket');
  await rm(bucket, { recursive: true });
  // A path that leads nowhere, as that of a disk that does not answer.
  await symlink(bucket, bucket);
  const answer = await app.inject('/api/v1/status');
  t.equal(answer.statusCode, 503);
  const status = answer.json<Status>();
  t.match(status, { ready: false, parts: { store: { state: 'away' }, queue: { state: 'ok' } }, workers: undefined });
  t.match(status.attention[0], { code: 'store-unavailable', message: /does not answer/ });
});

t.test('an upstream that was away is asked again soon', async (t) => {
  const { parts } = await api(t);
  let now = 1_000_000;
  let asked = 0;
  let isAway = true;
  t.capture(performance, 'now', () => now);
  const check = async () => {
    asked += 1;
    if (isAway) throw new Error('no index is known yet');
  };
  const read = createParts({ ...parts, upstream: { ...parts.upstream, check } });
  const after = async (milliseconds: number) => {
    now += milliseconds;
    return [(await read()).upstream.state, asked];
  };
  t.same(await after(0), ['away', 1]);
  isAway = false;
  t.same(await after(FRESH + 1), ['away', 1]);
  t.same(await after(10_000), ['ok', 2], 'the first who looks after it is back is told so');
  t.same(await after(40_000), ['ok', 2]);
  t.same(await after(60_000), ['ok', 3]);
  isAway = true;
  t.same(await after(60_000), ['ok', 4], 'what is asked of one that was well is there for the next');
  t.same(await after(FRESH + 1), ['away', 4]);
});
