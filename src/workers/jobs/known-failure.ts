import { normalizeName } from '../../core/names.ts';
import type { BuildRecord, BuildRequirement } from '../../core/records/build.ts';
import { BuildFailure, FAILURES, type FailureReason } from '../../errors.ts';
import type { Limits } from '../builder.ts';
import type { Worker } from '../context.ts';
import { buildLimits } from './build-limits.ts';

/** A failure is taken for the answer so long, in milliseconds: what nobody here can see changes as well. */
const REMEMBERED_MS = 24 * 60 * 60_000;
/** Not of the build itself: what they speak of (archives, upstream, the runtime image) changes without any release. */
const NEVER_KNOWN: ReadonlySet<FailureReason> = new Set([
  ...(['packages-failed', 'deleted', 'hash-mismatch', 'quarantined', 'proof-failed'] as const),
]);

/** The limits that builds fail by. */
const COMPARED = ['memory', 'disk', 'inodes', 'pids', 'wallTime', 'silence', 'logBytes', 'wheelBytes'] as const;

/** The limits a build had, as its record keeps them. */
export function limitsKept(limits: Limits): NonNullable<BuildRecord['limits']> {
  return Object.fromEntries(COMPARED.map((name) => [name, limits[name]])) as NonNullable<BuildRecord['limits']>;
}

/**
 * Whether building again would most likely fail the same way. The key holds sdist, image, procedure and recipe; besides them
 * there are the limits, the releases of what the build environment was made of, and time. On the machine itself anything may
 * have been installed since.
 *
 * @param maxAge how old upstream's pages may be, in milliseconds; a page that cannot be had tells of nothing new
 */
export async function isKnownFailure(
  worker: Pick<Worker, 'store' | 'config' | 'upstream' | 'builder'>,
  record: BuildRecord,
  { maxAge, now = Date.now() }: { maxAge?: number; now?: number } = {},
): Promise<boolean> {
  const { state, reason, endedAt, startedAt, limits, buildRequirements = [] } = record;
  if (worker.builder.kind === 'process' || state !== 'failed' || reason === undefined) return false;
  if (FAILURES[reason].retry || NEVER_KNOWN.has(reason)) return false;
  const age = now - Date.parse(endedAt);
  if (age < 0 || age > REMEMBERED_MS) return false;
  const current = limitsKept(await buildLimits(worker, record));
  if (!limits || COMPARED.some((name) => limits[name] !== current[name])) return false;
  // Which crates a build takes its sdist nearly always says itself.
  const distributions = buildRequirements.filter(({ crate }) => !crate);
  const newer = await Promise.all(
    distributions.map((one) =>
      hasNewer(worker, one, { since: Date.parse(startedAt), ...(maxAge !== undefined && { maxAge }) }),
    ),
  );
  return !newer.includes(true);
}

/** Whether files of a build requirement have come since; where upstream gives no times, whether it has other files than then. */
async function hasNewer(
  { upstream }: Pick<Worker, 'upstream'>,
  { name, version }: BuildRequirement,
  { since, ...options }: { since: number; maxAge?: number },
): Promise<boolean> {
  const page = await upstream.project(normalizeName(name), options).catch((error) => {
    if (error instanceof BuildFailure) return undefined;
    throw error;
  });
  // It cannot be built with what cannot be had.
  if (!page) return false;
  return page.files.some(({ uploadTime, ...file }) => {
    if (uploadTime !== undefined) return Date.parse(uploadTime) > since;
    const its = file.kind === 'wheel' ? file.wheel.version : file.sdist.version;
    return its !== version;
  });
}
