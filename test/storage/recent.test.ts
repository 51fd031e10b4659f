import t from 'tap';
import { createFileStore } from '../../src/storage/file-store.ts';
import {
  buildFigures,
  listRecent,
  prebuildFigures,
  recentSince,
  removeRecent,
  writeRecent,
} from '../../src/storage/recent.ts';

t.test('pages of what ended, newest first, each once', async (t) => {
  const store = createFileStore({ folder: t.testdir() });
  for (let at = 0; at < 25; at++) {
    const failed = at % 5 === 0;
    await writeRecent(store, 'builds', {
      id: `build-${at}`,
      endedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, at)).toISOString(),
      state: failed ? 'failed' : 'stored',
      reason: failed ? 'build-error' : undefined,
      project: `project-${at}`,
    });
  }
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const { entries, next } = await listRecent(store, 'builds', { limit: 10, after });
    seen.push(...entries.map((one) => one.id));
    if (next === undefined) break;
    after = next;
  }
  t.same(
    seen,
    Array.from({ length: 25 }, (_, at) => `build-${24 - at}`),
  );
  const failed = await listRecent(store, 'builds', { limit: 3, keep: (one) => one.reason === 'build-error' });
  t.match(failed.entries, [
    { id: 'build-20', project: 'project-20', state: 'failed' },
    { id: 'build-15' },
    { id: 'build-10' },
  ]);
  t.match(await listRecent(store, 'prebuilds', { limit: 10 }), { entries: [], next: undefined });
});

t.test('what a line says comes back from its name', async (t) => {
  const store = createFileStore({ folder: t.testdir() });
  const endedAt = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  const build = {
    ...{ id: 'b', endedAt: endedAt(1), state: 'failed', reason: 'build-error', project: 'six' },
    figures: [73, 1],
  };
  const prebuild = {
    ...{ id: 'p', endedAt: endedAt(2), state: 'ready', target: 'python-3.13' },
    figures: [2, 5, 3, 1, 0, 600],
  };
  await writeRecent(store, 'builds', build);
  await writeRecent(store, 'prebuilds', prebuild);
  const [first] = (await listRecent(store, 'builds', { limit: 1 })).entries;
  t.match(first, build);
  t.same(buildFigures(first!), { seconds: 73, healed: true });
  const [other] = (await listRecent(store, 'prebuilds', { limit: 1 })).entries;
  t.match(other, prebuild, 'with a target that has dots');
  t.same(prebuildFigures(other!), { attempt: 2, hit: 5, mirror: 3, build: 1, failed: 0, savedSeconds: 600 });

  await writeRecent(store, 'builds', { ...build, id: 'later', endedAt: endedAt(9) });
  const since = async (second: number) => {
    const ids: string[] = [];
    for await (const { id } of recentSince(store, 'builds', new Date(endedAt(second)))) ids.push(id);
    return ids;
  };
  t.same(await since(1), ['later', 'b'], 'the time itself counts');
  t.same(await since(2), ['later']);
  await removeRecent(store, 'builds', build);
  t.same(await since(0), ['later']);

  const long = { ...build, id: 'c', project: 'x'.repeat(225) };
  await writeRecent(store, 'builds', long);
  t.match((await listRecent(store, 'builds', { limit: 9 })).entries[1], {
    id: 'c',
    project: long.project,
    figures: undefined,
  });
});
