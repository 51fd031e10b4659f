import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { docker, testTargets } from '../services/docker.ts';
import { json, post, settled, states, until } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings } from './local-server.ts';
import { startApart } from './redis-server.ts';
import { allBuilds, type BuildLine, everyListedFileIsWhole } from './stored-files.ts';

t.setTimeout(280_000);

const DEATHS = 4;
const index = await startLocalIndex(t);

/** Containers of a build that are on the engine, in whatever state. */
async function containersOf(key: string): Promise<string[]> {
  return (await docker('ps', '-aq', '--filter', `label=wheelmill.job=${key}`)).split('\n').filter(Boolean);
}

t.test(`a worker killed with -9 in the middle of a build, ${DEATHS} times in a row`, async (t) => {
  const sha256 = await index.addSdist('heavymill', '1.0', { build: 'time.sleep(4)' });
  const dataFolder = t.testdir();
  const settings = localSettings(index, dataFolder);
  const { api, startWorker } = await startApart(t, settings);
  let worker = await startWorker();
  const { body } = await post(api.url, 'heavymill==1.0\n');
  const builds = await until(
    () => allBuilds(api.url),
    (found) => found.length > 0,
  );
  const { key } = builds[0]!;

  for (let death = 1; death <= DEATHS; death++) {
    await until(
      () => json<BuildLine>(`${api.url}/api/v1/builds/${key}`),
      (now) => now.state === 'building' && now.attempts === death,
    );
    const containers = await until(
      () => containersOf(key),
      (found) => found.length > 0,
    );
    t.equal(containers.length, 1, `attempt ${death} has the engine to itself`);
    await worker.kill();
    worker = await startWorker();
  }

  const ended = await settled(api.url, body.id);
  t.same(states(ended), { heavymill: 'build stored' });
  t.match(ended, { state: 'ready', attempt: 1 });
  t.match(await allBuilds(api.url), [{ key, state: 'stored', run: 1, attempts: DEATHS + 1 }], 'one record');
  t.equal((await allBuilds(api.url)).length, 1);
  t.same(await everyListedFileIsWhole(t, api.url), [ended.items[0]!.wheel!.filename], 'one wheel');
  t.equal(index.asked(`/files/${sha256}/heavymill-1.0.tar.gz`), 1, 'upstream was asked for the sdist once');
  t.same(await containersOf(key), [], 'no container is left');

  // As a worker leaves it that dies between the record and the removal.
  const owner = (await readFile(join(dataFolder, 'bucket/installation'), 'utf8')).trim();
  const deadline = Math.ceil(Date.now() / 1000) + 3600;
  const labels = Object.entries({ owner, job: key, deadline }).map(([name, value]) => `wheelmill.${name}=${value}`);
  const left = await docker('create', ...labels.flatMap((one) => ['--label', one]), testTargets()[0]!.runtime);
  t.teardown(() => docker('rm', '-f', left));
  t.equal((await containersOf(key)).length, 1);
  await worker.kill();
  await startWorker();
  await until(
    () => containersOf(key),
    (found) => found.length === 0,
  );
});
