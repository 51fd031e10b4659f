import pLimit from 'p-limit';
import type { ItemStatus, PrebuildRecord, PrebuildRequest } from '../core/records/prebuild.ts';
import type { Proof, ProofOutcome } from '../core/records/proof.ts';
import { isOpen } from '../core/wheel-proof.ts';
import { FAILURES } from '../errors.ts';
import type { ObjectStore } from './object-store.ts';
import { readProof } from './proof-records.ts';
import { readTarget } from './target-records.ts';
import { readWheelRecord } from './wheel-records.ts';

/** Small reads under way at once. */
const READS_AT_ONCE = 16;

const UNWANTED: ProofOutcome = { state: 'skipped', message: 'The list was sent with proof=false.' };
const ON_THIS_MACHINE: ProofOutcome = {
  state: 'skipped',
  message: 'Wheels for the machine that built them are not proven.',
};

/** What the proof means for an attempt whose items have all ended: it is still to be made, or the items as they are with it. */
export type Proving = 'due' | Pick<PrebuildRecord, 'items' | 'proof' | 'phases'>;

export async function provingOf(
  store: ObjectStore,
  { id, attempt, options, target: name }: Pick<PrebuildRequest, 'id' | 'attempt' | 'options' | 'target'>,
  items: readonly ItemStatus[],
): Promise<Proving> {
  const made = await readProof(store, id, attempt);
  if (made) return proven(items, made);
  const stored = items.filter((item) => item.state === 'stored');
  const isBuilt = stored.some((item) => item.kind === 'build');
  if (options.proof === false) return { items: [...items], ...(isBuilt && { proof: UNWANTED }) };
  if (!isBuilt && !(await someAreOpen(store, stored))) return { items: [...items] };
  const target = await readTarget(store, name);
  if (target?.builder !== 'process') return 'due';
  return { items: [...items], ...(isBuilt && { proof: ON_THIS_MACHINE }) };
}

/** Whether of the wheel of one of these items it is not known if it loads, or what it needs: nobody has proven or looked at it yet. */
async function someAreOpen(
  store: ObjectStore,
  items: readonly Pick<ItemStatus, 'project' | 'wheel'>[],
): Promise<boolean> {
  const limit = pLimit(READS_AT_ONCE);
  const open = await Promise.all(
    items.map(({ project, wheel }) =>
      limit(async () => {
        const record = wheel && (await readWheelRecord(store, project, wheel.filename));
        return record?.sha256 === wheel?.sha256 && record !== undefined && isOpen(record);
      }),
    ),
  );
  return open.includes(true);
}

function proven(items: readonly ItemStatus[], made: Proof): Exclude<Proving, 'due'> {
  const { schema, of, looked, provenAt, ...proof } = made;
  const failures = new Map((proof.failures ?? []).toReversed().map((one) => [one.filename, one.message]));
  return {
    items: items.map((item): ItemStatus => {
      const message = item.state === 'stored' ? failures.get(item.wheel?.filename ?? '') : undefined;
      if (message === undefined) return item;
      return { ...item, state: 'failed', reason: 'proof-failed', message, hint: FAILURES['proof-failed'].hint };
    }),
    proof,
    ...(proof.seconds !== undefined && { phases: { proving: Math.round(proof.seconds * 1000) } }),
  };
}
