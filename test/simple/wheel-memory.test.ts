import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fastify from 'fastify';
import t, { type Test } from 'tap';
import { createIndexMemory } from '../../src/simple/index-memory.ts';
import { simpleIndex } from '../../src/simple/plugin.ts';
import type { ProjectNews } from '../../src/simple/project-news.ts';
import { createWheelMemory } from '../../src/simple/wheel-memory.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { sha256, someWheel } from '../storage/wheel.ts';

/** News that is complete from the beginning. */
function news(): ProjectNews & { tell(project: string): void } {
  const listeners = new Set<(project: string) => void>();
  return {
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    completeSince: () => 0,
    tell: (project) => {
      for (const listener of listeners) listener(project);
    },
  };
}

/** A real store that notes which keys are read. */
async function setUp(t: Test) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const real = createFileStore({ folder: join(folder, 'bucket') });
  const reads: string[] = [];
  const store: ObjectStore = {
    ...real,
    read: (key) => {
      reads.push(key);
      return real.read(key);
    },
  };
  const wheel = await someWheel(scratch);
  return { store, reads, scratch, wheel };
}

t.test('metadata is read once, and given only while the record is there', async (t) => {
  const { store, reads, wheel } = await setUp(t);
  const told = news();
  const app = fastify();
  t.teardown(() => app.close());
  await app.register(simpleIndex, { view: 'stored', store, memory: createIndexMemory(store, told) });
  const { project, sha256: digest, filename } = wheel.record;
  const key = paths.wheelMetadata(project, digest, filename);
  const get = () => app.inject(`/${key}`);
  t.equal((await get()).statusCode, 404);
  await publishWheel(store, wheel);
  t.ok((await get()).rawPayload.equals(wheel.metadata), 'that it was missing is not remembered');
  for (let round = 0; round < 5; round++) {
    told.tell('demo');
    t.ok((await get()).rawPayload.equals(wheel.metadata));
  }
  t.equal(reads.filter((one) => one === key).length, 1, 'its bytes never change');
  await store.remove(paths.wheelRecord(project, filename));
  told.tell('demo');
  t.equal((await get()).statusCode, 404, 'though the bytes are still there and in memory');
});

t.test('large metadata is streamed and not kept', async (t) => {
  const { store, scratch, reads } = await setUp(t);
  const metadata = Buffer.concat([
    Buffer.from('Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n'),
    Buffer.alloc(300_000, 'x'),
  ]);
  const wheel = { ...(await someWheel(scratch, { metadataSha256: sha256(metadata) })), metadata };
  await publishWheel(store, wheel);
  t.equal(await createWheelMemory(store, news()).metadata(wheel.record), undefined);
  const app = fastify();
  t.teardown(() => app.close());
  await app.register(simpleIndex, { view: 'stored', store });
  const key = paths.wheelMetadata('demo', wheel.record.sha256, wheel.record.filename);
  const answer = await app.inject(`/${key}`);
  t.ok(answer.rawPayload.equals(metadata));
  t.match(answer.headers, { etag: `"${sha256(metadata)}"`, 'content-length': String(metadata.length) });
  t.notOk(reads.includes(key), 'it was never whole in memory');
});
