import t from 'tap';
import { BUCKET_FORMAT, claimFormat } from '../../src/storage/bucket-format.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { runWheelmill } from '../services/command.ts';

t.test('the newest version that was there decides who may start', async (t) => {
  const folder = t.testdir();
  const store = createFileStore({ folder: `${folder}/bucket` });
  await claimFormat(store);
  await claimFormat(store);
  t.same(JSON.parse(String(await store.read('format.json'))), { schema: 1, format: BUCKET_FORMAT });
  await claimFormat(store, BUCKET_FORMAT + 1);
  const refused = { code: 'store-newer', message: /has format 2, of a newer version of Wheelmill; this one knows 1\./ };
  await t.rejects(claimFormat(store), refused);
  await store.put('format.json', '{"schema":7,"whatever":true}');
  await t.rejects(claimFormat(store), { code: 'store-newer', message: /format\.json/ });
  t.equal(String(await store.read('format.json')), '{"schema":7,"whatever":true}', 'it stays what it was');
  // As somebody would who goes back a version.
  const ran = await runWheelmill(['serve'], {
    WHEELMILL_DATA_DIR: folder,
    WHEELMILL_PORT: '0',
    DOCKER_HOST: 'unix:///none',
  });
  t.match(ran, { code: 2, err: /format\.json is of a newer version of Wheelmill \(schema 7/ });
});
