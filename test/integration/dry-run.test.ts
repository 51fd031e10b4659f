import { join } from 'node:path';
import t from 'tap';
import type { DryRun } from '../../src/api/prebuilds/dry-run-view.ts';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { runWheelmill } from '../services/command.ts';
import { testTargets } from '../services/docker.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { prebuild } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { inSlim } from './slim.ts';

t.setTimeout(600_000);

/**
 * A hit, a mirror, an unpinned build with a dependency that is one too, a pinned build, a line of another platform; in files
 * of sibling folders.
 */
const FILES = {
  app: {
    'requirements.txt':
      '-r ../common/base.txt\n-c bounds.txt\nmillneedy>=1\nmillpinned==1.0\nmillwin==1; sys_platform == "win32"\n',
    'bounds.txt': 'millneedy<1.2\n',
    'mixed.txt': '-r requirements.txt\n-e .\n./here\n',
    'absent.txt': 'millpinned==1.0\nmillabsent==1.0\n',
  },
  common: { 'base.txt': 'millhit==1.0\nmillwheel\n' },
};

/** Every object but upstream's cache and the signs of life of workers, with the hash of its bytes. */
async function snapshot(store: ObjectStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const key of store.list(''))
    if (!/^(upstream|workers)\//.test(key)) found[key] = sha256Hex((await store.read(key)) ?? '');
  return found;
}

/** What a dry run and the prebuild itself must agree on, by project. */
const told = (items: (DryRun | PrebuildView)['items']) =>
  Object.fromEntries(
    items.map(({ project, version, kind, lines, build }) => [project, { version, kind, lines, build }]),
  );

t.test('a dry run tells what the prebuild then does', async (t) => {
  const index = await startLocalIndex(t);
  for (const name of ['millhit', 'millpinned', 'milldep']) await index.addSdist(name, '1.0');
  await index.addSdist('millneedy', '1.0');
  await index.addSdist('millneedy', '1.1', { metadata: 'Requires-Dist: milldep\n' });
  const { filename, bytes } = await realWheel('millwheel', '1.0');
  index.addWheel('millwheel', filename, bytes);
  const folder = t.testdir({ ...FILES, data: {} });
  const server = await startServer(t, localSettings(index, join(folder, 'data')));
  const store = createFileStore({ folder: join(folder, 'data', 'bucket') });
  t.teardown(() => store.close());
  const wheelmill = (...args: string[]) => runWheelmill(['prebuild', '-r', ...args], { WHEELMILL_SERVER: server.url });
  const list = join(folder, 'app', 'requirements.txt');
  const dryRun = async (file: string, code: number): Promise<DryRun> => {
    const ran = await wheelmill(file, '--dry-run', '--json');
    t.equal(ran.code, code, ran.err);
    return JSON.parse(ran.out);
  };
  t.equal((await prebuild(server.url, 'millhit==1.0\n')).state, 'ready');
  const before = await snapshot(store);

  const mixed = await dryRun(join(folder, 'app', 'mixed.txt'), 2);
  const refused = { file: 'app/mixed.txt' };
  t.match(mixed, {
    ok: false,
    refused: [
      { ...refused, line: 2 },
      { ...refused, line: 3 },
    ],
    complete: true,
  });
  const good = await dryRun(list, 0);
  t.same(told(mixed.items), told(good.items), 'refused lines take nothing from the others');
  t.match(good, { ok: true, complete: true, refused: [], skipped: [{ file: 'app/requirements.txt', line: 5 }] });
  t.same(good.counts, { ...good.counts, hit: 1, mirror: 1, build: 3, failed: 0, total: 5 });
  t.match(told(good.items), {
    millwheel: { lines: [{ file: 'common/base.txt', line: 2 }] },
    millneedy: { version: '1.1', kind: 'build' },
    milldep: { version: '1.0', kind: 'build', lines: [] },
  });
  const failing = await wheelmill(join(folder, 'app', 'absent.txt'), '--dry-run');
  t.equal(failing.code, 1);
  t.match(failing.out, /^ {2}millabsent +1\.0 +fails +no-such-version: .* \[\S+absent\.txt:2\]$/m);
  t.match(failing.out, /^0 hits, 0 mirrors, 1 build \(\d+ bytes of sdists\), 1 failure, for /m);
  t.same(await snapshot(store), before, 'nothing has changed');

  const ran = await wheelmill(list, '--json');
  t.equal(ran.code, 0, ran.err);
  t.match(ran.err, /^sent with it, as its lines name them: \S*common\/base\.txt, \S*app\/bounds\.txt$/m);
  const ended: PrebuildView = JSON.parse(ran.out);
  t.equal(ended.id, good.id);
  t.same(told(ended.items), told(good.items), 'the dry run told the truth');
  t.match(await dryRun(list, 0), {
    counts: { hit: 5, total: 5 },
    existing: { attempt: 1, state: 'ready', answers: true, url: ended.url },
  });
  const { out } = await wheelmill(list);
  const step = /^RUN (\w+=1 pip install .*)$/ms.exec(out)?.[1];
  t.ok(step, out);
  const [target] = testTargets();
  const script = `export WHEELMILL=${server.url}\n${step}\npython -c 'import millhit, millneedy, milldep, millwheel; print("imported")'`;
  t.match(await inSlim(target!.runtime, script), 'imported', 'the printed lines install it');
});
