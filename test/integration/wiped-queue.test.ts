import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import t, { type Test } from 'tap';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { post, settled, states, until } from './client.ts';
import { type LocalIndex, startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { startApart } from './redis-server.ts';
import { allBuilds, everyListedFileIsWhole } from './stored-files.ts';

t.setTimeout(180_000);

const NAMES = ['mill', 'mille', 'milla', 'millo', 'milli'];
const LIST = NAMES.map((name) => `${name}==1.0\n`).join('');

/** Three rounds of builds for a worker that runs two at once; each is longer than upkeep's interval. */
async function startIndex(t: Test): Promise<LocalIndex> {
  const index = await startLocalIndex(t);
  for (const name of NAMES) await index.addSdist(name, '1.0', { build: 'time.sleep(3)' });
  return index;
}

const settingsOf = (index: LocalIndex, dataFolder: string) => ({
  ...localSettings(index, dataFolder),
  WHEELMILL_CONCURRENCY: '2',
  WHEELMILL_UPKEEP_INTERVAL: '2s',
});

/** Posts the list and waits until one build has ended, one runs and one waits. */
async function postAndWaitForTheMiddle(url: string): Promise<string> {
  // Without dependencies: else each build that ends would bring back the job that opens the others.
  const { body } = await post(url, LIST, 'deps=false');
  await until(
    () => allBuilds(url),
    (builds) => {
      const count = (state: string) => builds.filter((one) => one.state === state).length;
      return count('stored') > 0 && count('building') > 0 && count('queued') > 0;
    },
  );
  return body.id;
}

async function check(t: Test, url: string, ended: PrebuildView): Promise<void> {
  t.same(states(ended), Object.fromEntries(NAMES.map((name) => [name, 'build stored'])));
  t.match(ended, { state: 'ready', attempt: 1 });
  const builds = await allBuilds(url);
  t.same(builds.map((one) => one.project).sort(), [...NAMES].sort(), 'one record a package');
  t.same(
    (await everyListedFileIsWhole(t, url)).map((one) => one.split('-')[0]),
    [...NAMES].sort(),
    'one wheel a package',
  );
}

t.test('Redis wiped in the middle of a prebuild', async (t) => {
  const index = await startIndex(t);
  const { api, redisUrl, startWorker } = await startApart(t, settingsOf(index, t.testdir()));
  const worker = await startWorker();
  const id = await postAndWaitForTheMiddle(api.url);
  const lost = () => worker.log().match(/upkeep put lost work back/g) ?? [];
  t.same(lost(), [], 'upkeep has found nothing lost while nothing was');
  const redis = new Redis(redisUrl);
  await redis.flushall();
  redis.disconnect();
  await check(t, api.url, await settled(api.url, id));
  t.not(lost().length, 0, 'upkeep put the rest back');
});

t.test('the embedded queue deleted in the middle of a prebuild, its process killed', async (t) => {
  const index = await startIndex(t);
  const dataFolder = join(t.testdir({ server: {} }), 'server');
  const settings = settingsOf(index, dataFolder);
  const server = await startServer(t, settings);
  const id = await postAndWaitForTheMiddle(server.url);
  await server.kill();
  await rm(join(dataFolder, 'queue'), { recursive: true });
  const again = await startServer(t, settings);
  await check(t, again.url, await settled(again.url, id));
});
