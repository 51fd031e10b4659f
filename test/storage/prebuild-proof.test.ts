import t, { type Test } from 'tap';
import type { ItemStatus, PrebuildRequest } from '../../src/core/records/prebuild.ts';
import type { Proof, ProofOutcome } from '../../src/core/records/proof.ts';
import type { WheelRecord } from '../../src/core/records/wheel.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { withNeeds } from '../../src/storage/prebuild-needs.ts';
import { provingOf } from '../../src/storage/prebuild-proof.ts';
import { writeProof } from '../../src/storage/proof-records.ts';
import { writeTarget } from '../../src/storage/target-records.ts';
import { writeWheelRecord } from '../../src/storage/wheel-records.ts';
import { built, TARGET } from '../core/planning-data.ts';

const ID = '0'.repeat(32);
const CONTENTS = { libraries: ['libc.so.6'], packages: {} };
const asked = (options: Partial<PrebuildRequest['options']> = {}, target = TARGET.name) => ({
  id: ID,
  attempt: 1,
  target,
  options: { deps: true, ...options },
});

/** A stored wheel of a project, and the item of a prebuild that has it. */
async function setUp(t: Test) {
  const store = createFileStore({ folder: t.testdir() });
  t.teardown(() => store.close());
  await writeTarget(store, { ...TARGET, runtimeHas: CONTENTS });
  await writeTarget(store, { ...TARGET, name: 'local', builder: 'process' });
  const item = async (
    name: string,
    kind: ItemStatus['kind'],
    more: Partial<WheelRecord> = {},
    isLookedAt = true,
  ): Promise<ItemStatus> => {
    const wheel = built(`${name}-1.0-py3-none-any.whl`, `${name}-1.0.tar.gz`, more);
    const record = isLookedAt ? { libraries: [], ...wheel } : wheel;
    await writeWheelRecord(store, record);
    const { project, version, filename, sha256 } = record;
    return { project, version, lines: [], kind, state: 'stored', wheel: { filename, sha256 } };
  };
  return { store, item };
}

const PROOF: Proof = { schema: 1, state: 'proven', of: [], seconds: 1.5, provenAt: '2026-01-01T00:00:00.000Z' };

t.test('when a proof is due', async (t) => {
  const { store, item } = await setUp(t);
  const all = {
    made: await item('made', 'build', { proof: { state: 'waiting' } }),
    known: await item('known', 'hit', { proof: { state: 'proven' } }),
    waits: await item('waits', 'hit', { proof: { state: 'waiting' } }),
    copied: await item('copied', 'mirror', { origin: 'mirrored' }),
    unlooked: await item('unlooked', 'mirror', { origin: 'mirrored' }, false),
    lost: { ...(await item('lost', 'build')), state: 'failed' as const },
  };
  const rows: [name: string, items: ItemStatus[], request: ReturnType<typeof asked>, expected: object | 'due'][] = [
    ['something was built', [all.made, all.known], asked(), 'due'],
    ['something waits that another list has built', [all.waits], asked(), 'due'],
    ['something was never looked at', [all.known, all.unlooked], asked(), 'due'],
    ['all is known', [all.known, all.copied], asked(), { proof: undefined }],
    ['nothing is there', [all.lost], asked(), { proof: undefined }],
    ['nobody wants it', [all.made], asked({ proof: false }), { proof: { state: 'skipped', message: /proof=false/ } }],
    ['nobody wants to know of what others built', [all.waits], asked({ proof: false }), { proof: undefined }],
    ['it is for this machine', [all.made], asked({}, 'local'), { proof: { state: 'skipped', message: /machine/ } }],
  ];
  for (const [name, items, request, expected] of rows) {
    const proving = await provingOf(store, request, items);
    if (expected === 'due') t.equal(proving, 'due', name);
    else t.match(proving, { ...expected, items }, name);
  }
});

t.test('what a proof makes of the items', async (t) => {
  const { store, item } = await setUp(t);
  const [good, bad] = [await item('good', 'build'), await item('bad', 'build')];
  const failures = [
    { project: 'bad', filename: bad.wheel!.filename, message: 'first' },
    { project: 'bad', filename: bad.wheel!.filename, message: 'second' },
  ];
  await writeProof(store, ID, 1, { ...PROOF, state: 'failed', failures });
  t.match(await provingOf(store, asked(), [good, bad]), {
    items: [good, { ...bad, state: 'failed', reason: 'proof-failed', message: 'first' }],
    proof: { state: 'failed', failures },
    phases: { proving: 1500 },
  });
});

t.test('what is ready for the runtime image as it is', async (t) => {
  const { store, item } = await setUp(t);
  const proof = { state: 'proven' as const };
  const proven = await item('proven', 'build', { proof });
  const rows: [name: string, item: ItemStatus, proof: ProofOutcome | undefined, expected: boolean][] = [
    ['proven, and needs nothing', proven, undefined, true],
    ['a copy that was looked at', await item('copied', 'mirror', { origin: 'mirrored' }), proof, true],
    ['built before there were proofs', await item('old', 'hit'), undefined, false],
    ['not proven', await item('skipped', 'hit', { proof: { state: 'skipped' } }), undefined, false],
    ['needs a library', await item('needs', 'build', { proof, libraries: [{ soname: 'libx.so.1' }] }), proof, false],
    ['not looked at', await item('dark', 'mirror', { origin: 'mirrored' }, false), proof, false],
    ['not there', { ...proven, state: 'failed' }, proof, false],
    ['requirements are not met', proven, { ...proof, conflicts: ['a needs b'] }, false],
    [
      'a module that does not import anywhere',
      proven,
      { ...proof, notImported: [{ project: 'a', module: 'a', message: 'x' }] },
      true,
    ],
    [
      'one that does not import for another wheel',
      proven,
      { ...proof, notImported: [{ project: 'a', module: 'a', message: 'x', because: 'b.whl' }] },
      false,
    ],
  ];
  for (const [name, one, outcome, expected] of rows) {
    const about = { target: TARGET.name, items: [one], ...(outcome && { proof: outcome }) };
    t.equal((await withNeeds(store, about)).slimReady, expected, name);
  }
  const local = await withNeeds(store, { target: 'local', items: [proven] });
  t.equal(local.slimReady, undefined, 'a machine is no image');
});
