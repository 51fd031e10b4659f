import { join } from 'node:path';
import t from 'tap';
import { createClock } from '../services/clock.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { json, post, prebuild, settled, states, until } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings } from './local-server.ts';
import { allBuilds, type BuildLine, everyListedFileIsWhole } from './stored-files.ts';

t.setTimeout(280_000);

type Target = { items: { served?: boolean; name: string }[] };

t.test('a server whose clock is put forward and back by hours while it works', async (t) => {
  const folder = t.testdir({ data: {} });
  const clock = createClock(folder);
  const index = await startLocalIndex(t);
  await index.addSdist('firstmill', '1.0', { build: 'time.sleep(5)' });
  await index.addSdist('secondmill', '1.0');
  await index.addSdist('endlessmill', '1.0', { build: 'time.sleep(600)' });
  const server = await startWheelmill('serve', {
    ...localSettings(index, join(folder, 'data')),
    ...clock.settings,
    // Upkeep and the sweep of containers are to meet the build several times.
    WHEELMILL_UPKEEP_INTERVAL: '500ms',
  });
  t.teardown(() => server.stop());
  const buildOf = (project: string) => async () =>
    (await allBuilds(server.url)).find((one) => one.project === project)!;

  const first = await post(server.url, 'firstmill==1.0\n');
  await until(buildOf('firstmill'), ({ state }) => state === 'building');
  clock.set('+5h');
  t.same(states(await settled(server.url, first.body.id)), { firstmill: 'build stored' });
  t.match(await buildOf('firstmill')(), { run: 1, attempts: 1 }, 'its container was left alone');

  const endless = await post(server.url, 'endlessmill==1.0\n');
  const { key } = await until(buildOf('endlessmill'), ({ state }) => state === 'building');
  const ask = (path: string, method: string) => fetch(`${server.url}/api/v1/${path}`, { method });
  t.equal((await ask(`prebuilds/${endless.body.id}?wait=60`, 'DELETE')).status, 200);
  t.match(await buildOf('endlessmill')(), { state: 'failed', run: 1 });

  clock.set('-5h');
  t.ok((await ask(`builds/${key}/retry`, 'POST')).ok);
  const again = () => json<BuildLine>(`${server.url}/api/v1/builds/${key}`);
  await until(again, ({ state, run }) => state === 'building' && run === 2);
  t.equal((await ask(`builds/${key}?wait=60`, 'DELETE')).status, 200, 'ten hours ago it was not cancelled');
  t.match(await prebuild(server.url, 'secondmill==1.0\n'), { state: 'ready' });
  t.same((await everyListedFileIsWhole(t, server.url)).length, 2, 'both wheels are listed');
  await until(
    () => json<Target>(`${server.url}/api/v1/targets`),
    ({ items }) => items.some(({ served }) => served),
  );
});
