import { join } from 'node:path';
import t from 'tap';
import type { PrebuildView, PrebuildViews } from '../../src/api/prebuilds/view.ts';
import type { WorkerRecord } from '../../src/core/records/worker.ts';
import { runWheelmill } from '../services/command.ts';
import { testTargets } from '../services/docker.ts';
import { json, post, settled, states, until } from './client.ts';
import { startServer } from './local-server.ts';
import { inSlim } from './slim.ts';
import { allBuilds, everyListedFileIsWhole, listedFiles } from './stored-files.ts';

t.setTimeout(400_000);

/** An sdist in Python alone, and one in C; neither has a wheel upstream. */
const LIST = 'docopt==0.6.2\nnetifaces==0.11.0\n';
const IMPORTS = 'import docopt, netifaces, sys; print(sys.version_info[:2], netifaces.version)';
const pairs = testTargets().slice(0, 2);
const [newest] = pairs;
const names = ['new', 'old'];
/** Beside two that work: the first again with its platform written, and two that no engine here can have. */
const TARGETS = [
  ...pairs.map(({ build, runtime }, at) => `${names[at]}@${build}=${runtime}`),
  `twin@${newest!.build}=${newest!.runtime}@linux/amd64`,
  `gone@${newest!.build}-gone=${newest!.runtime}`,
  `foreign@${newest!.build}=${newest!.runtime}@linux/arm64`,
].join(',');

type TargetView = {
  name: string;
  probed: boolean;
  served: boolean;
  platform?: string;
  problems: { message: string }[];
};

