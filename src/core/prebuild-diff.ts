import Type, { type Static } from 'typebox';

const Text = Type.String();

/** What is compared of one project of a prebuild; what one side does not know yet is not compared. */
const SideSchema = Type.Object({
  version: Type.Optional(Text),
  kind: Type.Union([Type.Literal('hit'), Type.Literal('mirror'), Type.Literal('build'), Type.Literal('failed')]),
  wheel: Type.Optional(Text),
  sha256: Type.Optional(Text),
});
const ItemSchema = Type.Object({ project: Text, ...SideSchema.properties });
export type DiffItem = Static<typeof ItemSchema>;

export const CHANGES = ['version', 'kind', 'wheel', 'hash'] as const;
const ChangeSchema = Type.Unsafe<(typeof CHANGES)[number]>(Type.String({ enum: [...CHANGES] }));

/** What became of the items of an earlier prebuild in a later one, each list by project. */
export const PrebuildDiffSchema = Type.Object({
  added: Type.Array(ItemSchema),
  removed: Type.Array(ItemSchema),
  changed: Type.Array(
    Type.Object({
      project: Text,
      what: Type.Array(ChangeSchema),
      from: SideSchema,
      to: SideSchema,
    }),
  ),
  unchanged: Type.Integer(),
});
export type PrebuildDiff = Static<typeof PrebuildDiffSchema>;

/** Compares two prebuilds of any lists and targets, project by project. */
export function diffItems(before: readonly DiffItem[], after: readonly DiffItem[]): PrebuildDiff {
  const old = new Map(before.map((one) => [one.project, one]));
  const now = new Map(after.map((one) => [one.project, one]));
  const byProject = (items: Iterable<DiffItem>) => [...items].sort((a, b) => (a.project < b.project ? -1 : 1));
  const both = byProject(now.values()).flatMap((to) => {
    const from = old.get(to.project);
    return from ? [{ from, to, what: changes(from, to) }] : [];
  });
  return {
    added: byProject(now.values()).filter((one) => !old.has(one.project)),
    removed: byProject(old.values()).filter((one) => !now.has(one.project)),
    changed: both
      .filter(({ what }) => what.length > 0)
      .map(({ from, to, what }) => ({ project: to.project, what, from: sideOf(from), to: sideOf(to) })),
    unchanged: both.filter(({ what }) => what.length === 0).length,
  };
}

function sideOf({ project: _, ...side }: DiffItem): Static<typeof SideSchema> {
  return side;
}

function changes(from: DiffItem, to: DiffItem): (typeof CHANGES)[number][] {
  const differ = (one: unknown, other: unknown) => one !== undefined && other !== undefined && one !== other;
  // What was built or mirrored then is already there now: that alone is no change.
  const isThere = (from.kind === 'hit' || to.kind === 'hit') && from.kind !== 'failed' && to.kind !== 'failed';
  const found = {
    version: from.version !== to.version,
    kind: from.kind !== to.kind && !isThere,
    wheel: differ(from.wheel, to.wheel),
    hash: differ(from.sha256, to.sha256),
  };
  return CHANGES.filter((one) => found[one]);
}
