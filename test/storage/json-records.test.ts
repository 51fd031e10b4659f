import t from 'tap';
import Type from 'typebox';
import { createFileStore } from '../../src/storage/file-store.ts';
import { readRecord, writeRecord } from '../../src/storage/json-records.ts';

const Schema = Type.Object({ schema: Type.Literal(1), name: Type.String() });

t.test('records are checked on their way in and out', async (t) => {
  const store = createFileStore({ folder: t.testdir() });
  t.equal(await readRecord(store, 'a.json', Schema), undefined);
  await writeRecord(store, 'a.json', Schema, { schema: 1, name: 'x' });
  t.same(await readRecord(store, 'a.json', Schema), { schema: 1, name: 'x' });
  for (const [text, message] of [
    ['{', /a\.json is not JSON/],
    ['{"schema":"1","name":"x"}', /a\.json is not as expected: \/schema/],
    ['{"schema":0,"name":"x"}', /a\.json is not as expected: \/schema/],
    ['null', /a\.json is not as expected/],
    ['{"schema":1}', /a\.json is not as expected/],
  ] as const) {
    await store.put('a.json', text);
    await t.rejects(readRecord(store, 'a.json', Schema), { code: 'store-corrupt', message }, text);
  }
  await store.put('a.json', '{"schema":2,"called":"x"}');
  await t.rejects(readRecord(store, 'a.json', Schema), {
    code: 'store-newer',
    message: /a\.json is of a newer version of Wheelmill \(schema 2; this one knows 1\)/,
  });
  await store.put('a.json', '{"schema":1,"name":"x","later":[1]}');
  const kept = await readRecord(store, 'a.json', Schema);
  await writeRecord(store, 'a.json', Schema, { ...kept!, name: 'y' });
  t.same(
    await readRecord(store, 'a.json', Schema),
    { schema: 1, name: 'y', later: [1] },
    'what is not known is handed on',
  );
  await t.rejects(writeRecord(store, 'b.json', Schema, { schema: 1 } as never), { code: 'store-corrupt' });
  t.equal(await store.head('b.json'), undefined, 'nothing wrong is ever stored');
});