t.test('several targets, of which some cannot be served', async (t) => {
  t.equal(pairs.length, 2, 'the set-up has two Pythons');
  const server = await startServer(t, { WHEELMILL_DATA_DIR: t.testdir(), WHEELMILL_TARGETS: TARGETS });
  const targets = async () => (await json<{ items: TargetView[] }>(`${server.url}/api/v1/targets`)).items;
  const worker = async () => (await json<{ items: WorkerRecord[] }>(`${server.url}/api/v1/workers`)).items[0];
  const tried = (one: WorkerRecord | undefined) =>
    one?.targets.filter(({ state }) => state !== 'starting').length === 5;
  await until(worker, tried);

  await t.test('the worker says what it can run, and why it cannot run the rest', async (t) => {
    t.match(await worker(), {
      live: true,
      builder: 'docker',
      engine: { version: /^Docker \d/, platform: 'linux/amd64' },
      platforms: ['linux/amd64'],
      targets: [
        { name: 'new', state: 'serving', platform: 'linux/amd64' },
        { name: 'old', state: 'serving' },
        { name: 'twin', state: 'serving', platform: 'linux/amd64' },
        {
          name: 'gone',
          state: 'failing',
          message: /3\.13-gone for linux\/amd64 is not on the Docker engine and could not be pulled/,
        },
        {
          name: 'foreign',
          state: 'failing',
          message: /has the image .* for linux\/amd64, not for linux\/arm64.* Pulling it for linux\/arm64 failed/,
        },
      ],
    });
    t.match(await targets(), [
      { name: 'new', served: true },
      { name: 'old', served: true },
      { name: 'twin', served: true },
      { name: 'gone', served: false, probed: false, problems: [{ code: 'engine-unavailable' }] },
      { name: 'foreign', served: false, platform: 'linux/arm64', problems: [{ code: 'bad-config' }] },
    ]);
    t.match(server.log(), /target gone: The image/, 'the log has it too');
  });

  const asked = await post(server.url, LIST, 'target=new,old');
  t.equal(asked.status, 202);
  const { prebuilds } = asked.body as unknown as PrebuildViews;
  const ended = await Promise.all(prebuilds.map((one) => settled(server.url, one.id)));

  await t.test('one call makes the wheels of both, the pure one once', async (t) => {
    for (const [at, one] of ended.entries()) {
      t.equal(one.target, names[at]);
      t.equal(one.state, 'ready');
      t.same(states(one), { docopt: 'build stored', netifaces: 'build stored' });
    }
    const wheels = (project: string) => ended.map((one) => one.items.find((item) => item.project === project)!.wheel);
    t.same(wheels('docopt')[0], wheels('docopt')[1], 'both have the same pure wheel');
    t.equal((await listedFiles(server.url, 'docopt')).length, 1);
    t.equal(new Set(wheels('netifaces').map((one) => one!.filename)).size, 2, 'and each its own compiled one');
    t.equal((await listedFiles(server.url, 'netifaces')).length, 2);
    await everyListedFileIsWhole(t, server.url);

    const builds = (await allBuilds(server.url)) as (Awaited<ReturnType<typeof allBuilds>>[number] & {
      takenFrom?: string;
      phases: object;
    })[];
    const pure = builds.filter((one) => one.project === 'docopt');
    const [made] = pure.filter((one) => one.takenFrom === undefined);
    const [taken] = pure.filter((one) => one.takenFrom !== undefined);
    t.equal(pure.length, 2);
    t.match(made, { state: 'stored', phases: { building: Number } });
    t.match(taken, { state: 'stored', takenFrom: made!.key });
    t.notOk('building' in taken!.phases, 'the second was not built');
    const log = await (await fetch(`${server.url}/api/v1/builds/${taken!.key}/log`)).text();
    t.match(log, /docopt-.*\.whl was built for (new|old) from the same sdist and fits (new|old) too/);
  });

  await t.test('each installs its list in its own slim image', async (t) => {
    for (const [at, { requirements, wheels }] of ended.entries()) {
      const install = `pip install -q --no-cache-dir --no-index --require-hashes --find-links ${wheels} -r ${requirements}`;
      const said = await inSlim(pairs[at]!.runtime, `${install} && python -c '${IMPORTS}'`);
      const version = /python:(\d+)\.(\d+)/.exec(pairs[at]!.build)!;
      t.equal(said, `(${version[1]}, ${version[2]}) 0.11.0`);
    }
  });

  await t.test('another target of the same images has all of it at once', async (t) => {
    const { status, body } = await post(server.url, LIST, 'target=twin&deps=false');
    t.equal(status, 200, 'without any work');
    t.same(states(body as PrebuildView), { docopt: 'hit stored', netifaces: 'hit stored' });
  });

  await t.test('the command line shows each target with its own lines', async (t) => {
    const list = join(t.testdir({ 'requirements.txt': LIST }), 'requirements.txt');
    const command = (...args: string[]) =>
      runWheelmill(['prebuild', '-r', list, ...args], { WHEELMILL_SERVER: server.url });
    const ran = await command('--target', 'new', '--target', 'old');
    t.equal(ran.code, 0, ran.err);
    for (const [at, name] of names.entries()) {
      t.match(ran.err, new RegExp(`^${name}: prebuild [0-9a-f]{32}: ready$`, 'm'));
      t.match(ran.out, new RegExp(`^${name}: ready: 2 of 2 wheels`, 'm'));
      t.match(ran.out, new RegExp(`^FROM ${pairs[at]!.runtime}$`, 'm'));
      t.match(ran.out, new RegExp(`requirements\\.txt\\?target=${name}"$`, 'm'), 'each asks for its own locked list');
    }
    const inJson = await command('--target', 'new,old', '--json');
    t.match(JSON.parse(inJson.out), { prebuilds: names.map((target) => ({ target, state: 'ready' })) });
    const started = await command('--target', 'new', '--target', 'gone', '--no-wait');
    t.equal(started.out.trim().split('\n').length, 2, 'a URL for each');
    t.match(started.err, /^gone is waiting: The worker /m);
    const wrong = await command('--target', 'new', '--target', 'nowhere');
    t.equal(wrong.code, 2);
    t.match(wrong.err, /There is no target "nowhere"; nothing was started/);
  });

  await t.test('a prebuild that nobody can work on says why, and what to do', async (t) => {
    const { status, body } = await post(server.url, LIST, 'target=gone');
    t.equal(status, 202);
    t.match(body, {
      state: 'planning',
      waiting: {
        code: /worker-(failing|starting)/,
        message: /The worker .* (cannot serve|is still looking at the images of) gone/,
      },
    });
  });

  t.equal(await server.stop(), 0);
});
