import { join } from 'node:path';
import t from 'tap';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import type { BuildRequest } from '../../src/core/records/build.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { readBuildRecord, readOpenBuild } from '../../src/storage/build-records.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { testTargets } from '../services/docker.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { post, prebuild, settled, states, until } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { inSlim } from './slim.ts';
import { allBuilds, everyListedFileIsWhole, listedFiles } from './stored-files.ts';

t.setTimeout(240_000);

const LIST = 'evenmill==1.0\noddmill==1.0\n';
const targets = testTargets();
const index = await startLocalIndex(t);
/** The same bytes on every Python, and other bytes on each, in files of one tag: machine code belongs to its platform. */
await index.addSdist('evenmill', '1.0');
await index.addSdist('oddmill', '1.0', {
  module: `'version = %r\\n' % (tuple(sys.version_info[:2]),)`,
  files: { 'oddmill.bin': `'\\x7fELF'` },
});

const target = (at: number) => `target=${encodeURIComponent(targets[at]!.build)}`;

/** Installs what a prebuild handed back in its target's runtime image; gives what the script prints. */
async function installed(ended: PrebuildView, at: number, script: string): Promise<string> {
  const install = 'pip install -q --no-cache-dir --no-index --require-hashes';
  const { requirements, wheels } = ended;
  return inSlim(targets[at]!.runtime, `${install} --find-links ${wheels} -r ${requirements} && python -c '${script}'`);
}

/** Every object but those that tell of a process or its upstream, with the hash of its bytes. */
async function snapshot(store: ObjectStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const key of store.list(''))
    if (!/^(upstream|targets|downloads)\//.test(key)) found[key] = sha256Hex((await store.read(key))!);
  return found;
}

t.test('whatever meets under one file name, no name has two contents and no listed hash is wrong', async (t) => {
  const dataFolder = t.testdir();
  const settings = {
    ...localSettings(index, dataFolder),
    WHEELMILL_TARGETS: targets.map(({ build, runtime }) => `${build}=${runtime}`).join(','),
  };
  const server = await startServer(t, settings);
  let twice: string | undefined;

  await t.test('two targets build the same pure sdists at once', async (t) => {
    const posted = await Promise.all(targets.map((_, at) => post(server.url, LIST, target(at))));
    const ended = await Promise.all(posted.map(({ body }) => settled(server.url, body.id)));
    for (const [at, one] of ended.entries()) {
      t.same(states(one), { evenmill: 'build stored', oddmill: 'build stored' }, one.target);
      t.equal(
        await installed(one, at, 'import evenmill, oddmill, sys; print(oddmill.version == sys.version_info[:2])'),
        'True',
        `${one.target} installs its own`,
      );
    }
    t.equal((await listedFiles(server.url, 'evenmill')).length, 1, 'equal bytes are one file');
    t.equal((await listedFiles(server.url, 'oddmill')).length, targets.length, 'other bytes are other files');
    await everyListedFileIsWhole(t, server.url);
    twice = ended[0]!.items[0]!.build;
  });

  await t.test('a wheel that two targets share is a hit for both', async (t) => {
    for (const at of targets.keys()) {
      const again = await prebuild(server.url, LIST, `${target(at)}&deps=false`);
      t.same(states(again), { evenmill: 'hit stored', oddmill: 'hit stored' }, again.target);
    }
    t.equal((await allBuilds(server.url)).length, 2 * targets.length);
  });

  await t.test('upstream publishes a wheel of the same version after we have built one', async (t) => {
    const [ours] = await listedFiles(server.url, 'evenmill');
    const { filename, bytes } = await realWheel('evenmill', '1.0');
    index.addWheel('evenmill', filename, bytes);
    const before = await prebuild(server.url, LIST, target(0));
    t.equal(before.attempt, 1, 'a list that is done is not planned again unasked');
    const ended = await prebuild(server.url, LIST, `${target(0)}&refresh=true`);
    t.equal(ended.attempt, 2);
    t.same(states(ended), { evenmill: 'mirror stored', oddmill: 'hit stored' });
    t.equal(
      await installed(ended, 0, 'import evenmill; print(evenmill.VALUE)'),
      '1.0',
      'the wheel of upstream is installed',
    );
    const listed = await until(
      () => listedFiles(server.url, 'evenmill'),
      (files) => files.length === 2,
    );
    t.match(
      listed.find((one) => one.filename === filename),
      { hashes: { sha256: sha256Hex(bytes) } },
    );
    t.match(
      listed.find((one) => one.filename === ours!.filename),
      { hashes: ours!.hashes },
      'ours stays as it was',
    );
    await everyListedFileIsWhole(t, server.url);
  });

  await t.test('a job that is run again after its end adopts the record', async (t) => {
    t.equal(await server.stop(), 0);
    const store = createFileStore({ folder: join(dataFolder, 'bucket') });
    const before = await snapshot(store);
    const record = (await readBuildRecord(store, twice!))!;
    const { schema, key, project, version, target, image, sdist, recipe, run, requestedAt } = record;
    const request: BuildRequest = {
      ...{ schema, key, project, version, target, image, sdist, recipe, run, requestedAt },
      visibility: 'public',
    };
    await store.put(paths.openBuild(key), JSON.stringify(request));
    const restarted = await startServer(t, settings);
    await until(
      async () => (await readOpenBuild(store, key)) === undefined,
      (closed) => closed,
    );
    await everyListedFileIsWhole(t, restarted.url);
    t.equal(await restarted.stop(), 0);
    t.same(await snapshot(store), before, 'nothing has changed');
  });
});
