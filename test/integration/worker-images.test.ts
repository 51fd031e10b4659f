import t from 'tap';
import type { WorkerRecord } from '../../src/core/records/worker.ts';
import { testTargets } from '../services/docker.ts';
import { startRedis } from '../services/redis.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { json, post, until } from './client.ts';

t.setTimeout(240_000);

const [newest, older] = testTargets();
const pairOf = (name: string, { build, runtime } = newest!) => `${name}@${build}=${runtime}`;

t.test('two workers whose engines have other images for one target', async (t) => {
  const redis = await startRedis(t);
  const shared = { WHEELMILL_QUEUE_URL: redis.url, WHEELMILL_DATA_DIR: t.testdir() };
  const start = async (role: 'api' | 'worker', targets: string) => {
    const one = await startWheelmill(role, { ...shared, WHEELMILL_TARGETS: targets });
    t.teardown(() => one.stop());
    return one;
  };
  const api = await start('api', pairOf('web'));
  const web = async () =>
    (await json<{ items: { name: string; served: boolean }[] }>(`${api.url}/api/v1/targets`)).items[0]!;
  const workers = async () => (await json<{ items: WorkerRecord[] }>(`${api.url}/api/v1/workers`)).items;

  t.match((await post(api.url, 'docopt==0.6.2')).body, { state: 'planning', waiting: { code: 'no-worker' } });
  const first = await start('worker', pairOf('web'));
  const { name } = (await workers())[0]!;
  t.match(await web(), { probed: true, served: true, workers: [{ name, state: 'serving' }], problems: [] });

  // What a moved tag comes to: the same target, other images.
  const second = await start('worker', `${pairOf('web', older)},${pairOf('own', older)}`);
  const before = await web();
  t.match(before, {
    served: true,
    workers: [{ name }],
    problems: [
      { code: 'target-differs', message: new RegExp(`^web is served by the worker ${name} with other images`) },
    ],
  });
  t.match(second.log(), /target web: .*Pull .* on both machines, or name them by digest/);
  t.equal((await workers()).length, 2, 'it goes on with its other targets');

  t.equal(await first.stop(), 0);
  t.equal((await workers()).length, 1, 'who ends takes back what was announced');
  const after = await until(web, (one) => one.served);
  t.notMatch(after, { python: (before as unknown as { python: object }).python }, 'then the other one takes over');
  t.match(after, { problems: [] });
});
