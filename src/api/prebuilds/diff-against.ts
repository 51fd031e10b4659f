import Type, { type Static } from 'typebox';
import { type DiffItem, diffItems, PrebuildDiffSchema } from '../../core/prebuild-diff.ts';
import type { ItemStatus } from '../../core/records/prebuild.ts';
import { readPrebuildStatus } from '../../storage/prebuild-status.ts';
import type { Api } from '../context.ts';
import { attemptOf, knownId, unknownPrebuild } from './known-id.ts';

const Text = Type.String();
/** Which prebuild it is. */
export const SideSchema = Type.Object({ id: Text, attempt: Type.Integer(), target: Text, state: Text });
export type Side = Static<typeof SideSchema> & { items: DiffItem[] };

/** A diff against an earlier prebuild, in the answer to a dry run. */
export const DiffAgainstSchema = Type.Object({
  against: SideSchema,
  /** Where their targets differ: then so may all wheels, without any change of the list. */
  note: Type.Optional(Text),
  ...PrebuildDiffSchema.properties,
});
export type DiffAgainst = Static<typeof DiffAgainstSchema>;

/** A prebuild as it is compared. Throws WheelmillError `not-found`. */
export async function sideOf(api: Api, text: string, asked: number | undefined): Promise<Side> {
  const id = knownId(text);
  const status = await readPrebuildStatus(api.store, id, await attemptOf(api, id, asked));
  if (!status) throw unknownPrebuild(id);
  const { attempt, target, state } = status;
  const items = status.items.map((one) => diffItem({ ...one, kind: one.state === 'failed' ? 'failed' : one.kind }));
  return { id, attempt, target, state, items };
}

export function shown({ items: _, ...side }: Side): Static<typeof SideSchema> {
  return side;
}

/** What became of `before` in `after`. */
export function compared(before: Side, after: Pick<Side, 'target' | 'items'>): DiffAgainst {
  const others = `They are for different targets (${before.target}, then ${after.target}): wheels may differ for that alone.`;
  return {
    against: shown(before),
    ...(before.target !== after.target && { note: others }),
    ...diffItems(before.items, after.items),
  };
}

type Item = Pick<ItemStatus, 'project' | 'kind' | 'wheel'> & { version?: string | undefined };

/** An item as it is compared. */
export function diffItem({ project, version, kind, wheel }: Item): DiffItem {
  return {
    ...{ project, kind },
    ...(version !== undefined && { version }),
    ...(wheel && { wheel: wheel.filename, sha256: wheel.sha256 }),
  };
}
