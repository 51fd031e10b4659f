import type { BuildRecord } from '../core/records/build.ts';
import type { Target } from '../core/records/target.ts';
import {
  type Verification,
  type VerificationRequest,
  VerificationRequestSchema,
  VerificationSchema,
} from '../core/records/verification.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { paths } from './bucket-paths.ts';
import { readRecord, writeRecord } from './json-records.ts';
import type { ObjectStore } from './object-store.ts';
import { listTargets } from './target-records.ts';
import { readWheelRecord } from './wheel-records.ts';

/** The latest verification that a worker has begun, whatever became of it. */
export function readVerification(store: ObjectStore, key: string): Promise<Verification | undefined> {
  return readRecord(store, paths.verification(key), VerificationSchema);
}

export function writeVerification(store: ObjectStore, verification: Verification): Promise<void> {
  return writeRecord(store, paths.verification(verification.key), VerificationSchema, verification);
}

/** The wish for a verification that has not ended, or undefined. */
export function readOpenVerification(store: ObjectStore, key: string): Promise<VerificationRequest | undefined> {
  return readRecord(store, paths.openVerification(key), VerificationRequestSchema);
}

export function openVerification(store: ObjectStore, request: VerificationRequest): Promise<void> {
  return writeRecord(store, paths.openVerification(request.key), VerificationRequestSchema, request);
}

/** Ends a verification: its record first, then the wish for it goes. */
export async function closeVerification(store: ObjectStore, verification: Verification): Promise<void> {
  await writeVerification(store, verification);
  await store.remove(paths.openVerification(verification.key));
}

/** How the latest verification of a build stands: one that no worker has begun yet is `queued`. */
export async function readVerificationStatus(
  store: ObjectStore,
  key: string,
): Promise<Verification | (VerificationRequest & { state: 'queued' }) | undefined> {
  // In this order: one that ends in between is then seen as ended, never as not begun.
  const open = await readOpenVerification(store, key);
  const begun = await readVerification(store, key);
  if (!open || begun?.requestedAt === open.requestedAt) return begun;
  return { ...open, state: 'queued' };
}

/** What a stored build is compared with and done again on. */
export type Verifiable = { wheel: WheelRecord; target: Target };

/**
 * Whether a stored build can be done again as it was: its wheel is still stored, and a target has its image and procedure.
 *
 * @returns what is needed for it, or the sentence that says what is in the way.
 */
export async function findVerifiable(store: ObjectStore, build: BuildRecord): Promise<Verifiable | string> {
  const { state, wheel: made, project, image } = build;
  if (state !== 'stored' || made === undefined)
    return 'This build did not end with a wheel, so there is nothing to compare. Build it first.';
  if (build.takenFrom !== undefined)
    return `Nothing was built here: the wheel was made for another target. Verify that build, ${build.takenFrom}.`;
  const wheel = await readWheelRecord(store, project, made.filename);
  if (wheel?.sha256 !== made.sha256)
    return `The wheel ${made.filename} is no longer stored, so there is nothing to compare. Build it again.`;
  const targets = await listTargets(store);
  const procedure = wheel.build?.procedure;
  const fitting = targets.filter((one) => one.build.identity === image && one.procedure === procedure);
  const target = fitting.find((one) => one.name === build.target) ?? fitting[0];
  if (target) return { wheel, target };
  if (targets.some((one) => one.build.identity === image))
    return 'This wheel was built by another version of the build procedure than this server has. Send its list again: it is built anew, and that wheel can be verified.';
  return `No target has the image any more that this wheel was built in (${build.target}, image identity ${image.slice(0, 12)}). Name that image in WHEELMILL_TARGETS, or build the wheel anew in the present one.`;
}
