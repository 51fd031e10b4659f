import t from 'tap';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import type { WorkerRecord, WorkerTarget } from '../../src/core/records/worker.ts';
import { forgetLostWorkers, writeWorker } from '../../src/storage/worker-records.ts';
import { TARGET } from '../core/planning-data.ts';
import { api, list } from './harness.ts';

const SETTINGS = { WHEELMILL_TARGETS: '3.13,3.12' };
const at = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

function worker(name: string, standing: Partial<WorkerTarget>, live = true): WorkerRecord {
  const target = { name: 'python-3.13', build: 'python:3.13', runtime: 'python:3.13-slim', since: at(-60) };
  return {
    ...{ schema: 1, name, builder: 'docker', platforms: ['linux/amd64'], slots: 2 },
    engine: { version: 'Docker 28.5.1', platform: 'linux/amd64', cpus: 2, memory: 2 ** 33 },
    targets: [{ ...target, state: 'serving', ...standing }],
    ...{ startedAt: at(-60), heardAt: at(live ? -1 : -300), expiresAt: at(live ? 60 : -240) },
  };
}
const FAILING = {
  state: 'failing',
  code: 'bad-config',
  message: 'The image python:3.13 could not be pulled.',
} as const;

t.test('workers are listed as they have announced themselves', async (t) => {
  const { app, store } = await api(t, SETTINGS);
  t.same((await app.inject('/api/v1/workers')).json(), { items: [] });
  await writeWorker(store, worker('alive', {}));
  await writeWorker(store, worker('lost', {}, false));
  t.match((await app.inject('/api/v1/workers')).json(), {
    items: [
      { name: 'alive', live: true, slots: 2, engine: { version: 'Docker 28.5.1' }, targets: [{ state: 'serving' }] },
      { name: 'lost', live: false },
    ],
  });
  await forgetLostWorkers(store);
  t.equal((await app.inject('/api/v1/workers')).json().items.length, 2, 'lost ones stay for a while');
  await forgetLostWorkers(store, Date.now() + 2 * 3_600_000);
  t.same((await app.inject('/api/v1/workers')).json(), { items: [] });
});

t.test('targets say who serves them, and of those that nobody does why', async (t) => {
  const { app, store } = await api(t, SETTINGS);
  const items = async () => (await app.inject('/api/v1/targets')).json().items;
  t.match(await items(), [
    { name: TARGET.name, probed: true, served: false, workers: [], problems: [], python: { version: '3.13.5' } },
    { name: 'python-3.12', probed: false, served: false, build: { reference: 'python:3.12' }, python: undefined },
  ]);
  await writeWorker(store, worker('one', {}));
  await writeWorker(store, worker('two', FAILING));
  await writeWorker(store, worker('three', { name: 'elsewhere', build: 'a', runtime: 'b' }));
  t.match(await items(), [
    {
      name: TARGET.name,
      served: true,
      workers: [{ name: 'one', state: 'serving' }],
      problems: [{ worker: 'two', code: 'bad-config', message: /could not be pulled/ }],
    },
    { name: 'python-3.12', served: false },
    { name: 'elsewhere', probed: false, served: true, runtime: { reference: 'b' } },
  ]);
});

t.test('a prebuild that nobody works on says so', async (t) => {
  const rows: [what: string, worker: WorkerRecord | undefined, waiting: object | undefined][] = [
    ['no worker', undefined, { code: 'no-worker', message: /Start one with `wheelmill worker`/ }],
    [
      'a failing worker',
      worker('w', FAILING),
      { code: 'worker-failing', message: /w cannot serve python-3.13: The image/ },
    ],
    ['a worker', worker('w', {}), undefined],
  ];
  for (const [what, one, waiting] of rows)
    await t.test(what, async (t) => {
      const { app, store } = await api(t, SETTINGS);
      if (one) await writeWorker(store, one);
      const posted = (await app.inject(list('demo==1.0\n'))).json<PrebuildView>();
      for (const view of [posted, (await app.inject(`/api/v1/prebuilds/${posted.id}`)).json<PrebuildView>()])
        t.match(view, { state: 'planning', waiting });
    });
});
