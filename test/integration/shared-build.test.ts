import t from 'tap';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { json, post, prebuild, settled, states, until } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { PHASES } from './phases.ts';
import { listedFiles } from './stored-files.ts';

t.setTimeout(200_000);

const index = await startLocalIndex(t);
const server = await startServer(t, localSettings(index, t.testdir()));
const remove = async (path: string) => {
  const answer = await fetch(`${server.url}/api/v1/${path}`, { method: 'DELETE' });
  return { status: answer.status, body: (await answer.json()) as PrebuildView & { faults?: unknown[] } };
};

/** A build that two prebuilds wait for, in the middle. */
async function sharedBuild(name: string) {
  const { posted, release } = await PHASES.building!(server.url, index, name);
  const { body } = await post(server.url, `${name}==1.0\n`, 'deps=false');
  const other = await until(
    () => json<PrebuildView>(`${server.url}/api/v1/prebuilds/${body.id}`),
    ({ items }) => items[0]?.state === 'building',
  );
  return { one: posted.id, other: other.id, key: other.items[0]!.build!, release };
}

t.test('a build that two wait for survives the cancel of one', async (t) => {
  const { one, other, key, release } = await sharedBuild('sharedmill');
  const refused = await remove(`builds/${key}`);
  t.equal(refused.status, 409);
  t.same(
    refused.body.faults,
    [one, other].sort().map((id) => ({ prebuild: id })),
  );
  t.match(await remove(`prebuilds/${one}`), { status: 200, body: { state: 'cancelled' } });
  release();
  t.match(await settled(server.url, other), { state: 'ready', attempt: 1 });
});

t.test('with force it ends for both', async (t) => {
  const { one, other, key, release } = await sharedBuild('forcedmill');
  t.match(await remove(`builds/${key}?force=true`), { status: 200, body: { state: 'failed', reason: 'cancelled' } });
  release();
  for (const id of [one, other])
    t.same(states(await settled(server.url, id)), { forcedmill: 'build failed cancelled' });
});

t.test('a wheel that is built anew takes the place of the one before', async (t) => {
  await index.addSdist('changing', '1.0', { module: `'version = %r\\n' % time.time()` });
  const ended = [
    await prebuild(server.url, 'changing==1.0\n'),
    await prebuild(server.url, 'changing==1.0\n', 'rebuild=true'),
    await prebuild(server.url, 'changing\n'),
  ];
  const [older, newer, later] = ended.map((one) => one.items[0]?.wheel?.filename);
  t.same([ended[1]!.attempt, later], [2, newer]);
  t.not(older, newer);
  const files = await until(
    () => listedFiles(server.url, 'changing'),
    (found) => found.length === 2 && found.some((one) => 'yanked' in one),
  );
  t.match(
    files.find((one) => 'yanked' in one),
    { filename: older, yanked: 'superseded by a rebuild' },
  );
});
