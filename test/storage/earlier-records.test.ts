import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import t from 'tap';
import type { TSchema } from 'typebox';
import { BucketFormatSchema } from '../../src/core/records/bucket-format.ts';
import { BuildRecordSchema } from '../../src/core/records/build.ts';
import { BuildProgressSchema } from '../../src/core/records/build-state.ts';
import { ClaimSchema } from '../../src/core/records/claim.ts';
import { PlanSchema, PrebuildRecordSchema, PrebuildRequestSchema } from '../../src/core/records/prebuild.ts';
import { ProjectRecipesSchema } from '../../src/core/records/project-recipes.ts';
import { ProofSchema } from '../../src/core/records/proof.ts';
import { ReindexSchema } from '../../src/core/records/reindex.ts';
import { TargetSchema } from '../../src/core/records/target.ts';
import { TombstoneSchema } from '../../src/core/records/tombstone.ts';
import { VerificationSchema } from '../../src/core/records/verification.ts';
import { WheelRecordSchema } from '../../src/core/records/wheel.ts';
import { WorkerRecordSchema } from '../../src/core/records/worker.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { readRecord } from '../../src/storage/json-records.ts';

/** What the first version has left in a bucket, shortened. Never change these files: they are what is out there. */
const FIXTURES = new URL('fixtures/format-1', import.meta.url).pathname;

const KINDS: [key: RegExp, schema: TSchema][] = [
  [/^format\.json$/, BucketFormatSchema],
  [/^reindex\.json$/, ReindexSchema],
  [/^builds\/\w+\/record\.json$/, BuildRecordSchema],
  [/^builds\/\w+\/state\.json$/, BuildProgressSchema],
  [/^builds\/\w+\/verification\.json$/, VerificationSchema],
  [/^prebuilds\/\w+\/\d+\/request\.json$/, PrebuildRequestSchema],
  [/^prebuilds\/\w+\/\d+\/(?:plan|first)\.json$/, PlanSchema],
  [/^prebuilds\/\w+\/\d+\/proof\.json$/, ProofSchema],
  [/^prebuilds\/\w+\/\d+\/record\.json$/, PrebuildRecordSchema],
  [/^claims\//, ClaimSchema],
  [/^recipes\//, ProjectRecipesSchema],
  [/^targets\//, TargetSchema],
  [/^tombstones\//, TombstoneSchema],
  [/^wheels\/[^/]+\/[^/]+\.json$/, WheelRecordSchema],
  [/^workers\//, WorkerRecordSchema],
];

t.test('records of the first version are read, and what a later one adds to them is kept', async (t) => {
  const entries = await readdir(FIXTURES, { recursive: true, withFileTypes: true });
  const keys = entries.filter((one) => one.isFile()).map((one) => relative(FIXTURES, join(one.parentPath, one.name)));
  const store = createFileStore({ folder: t.testdir() });
  const seen = new Set<TSchema>();
  for (const key of keys) {
    const schema = KINDS.find(([pattern]) => pattern.test(key))![1];
    seen.add(schema);
    const record = JSON.parse(await readFile(join(FIXTURES, key), 'utf8'));
    for (const one of [record, { ...record, later: { version: 2 } }]) {
      await store.put(key, JSON.stringify(one));
      t.same(await readRecord(store, key, schema), one, key);
    }
    await store.put(key, JSON.stringify({ ...record, schema: record.schema + 1 }));
    await t.rejects(readRecord(store, key, schema), { code: 'store-newer' }, key);
  }
  t.equal(seen.size, new Set(KINDS.map(([, schema]) => schema)).size, 'there is one of each kind');
});
