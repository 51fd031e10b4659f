import Type, { type Static } from 'typebox';
import { type BuildRequest, BuildRequestSchema } from '../../core/records/build.ts';
import { PlanSchema, type PrebuildRequest, PrebuildRequestSchema } from '../../core/records/prebuild.ts';
import { type Turn, TurnSchema } from '../../core/records/turn.ts';
import { turnNumber } from '../../core/turn.ts';
import type { Lane, Work } from './queue.ts';

/** The jobs there are: their lanes, ids and messages. A message is checked against its schema when it is picked up. */

/** Whose turn it is, for those who come after. */
const turn = Type.Optional(TurnSchema);

export const PrebuildMessage = Type.Object({ id: Type.String(), attempt: Type.Integer({ minimum: 1 }), turn });

/**
 * Takes an attempt from its request to the point where only its builds are awaited. A build that ends while it runs brings
 * it back once more.
 */
export function prebuildWork({ id, attempt, target, turn }: Asked<'id' | 'attempt' | 'target' | 'turn'>): Work {
  return { lane: prebuildLane(target), id: `${id}-${attempt}`, ...inLine({ id, attempt }, turn), mode: 'latest' };
}
type Asked<K extends keyof PrebuildRequest> = Pick<PrebuildRequest, K>;

export function prebuildLane(target: string): Lane {
  return `prebuilds.${target}`;
}

export const BuildMessage = Type.Object({ key: Type.String(), turn });

/** Makes one sdist into one stored wheel. */
export function buildWork({ key, target, turn }: Pick<BuildRequest, 'key' | 'target' | 'turn'>): Work {
  return { lane: buildLane(target), id: key, ...inLine({ key }, turn) };
}

export function buildLane(target: string): Lane {
  return `builds.${target}`;
}

/** Requests of before turns were kept come first. */
function inLine(data: Record<string, unknown>, turn: Turn | undefined): Pick<Work, 'data' | 'priority'> {
  return turn ? { data: { ...data, turn }, priority: turnNumber(turn) } : { data };
}

export const VerifyMessage = Type.Object({ verify: Type.String() });

/** Everything that somebody waits for comes first. */
const LAST = 2_097_151;

/** Builds a stored wheel again and compares; in the lane of the builds, since it takes the place of one. */
export function verifyWork(target: string, key: string): Work {
  return { lane: `builds.${target}`, id: `verify-${key}`, data: { verify: key }, priority: LAST };
}

export const ProofMessage = Type.Object({ id: Type.String(), attempt: Type.Integer({ minimum: 1 }), turn });

/** Proves what an attempt has built. */
export function proofWork({ id, attempt, target, turn }: Asked<'id' | 'attempt' | 'target' | 'turn'>): Work {
  return { lane: proofLane(target), id: `${id}-${attempt}`, ...inLine({ id, attempt }, turn) };
}

export const LoneProofMessage = Type.Object({ key: Type.String() });

/** Proves the wheel of a build that no list waited for. */
export function loneProofWork(target: string, key: string): Work {
  return { lane: proofLane(target), id: key, data: { key }, priority: LAST };
}

export function proofLane(target: string): Lane {
  return `proofs.${target}`;
}

export const SettleMessage = Type.Object({ id: Type.String() });

/** Looks whether a prebuild has ended, and writes its record if so. */
export function settleWork(id: string): Work {
  return { lane: 'settles', id, data: { id }, mode: 'latest' };
}

export const PageMessage = Type.Object({ project: Type.String() });

/** Renders a project's index page after a wheel of it was stored or removed. */
export function pageWork(project: string): Work {
  return { lane: 'pages', id: project, data: { project }, mode: 'latest' };
}

/** Goes through all projects; what is wanted is under `open/reindex`. */
export function reindexWork(): Work {
  return { lane: 'reindexes', id: 'reindex', data: {} };
}

/** Plans a list without writing anything, and answers with a DryRunAnswer; asked, never added. */
export const DryRunMessage = Type.Object({
  target: Type.String(),
  ...Type.Pick(PrebuildRequestSchema, ['options', 'requirements', 'constraints']).properties,
  /** Plan with what upstream says now. */
  fresh: Type.Boolean(),
  rebuild: Type.Boolean(),
});
export type DryRunMessage = Static<typeof DryRunMessage>;

/** The parts of a plan, or why there is none. */
export const DryRunAnswer = Type.Object({
  ...Type.Pick(PlanSchema, ['items', 'skipped', 'failure']).properties,
  /** The metadata of some items is published nowhere: what they need is known when their wheels are there. */
  wheelsFirst: Type.Boolean(),
});
export type DryRunAnswer = Static<typeof DryRunAnswer>;

export function dryRunLane(target: string): Lane {
  return `dryruns.${target}`;
}

/** Has an sdist say what its wheel will say of itself, before there is one; asked, never added. */
export const MetadataMessage = Type.Pick(BuildRequestSchema, [
  'key',
  'project',
  'version',
  'target',
  'image',
  'sdist',
  'recipe',
]);
export type MetadataMessage = Static<typeof MetadataMessage>;

/** What came of it is in the bucket; `unknown` where only a build can tell. */
export const MetadataAnswer = Type.Object({ outcome: Type.Union([Type.Literal('stored'), Type.Literal('unknown')]) });
export type MetadataAnswer = Static<typeof MetadataAnswer>;

export function metadataLane(target: string): Lane {
  return `metadata.${target}`;
}

/** The lanes that each target has of its own, by the kind of their work. */
export const TARGET_LANES = {
  prebuilds: prebuildLane,
  builds: buildLane,
  proofs: proofLane,
  dryruns: dryRunLane,
  metadata: metadataLane,
} as const;

/** Everything that is served for one target by the workers that have its images. */
export function lanesOf(target: string): Lane[] {
  return Object.values(TARGET_LANES).map((lane) => lane(target));
}
