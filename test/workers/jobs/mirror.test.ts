import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { Plan } from '../../../src/core/records/prebuild.ts';
import { sha256Hex } from '../../../src/core/sha256.ts';
import { createFileStore } from '../../../src/storage/file-store.ts';
import { readMirrorFailures } from '../../../src/storage/prebuild-records.ts';
import { readWheelRecord } from '../../../src/storage/wheel-records.ts';
import { createUpstream } from '../../../src/upstream/client.ts';
import { parseIndexUrl } from '../../../src/upstream/upstream-index.ts';
import type { Worker } from '../../../src/workers/context.ts';
import { mirrorItems } from '../../../src/workers/jobs/mirror.ts';
import { openQueue } from '../../../src/workers/queue/open-queue.ts';
import type { WorkContext } from '../../../src/workers/queue/queue.ts';
import { FILENAME, METADATA, makeWheel } from '../../check/zip-maker.ts';
import { createIndexServer, page, send } from '../../upstream/index-server.ts';

const ID = sha256Hex('list').slice(0, 32);
const PROJECT = 'demo-pkg';

t.test("upstream's wheels as upstream has them, odd ones too", async (t) => {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const index = await createIndexServer(t);
  const upstream = createUpstream({ indexes: [parseIndexUrl(index.indexUrl)!], store, retryDelays: [] });
  const queue = await openQueue({ dataFolder: folder });
  t.teardown(async () => {
    await queue.close();
    await upstream.close();
  });
  const bytes = makeWheel({ metadata: METADATA.replace('Name:', 'Summary: one\nSummary: two\nName:') });
  const later = FILENAME.replace('1.0', '1.1');
  const listing = (filename: string, more: object) => ({
    ...{ filename, url: `${index.origin}/${filename}`, hashes: { sha256: sha256Hex(bytes) }, ...more },
  });
  const files = [
    listing(FILENAME, { 'requires-python': '>=3.9', 'upload-time': 'yesterday' }),
    listing(later, { 'upload-time': '2026-02-03T04:05:06.789Z' }),
  ];
  index.routes.set(`/simple/${PROJECT}/`, page(files));
  for (const { filename } of files) index.routes.set(`/${filename}`, send(bytes));
  const items = files.map(({ filename }) => ({
    ...{ kind: 'mirror' as const, project: PROJECT, version: filename.split('-')[1]!, lines: [] },
    wheel: { filename, sha256: sha256Hex(bytes) },
  }));
  const worker = { store, upstream, queue, scratch } as unknown as Worker;
  const { signal } = new AbortController();
  const context = { signal, willRetry: false, notify: async () => {} } as unknown as WorkContext;
  await mirrorItems(worker, { id: ID, attempt: 1, items } as unknown as Plan, context);

  t.match(await readWheelRecord(store, PROJECT, FILENAME), { requiresPython: '>=3.9', origin: 'mirrored' });
  t.equal(await readWheelRecord(store, PROJECT, later), undefined);
  t.match(
    await readMirrorFailures(store, ID, 1),
    { [later]: { reason: 'bad-wheel', message: /METADATA/ } },
    'what only its METADATA could say, and does not, fails alone',
  );
});
