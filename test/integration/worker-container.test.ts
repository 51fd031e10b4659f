import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import t from 'tap';
import { docker, testTargets } from '../services/docker.ts';
import { startRedis } from '../services/redis.ts';
import { startSeaweed } from '../services/seaweedfs.ts';
import { missing } from '../services/state.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { json, until } from './client.ts';
import { walkTheStreet } from './street.ts';

t.setTimeout(600_000);

const IMAGE = 'wheelmill-standin/wheelmill';
const SOCKET = '/var/run/docker.sock';

t.test('the street with the worker itself in a container, as compose arranges it', async (t) => {
  if ((await docker('images', '-q', IMAGE)) === '') throw missing(`There is no image ${IMAGE}`);
  const [target] = testTargets();
  const redis = await startRedis(t);
  const s3 = await startSeaweed(t);
  const settings = {
    WHEELMILL_QUEUE_URL: redis.url,
    ...s3.settings,
    WHEELMILL_TARGETS: `${target!.build}=${target!.runtime}`,
  };
  const api = await startWheelmill('api', { ...settings, WHEELMILL_DATA_DIR: t.testdir() });
  t.teardown(() => api.stop());
  const name = `wheelmill-test-${randomUUID()}`;
  t.teardown(() => docker('rm', '-f', name));
  await docker('run', '-d', '--name', name, ...workerOptions(settings, (await stat(SOCKET)).gid), IMAGE, 'worker');
  const probed = () => json<{ items: { probed: boolean }[] }>(`${api.url}/api/v1/targets`);
  await until(probed, ({ items }) => items.some((one) => one.probed));
  await walkTheStreet(t, api.url, target!.runtime);
  t.equal(await docker('exec', name, 'id', '-u'), '1000', 'the worker is not root');
});

/** Not root, the engine's socket by its group, no folder of this machine but the certificates its packages came through. */
function workerOptions(settings: Record<string, string>, socketGroup: number): string[] {
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  return [
    ...['--network', 'host', '-v', `${SOCKET}:${SOCKET}`, '--group-add', String(socketGroup)],
    ...(certificates
      ? ['-v', `${certificates}:/certificates.crt:ro`, '-e', 'NODE_EXTRA_CA_CERTS=/certificates.crt']
      : []),
    ...Object.entries(settings).flatMap(([key, value]) => ['-e', `${key}=${value}`]),
  ];
}
