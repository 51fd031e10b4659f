import pLimit, { type LimitFunction } from 'p-limit';
import { canonicalJson } from '../../core/canonical-json.ts';
import { needlessFor } from '../../core/choose.ts';
import type { BuildRequest } from '../../core/records/build.ts';
import type { Target } from '../../core/records/target.ts';
import type { WheelRecord } from '../../core/records/wheel.ts';
import { sha256Hex } from '../../core/sha256.ts';
import { listWheelRecords } from '../../storage/wheel-records.ts';
import type { Worker } from '../context.ts';
import { inSlot } from '../in-slot.ts';
import { looksPure } from './looks-pure.ts';

/** The stored wheel that another target's build of the same sdist has made, where it fits this target too. */
export async function sharedWheel(
  worker: Pick<Worker, 'store'>,
  request: BuildRequest,
  target: Target,
): Promise<WheelRecord | undefined> {
  // A run after the first was asked for though there was an outcome: it makes its own.
  if (request.run > 1) return undefined;
  const stored = await listWheelRecords(worker.store, request.project);
  const others = stored.filter((one) => one.build?.key !== request.key);
  return needlessFor(others, request, target);
}

/** Builds of one sdist under way in this process, by what makes their wheels the same. */
const turns = new Map<string, LimitFunction>();

/**
 * Runs `build` alone among the builds of the same sdist for other targets, if the sdist looks pure: then the first of them
 * makes the wheel for all, and those after it find it. What looks compiled is built for all targets at once. Other worker
 * processes are not waited for: at worst the same bytes are made twice, and stored once.
 *
 * @param sdist path of the sdist on this machine
 * @throws the reason of the signal, if that fires while it waits
 */
export async function inTurn<T>(
  { sdist, request, target }: { sdist: string; request: BuildRequest; target: Target },
  signal: AbortSignal,
  build: () => Promise<T>,
): Promise<T> {
  const { recipe } = request;
  const alike = { sdist: request.sdist.sha256, recipe, procedure: target.procedure };
  // Two targets of one image have one key: they never build beside each other.
  const name = (await looksPure(sdist)) ? sha256Hex(canonicalJson(alike)) : request.key;
  const turn = turns.get(name) ?? pLimit(1);
  turns.set(name, turn);
  try {
    return await inSlot(turn, signal, build);
  } finally {
    if (turn.activeCount + turn.pendingCount === 0) turns.delete(name);
  }
}
