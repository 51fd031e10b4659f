import pLimit from 'p-limit';
import { type Choice, choose } from '../core/choose.ts';
import { firstOpenRequirement, type Pinned } from '../core/closed.ts';
import type { CoreMetadata } from '../core/core-metadata.ts';
import type { PrebuildOptions } from '../core/records/prebuild.ts';
import type { Target } from '../core/records/target.ts';
import { type ListDemands, type Skipped, type Wanted, wantedOn } from '../core/wanted.ts';
import type { UpstreamFile } from '../upstream/upstream.ts';
import { type Resolve, resolveDemands } from './resolution.ts';
import { type GatherOptions, gather, type Offer, type Sources, storedMetadata } from './supply.ts';

export type Planned = { wanted: Wanted; choice: Choice<UpstreamFile> | UpstreamAway };
export type UpstreamAway = { kind: 'failed'; version: undefined; reason: 'upstream-unavailable'; message: string };

export type Outcome = {
  planned: Planned[];
  skipped: Skipped[];
  /** True where versions follow from the list alone. */
  pinned: boolean;
  /**
   * True for a pinned list of which some wheels must be had before it is known whether it needs anything else: their
   * metadata is published nowhere. Building them first costs nothing, resolving first would build them twice.
   */
  wheelsFirst: boolean;
};

export type PlanOptions = GatherOptions & {
  /**
   * Wheels (by build key, or file name upstream) that were tried first: where one is still missing, nobody will know its
   * metadata, and the list is taken as it is.
   */
  triedFirst?: ReadonlySet<string>;
};

/** Requests to upstream at once; more gain nothing over one HTTP/1.1 pool and trip rate limits. */
const AT_ONCE = 16;

/**
 * Decides for every item of a list whether it is a hit, a mirror or a build (docs/architecture.md, "Planning").
 *
 * Lists that are pinned and closed need no container. Others are handed to `resolve`; without one, the result is
 * undefined. `resolve` is not called where a line already cannot be had: the failures are the outcome.
 *
 * @throws NotCached with `cachedOnly` where upstream would have to be asked; BuildFailure from `resolve`.
 */
export async function planList(
  sources: Sources,
  list: ListDemands & { options: PrebuildOptions },
  target: Target,
  resolve: Resolve | undefined,
  options: PlanOptions = {},
): Promise<Outcome | undefined> {
  const demands = wantedOn(list, target.environment);
  const { wanted, skipped } = demands;
  const offers = new Offers(sources, options);
  const planned = await offers.plan(wanted, target);
  const pinned = wanted.every((one) => one.pin !== undefined);
  const failed = planned.filter((one) => one.choice.kind === 'failed');
  const outcome = { planned, skipped, pinned, wheelsFirst: false };
  if (!list.options.deps || planned.every((one) => one.wanted.hashes !== undefined)) return outcome;
  const closure = pinned && failed.length === 0 ? await closureOf(sources, planned, offers, target, options) : 'open';
  if (closure === 'closed') return outcome;
  if (closure === 'unknown') return { ...outcome, wheelsFirst: true };
  if (failed.length > 0) return { ...outcome, planned: failed };
  if (!resolve) return undefined;

  const resolved = await resolveDemands(demands, list.options, resolve, (name) => offers.of(name), target);
  return { ...outcome, planned: await offers.plan(resolved, target), pinned: false };
}

/** What each project offers, asked once a plan. */
class Offers {
  readonly #known = new Map<string, Promise<Offer>>();
  readonly #limit = pLimit(AT_ONCE);
  readonly #sources: Sources;
  readonly #options: GatherOptions;

  constructor(sources: Sources, options: GatherOptions) {
    this.#sources = sources;
    this.#options = options;
  }

  of(name: Wanted['name']): Promise<Offer> {
    const known = this.#known.get(name) ?? this.#limit(() => gather(this.#sources, name, this.#options));
    this.#known.set(name, known);
    return known;
  }

  plan(wanted: readonly Wanted[], target: Target): Promise<Planned[]> {
    return Promise.all(
      wanted.map(async (one) => ({ wanted: one, choice: chosen(one, await this.of(one.name), target) })),
    );
  }
}

function chosen(wanted: Wanted, offer: Offer, target: Target): Planned['choice'] {
  const choice = choose(wanted, offer, target);
  if (choice.kind !== 'failed' || !offer.upstreamFailure) return choice;
  return { kind: 'failed', version: undefined, reason: 'upstream-unavailable', message: offer.upstreamFailure.message };
}

/**
 * Whether a pinned list needs nothing beyond itself, as published metadata tells; `unknown` where builds have to be made
 * to see their metadata.
 */
async function closureOf(
  sources: Sources,
  planned: Planned[],
  offers: Offers,
  target: Target,
  options: PlanOptions,
): Promise<'closed' | 'open' | 'unknown'> {
  const pinned: Pinned[] = [];
  let closure: 'closed' | 'unknown' = 'closed';
  for (const { wanted, choice } of planned) {
    if (choice.kind === 'failed') return 'open';
    const metadata = await metadataOf(sources, choice, await offers.of(wanted.name), options);
    if (metadata) pinned.push({ name: wanted.name, version: choice.version, extras: wanted.extras, metadata });
    else if (choice.kind === 'hit') return 'open';
    else if (options.triedFirst?.has(choice.kind === 'build' ? choice.key : choice.file.filename)) return 'closed';
    else closure = 'unknown';
  }
  if (closure === 'unknown') return closure;
  return firstOpenRequirement(pinned, target.environment) === undefined ? 'closed' : 'open';
}

/** Metadata that is published: of the wheel itself, else of any wheel of the same version or the same sdist. */
async function metadataOf(
  sources: Sources,
  choice: Exclude<Choice<UpstreamFile>, { kind: 'failed' }>,
  offer: Offer,
  options: GatherOptions,
): Promise<CoreMetadata | undefined> {
  if (choice.kind === 'hit') return storedMetadata(sources.store, choice.wheel);
  if (choice.kind === 'mirror') return sources.upstream.metadata(choice.file, options);
  const sibling = offer.stored.find((one) => one.build?.sdist.sha256 === choice.sha256);
  if (sibling) return storedMetadata(sources.store, sibling);
  const wheel = offer.offered?.find(
    (one) => one.kind === 'wheel' && one.wheel.version === choice.version && one.coreMetadata,
  );
  return wheel && sources.upstream.metadata(wheel, options);
}
