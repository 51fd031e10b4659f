import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { WheelRecord } from '../../src/core/records/wheel.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { publishWheel, readWheelRecord } from '../../src/storage/wheel-records.ts';
import { isYankedUpstream, unyank, yankByHand } from '../../src/storage/yanks.ts';
import { someWheel } from './wheel.ts';

async function setUp(t: Test, more: Partial<WheelRecord>) {
  const folder = t.testdir({ scratch: {} });
  const scratch = join(folder, 'scratch');
  await mkdir(scratch, { recursive: true });
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const { record, ...wheel } = await someWheel(scratch, more);
  await publishWheel(store, { record, ...wheel });
  const now = async () => (await readWheelRecord(store, 'demo', record.filename))!;
  return {
    now,
    yank: async (reason?: string) => yankByHand(store, await now(), reason),
    unyank: async () => unyank(store, await now()),
  };
}

t.test('a wheel of ours', async (t) => {
  const { now, yank, unyank } = await setUp(t, {});
  const before = await now();
  t.equal(await unyank(), false, 'it was not yanked');
  t.equal(await yank('broken'), true);
  t.match(await now(), { yanked: 'broken', yankedHere: {} });
  t.equal(await yank('broken'), false);
  t.equal(await yank(), true);
  t.match(await now(), { yanked: true });
  t.equal(await unyank(), true);
  t.same(await now(), before);
});

t.test('one that a rebuild has superseded is used again when somebody says so', async (t) => {
  const { now, unyank } = await setUp(t, { yanked: 'superseded by a rebuild' });
  t.equal(await unyank(), true);
  t.equal((await now()).yanked, undefined);
});

t.test("a copy of upstream's file", async (t) => {
  const { now, yank, unyank } = await setUp(t, { origin: 'mirrored', yanked: 'theirs' });
  t.ok(isYankedUpstream(await now()));
  t.equal(await unyank(), false);
  t.equal((await now()).yanked, 'theirs');
  await yank('ours');
  await yank('ours, for another reason');
  t.match(await now(), { yanked: 'ours, for another reason', yankedHere: { before: 'theirs' } });
  t.equal(await unyank(), true);
  t.match(await now(), { yanked: 'theirs', yankedHere: undefined });
});
