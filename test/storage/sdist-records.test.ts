import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { listSdistRecords, publishSdist } from '../../src/storage/sdist-records.ts';
import { sha256 } from './wheel.ts';

const FILENAME = 'demo-1.0.tar.gz';

async function sdist(folder: string, bytes: string) {
  const path = join(folder, sha256(bytes));
  await writeFile(path, bytes);
  const about = { schema: 1 as const, project: 'demo', version: '1.0', filename: FILENAME, sha256: sha256(bytes) };
  return { record: { ...about, size: bytes.length, uploadedAt: '2026-01-02T03:04:05.000Z' }, path };
}

t.test('stored once, the same again changes nothing, other bytes are refused', async (t) => {
  const folder = t.testdir();
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const one = await sdist(folder, 'one');
  t.equal(await publishSdist(store, one), 'published');
  t.equal(await publishSdist(store, one), 'already');
  await t.rejects(publishSdist(store, await sdist(folder, 'two')), { code: 'already-exists' });
  t.same(await listSdistRecords(store, 'demo'), [one.record]);
  t.equal(String(await store.read(`sdists/demo/${sha256('one')}/${FILENAME}`)), 'one');
  await store.put(`tombstones/demo/demo-2.0.tar.gz`, '');
  const gone = { ...one, record: { ...one.record, filename: 'demo-2.0.tar.gz' } };
  await t.rejects(publishSdist(store, gone), { code: 'file-deleted' });
});

t.test('cut off between any two writes it is whole or unknown', async (t) => {
  const folder = t.testdir();
  const one = await sdist(folder, 'one');
  for (let writes = 0; writes <= 4; writes += 1) {
    const store = createFileStore({ folder: join(folder, `bucket-${writes}`) });
    let left = writes;
    const dying: ObjectStore = {
      ...store,
      put: async (...args) => {
        if (left-- === 0) throw new Error('killed');
        return store.put(...args);
      },
    };
    await publishSdist(dying, one).catch(() => undefined);
    const listed = await listSdistRecords(store, 'demo');
    t.equal(listed.length, writes >= 3 ? 1 : 0);
    for (const { sha256: hash, filename } of listed) t.ok(await store.head(`sdists/demo/${hash}/${filename}`));
    t.match(await publishSdist(store, one), /published|already/, 'and the next one makes it whole');
  }
});
