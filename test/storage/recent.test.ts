import t from 'tap';
import { createFileStore } from '../../src/storage/file-store.ts';
import { listRecent, writeRecent } from '../../src/storage/recent.ts';

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
