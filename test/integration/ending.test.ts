import t from 'tap';
import { docker } from '../services/docker.ts';
import { startRedis } from '../services/redis.ts';
import { startWheelmill, type Wheelmill } from '../services/wheelmill.ts';
import { json, post, until } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings } from './local-server.ts';
import { allBuilds, type BuildLine } from './stored-files.ts';

t.setTimeout(280_000);

const index = await startLocalIndex(t);
const redis = await startRedis(t);
const settings = { ...localSettings(index, t.testdir()), WHEELMILL_QUEUE_URL: redis.url };
const start = async (role: 'api' | 'worker', grace: string): Promise<Wheelmill> => {
  const one = await startWheelmill(role, { ...settings, WHEELMILL_STOP_GRACE: grace });
  t.teardown(() => one.kill());
  return one;
};
const api = await start('api', '2s');

async function beginning(name: string): Promise<{ id: string; key: string }> {
  const { body } = await post(api.url, `${name}==1.0\n`);
  const builds = await until(
    () => allBuilds(api.url),
    (found) => found.some(({ project }) => project === name),
  );
  return { id: body.id, key: builds.find(({ project }) => project === name)!.key };
}
const build = (key: string) => json<BuildLine>(`${api.url}/api/v1/builds/${key}`);
const underWay = (key: string, attempts: number) =>
  until(
    () => build(key),
    (now) => now.state === 'building' && now.attempts === attempts,
  );
const containersOf = async (key: string) =>
  (await docker('ps', '-aq', '--filter', `label=wheelmill.job=${key}`)).split('\n').filter(Boolean);

t.test(
  'a worker that is told to end: what cannot end in time goes back to the queue, what can is finished',
  async (t) => {
    await index.addSdist('slowmill', '1.0', { build: 'time.sleep(4)' });
    const hasty = await start('worker', '100ms');
    const { key } = await beginning('slowmill');
    await underWay(key, 1);
    t.equal(await hasty.stop(), 0);
    t.match(hasty.log(), /ending; what runs has 0\.1 s/);
    t.same(await containersOf(key), [], 'it left nothing running');
    t.notMatch(await build(key), { state: /stored|failed/ });

    const patient = await start('worker', '5m');
    await underWay(key, 2);
    t.equal(await patient.stop(), 0);
    t.match(await build(key), { state: 'stored', attempts: 2, run: 1 }, 'nobody else was there to finish it');
    t.same(await containersOf(key), []);
  },
);

t.test('an API that is told to end lets go of whom it holds', async (t) => {
  await index.addSdist('longmill', '1.0', { build: "print('begun', flush=True)\ntime.sleep(600)" });
  const worker = await start('worker', '5m');
  const { id, key } = await beginning('longmill');
  t.teardown(async () => {
    for (const one of await containersOf(key)) await docker('rm', '-f', one);
  });
  await underWay(key, 1);
  const other = await start('api', '5m');
  // First of all: the others are answered when it has arrived.
  const waiting = fetch(`${other.url}/api/v1/prebuilds/${id}?wait=600`);
  const events = await fetch(`${other.url}/api/v1/prebuilds/${id}/events`);
  const log = await fetch(`${other.url}/api/v1/builds/${key}/log`);
  const reader = log.body!.pipeThrough(new TextDecoderStream()).getReader();
  for (let seen = ''; !seen.includes('begun'); ) seen += (await reader.read()).value;
  const said = events.text();
  t.equal(await other.stop(), 0);
  const answer = await waiting;
  t.match(
    [answer.status, await answer.json()],
    [200, { id, state: /planning|working/ }],
    'how it stands, before its time',
  );
  const told = await said;
  t.match(told, /^event: prebuild$/m);
  t.notMatch(told, /^event: end$/m, 'the stream is over, the prebuild is not');
  const rest = async () => {
    while (!(await reader.read()).done);
  };
  await t.rejects(rest(), 'a log that is cut off does not look whole');

  // Five minutes are too long for somebody: the same signal again, until it counts as another.
  const ended = worker.stop();
  await until(
    async () => worker.log(),
    (text) => text.includes('ending; what runs has 300 s'),
  );
  const again = setInterval(() => process.kill(worker.pid, 'SIGTERM'), 100);
  const code = await ended;
  clearInterval(again);
  t.equal(code, 143);
  t.match(worker.log(), /told again: ending at once/);
  t.match(await build(key), { state: 'building' }, 'for another worker to take up');
});
