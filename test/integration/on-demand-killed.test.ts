import { join } from 'node:path';
import t from 'tap';
import { testTargets } from '../services/docker.ts';
import { startNginx } from '../services/proxies.ts';
import { startRedis } from '../services/redis.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { json, until } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings } from './local-server.ts';
import { inSlim } from './slim.ts';
import { allBuilds, everyListedFileIsWhole } from './stored-files.ts';

t.setTimeout(600_000);

const CLIENTS = 20;

/** Twenty clients at once, most of them uv, which takes less of the machine; prints of each whether it has got its wheel. */
const everybody = (url: string) => `
for at in $(seq ${CLIENTS}); do
  if [ $((at % 5)) = 0 ]
  then installer="pip install --index-url"
  else installer="uv pip install --system --default-index"
  fi
  { $installer ${url}/simple/ --no-cache$([ $((at % 5)) = 0 ] && echo -dir) --target /at/$at heavy >/tmp/said-$at 2>&1 && cat /at/$at/heavy.py || cat /tmp/said-$at; } &
done
wait`;

t.test('everybody who waits has the wheel, whatever is killed meanwhile', async (t) => {
  const folder = t.testdir();
  const index = await startLocalIndex(t);
  await index.addSdist('heavy', '1.0', { build: 'time.sleep(12)' });
  const redis = await startRedis(t);
  const settings = {
    ...localSettings(index, join(folder, 'data')),
    WHEELMILL_QUEUE_URL: redis.url,
    WHEELMILL_ON_DEMAND: 'on',
  };
  const start = async (role: 'api' | 'worker') => {
    const one = await startWheelmill(role, settings);
    t.teardown(() => one.stop());
    return one;
  };
  const [api, other, worker] = await Promise.all([start('api'), start('api'), start('worker')]);
  const nginx = await startNginx(t, [api.url, other.url], join(folder, 'nginx'));
  const installed = inSlim(testTargets()[0]!.runtime, everybody(nginx));
  const building = (attempts: number) =>
    until(
      () => allBuilds(other.url),
      ([build]) => build?.state === 'building' && build.attempts === attempts,
    );
  await building(1);
  await worker.kill();
  await start('worker');
  await building(2);
  await api.kill();
  const said = await installed;
  t.equal(said.split('\n').filter((line) => line === "version = '1.0'").length, CLIENTS, said);
  t.match(await allBuilds(other.url), [{ project: 'heavy', state: 'stored', run: 1, attempts: 2 }]);
  t.equal((await allBuilds(other.url)).length, 1, 'for all of them it is built once');
  t.equal((await everyListedFileIsWhole(t, other.url)).length, 1);
  const { items } = await json<{ items: { url: string }[] }>(`${other.url}/api/v1/prebuilds`);
  t.match(await Promise.all(items.map((one) => json(one.url))), [{ attempt: 1, state: 'ready' }]);
});
