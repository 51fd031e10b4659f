import t from 'tap';
import type { BuildRequest } from '../../src/core/records/build.ts';
import { openBuild } from '../../src/storage/build-records.ts';
import { TARGET } from '../core/planning-data.ts';
import { api } from './harness.ts';

t.test('the builds of a project, in whatever spelling', async (t) => {
  const { app, store } = await api(t);
  const key = 'a'.repeat(64);
  const request: BuildRequest = {
    ...{ schema: 1, key, project: 'zzreview-slow', version: '1.0', target: TARGET.name, image: 'image', recipe: {} },
    sdist: { filename: 'zzreview_slow-1.0.tar.gz', sha256: key },
    ...{ visibility: 'public', run: 1, requestedAt: '2026-11-26T00:00:00Z' },
  };
  await openBuild(store, request, '0'.repeat(32));
  const rows: [project: string, keys: string[]][] = [
    ['zzreview-slow', [key]],
    ['ZZreview_Slow', [key]],
    ['zzreview.-slow', [key]],
    ['zzreview', []],
    ['!!', []],
  ];
  for (const [project, keys] of rows) {
    const answer = await app.inject(`/api/v1/builds?${new URLSearchParams({ project })}`);
    t.same(
      answer.json().items.map((one: { key: string }) => one.key),
      keys,
      project,
    );
  }
});
