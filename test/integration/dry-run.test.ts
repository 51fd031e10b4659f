import { join } from 'node:path';
import t from 'tap';
import type { DryRun } from '../../src/api/prebuilds/dry-run-view.ts';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { prebuild } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';

t.setTimeout(600_000);

/** A hit, a mirror, an unpinned build with a dependency that is one too, a pinned build, a line of another platform. */
const GOOD = 'millhit==1.0\nmillwheel\nmillneedy>=1\nmillpinned==1.0\nmillwin==1; sys_platform == "win32"\n';
const REFUSED = '-e .\n./here\n';

/** Every object but upstream's cache, with the hash of its bytes. */
async function snapshot(store: ObjectStore): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const key of store.list(''))
    if (!key.startsWith('upstream/')) found[key] = sha256Hex((await store.read(key)) ?? '');
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
  const folder = t.testdir();
  const server = await startServer(t, localSettings(index, folder));
  const store = createFileStore({ folder: join(folder, 'bucket') });
  t.teardown(() => store.close());
  t.equal((await prebuild(server.url, 'millhit==1.0\n')).state, 'ready');
  const before = await snapshot(store);
  const dryRun = async (list: string): Promise<DryRun> => {
    const answer = await fetch(`${server.url}/api/v1/prebuilds?dry-run=true`, { method: 'POST', body: list });
    t.equal(answer.status, 200);
    return (await answer.json()) as DryRun;
  };

  const mixed = await dryRun(GOOD + REFUSED);
  t.match(mixed, { ok: false, refused: [{ line: 6 }, { line: 7 }], complete: true });
  const good = await dryRun(GOOD);
  t.same(told(mixed.items), told(good.items), 'refused lines take nothing from the others');
  t.match(good, { ok: true, complete: true, refused: [], skipped: [{ line: 5 }] });
  t.same(good.counts, { ...good.counts, hit: 1, mirror: 1, build: 3, failed: 0, total: 5 });
  t.match(told(good.items), {
    millneedy: { version: '1.1', kind: 'build' },
    milldep: { version: '1.0', kind: 'build', lines: [] },
  });
  t.same(await snapshot(store), before, 'nothing has changed');

  const ended = await prebuild(server.url, GOOD);
  t.equal(ended.state, 'ready');
  t.equal(ended.id, good.id);
  t.same(told(ended.items), told(good.items), 'the dry run told the truth');
  t.match(await dryRun(GOOD), {
    counts: { hit: 5, total: 5 },
    existing: { attempt: 1, state: 'ready', answers: true, url: ended.url },
  });
});
