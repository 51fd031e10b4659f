import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { runsOn } from '../../core/candidate-versions.ts';
import type { IndexFile, IndexPage, PromisedFile } from '../../core/index-page.ts';
import type { NormalizedName } from '../../core/names.ts';
import { promisedFilename } from '../../core/promised-wheel.ts';
import { type Promised, promisesOf } from '../../core/promises.ts';
import type { Refusal } from '../../core/records/refusal.ts';
import type { Target } from '../../core/records/target.ts';
import { tagPriority } from '../../core/tags.ts';
import { lenientWheelFilename } from '../../core/wheel-filename.ts';
import { gather, NotCached } from '../../plan/supply.ts';
import type { IndexView } from '../../simple/index-view.ts';
import { createPromisedPages, createPromisedView } from '../../simple/promised-view.ts';
import { readRefusals } from '../../storage/refusals.ts';
import type { UpstreamFile } from '../../upstream/upstream.ts';
import type { Api } from '../context.ts';
import type { KnownTargets } from './known-targets.ts';
import { mayStart } from './may-start.ts';
import { openTo } from './promise-of.ts';

/** Recipes and refusals change without a page's changing. Milliseconds. */
const MAX_AGE = 60_000;
/** Projects and targets whose promises are remembered. */
const MAX_KNOWN = 2000;
/** A build that failed is tried again by the next who asks after this, and fails at once where it is known to. Milliseconds. */
export const REFUSED_FOR = 60 * 60_000;

/** PEP 592: installers take a yanked file for an exact pin alone, and show the reason. */
const FOR_PINS = 'for exact pins only: there is no wheel of it yet, it is built on demand';

const NONE: readonly PromisedFile[] = [];
type Known = { etag: string; at: number; promised: readonly PromisedFile[] };

export type Promises = {
  /** The index as the client sees it that asks: with links to wheels which would be built for it, or for the target it names. */
  view(request: FastifyRequest, view: IndexView, asked?: string): IndexView;
  /** Looks again at a project's promises: one was not kept. What failed is for exact pins then, who are told at once. */
  forget(project: string): void;
};

export function createPromises(api: Api, targets: KnownTargets): Promises {
  const { config, store, upstream } = api;
  const pages = createPromisedPages();
  const memory = new LRUCache<string, Known>({ max: MAX_KNOWN });

  async function look(name: NormalizedName, target: Target, page: IndexPage): Promise<readonly PromisedFile[]> {
    const supply = await gather({ store, upstream }, name, { cachedOnly: true }).catch((error) => {
      if (error instanceof NotCached) return undefined;
      throw error;
    });
    if (!supply?.offered?.some((one) => one.kind === 'sdist')) return NONE;
    const listed = new Set(page.files.map((one) => one.filename));
    const refusals = await readRefusals(store, name, target.name);
    const open = openTo(config, supply.offered);
    const taken = page.files.filter((file) => isTaken(file, target));
    // What is listed and fits stays the first choice where it would be built otherwise today (another procedure or recipe).
    const there = new Set(taken.map(({ filename }) => lenientWheelFilename(filename)?.version));
    const promised = promisesOf(name, supply, target, listed).filter(({ version }) => !there.has(version));
    const isFree = (one: Promised) => open.has(one.version) && !one.file.yanked && !isRefused(one, refusals);
    const isAnyFree = promised.some(isFree) || taken.length > 0;
    return promised.map((one) => {
      const refusal = isRefused(one, refusals) ? refusals.get(one.sha256) : undefined;
      // With nothing else to be had it stays, so that who asks is told what is wrong with it.
      const failed = refusal && isAnyFree ? `its build has failed (${refusal.reason})` : undefined;
      const held = failed ?? (open.has(one.version) ? undefined : FOR_PINS);
      return promisedFile(name, target, one, held);
    });
  }

  function forget(project: string): void {
    for (const key of memory.keys()) if (key.startsWith(`${project}/`)) memory.delete(key);
  }

  /** Promises are an addition: where something is wrong with what they are made of, there are those of before, or none. */
  async function of(name: NormalizedName, target: Target, etag: string, read: () => IndexPage) {
    const key = `${name}/${target.name}`;
    const known = memory.get(key);
    const now = performance.now();
    if (known?.etag === etag && now - known.at < MAX_AGE) return known.promised;
    const found = await look(name, target, read()).catch((error) => {
      api.log.warn({ err: error, project: name, target: target.name }, 'no wheels are promised beyond those of before');
      return known?.promised ?? NONE;
    });
    // The same array where nothing has changed: pages that were rendered with it still stand.
    const promised = known && JSON.stringify(known.promised) === JSON.stringify(found) ? known.promised : found;
    memory.set(key, { etag, at: now, promised });
    return promised;
  }

  return {
    view(request, view, asked) {
      if (!mayStart(request, config)) return view;
      return {
        root: (format) => view.root(format),
        async project(name, format) {
          const target = await (asked === undefined ? targets.of(request) : targets.named(asked)).catch((error) => {
            api.log.warn({ err: error }, 'the targets cannot be read: no wheels are promised');
            return undefined;
          });
          if (!target) return view.project(name, format);
          const promised = createPromisedView(view, {
            promisesOf: (project, { etag, read }) => of(project, target, etag, read),
            pages,
            audience: target.name,
          });
          return promised.project(name, format);
        },
      };
    },
    forget,
  };
}

/** Whether an installer on the target takes a file without being told to. */
function isTaken({ filename, yanked, requiresPython }: IndexFile, target: Target): boolean {
  const tags = lenientWheelFilename(filename)?.tags;
  return (
    tags !== undefined &&
    yanked === undefined &&
    tagPriority(tags, target.tags) !== undefined &&
    runsOn(requiresPython, target)
  );
}

/** Whether it failed lately as the very build that it would be now. */
export function isRefused(
  { key, sha256 }: Promised,
  refusals: ReadonlyMap<string, Refusal>,
  now = Date.now(),
): boolean {
  const refusal = refusals.get(sha256);
  return refusal !== undefined && refusal.key === key && now - Date.parse(refusal.at) < REFUSED_FOR;
}

function promisedFile(
  project: NormalizedName,
  target: Target,
  { version, file, sha256 }: Promised<UpstreamFile>,
  held: string | undefined,
): PromisedFile {
  const filename = promisedFilename({ project, version, sdist: sha256, target: target.name }, target);
  const { requiresPython, yanked = held } = file;
  return {
    filename,
    url: `../../on-demand/${project}/${sha256}/${filename}`,
    ...(requiresPython !== undefined && { requiresPython }),
    ...(yanked !== undefined && { yanked }),
    // Of what is not known before, the wheel is built for whoever asks.
    coreMetadata: true as const,
  };
}
