import type { BuildRecord } from '../../core/records/build.ts';
import type { Difference, Verification, VerificationRequest } from '../../core/records/verification.ts';
import { BuildFailure } from '../../errors.ts';
import { readBuildRecord } from '../../storage/build-records.ts';
import { checked } from '../../storage/json-records.ts';
import {
  closeVerification,
  findVerifiable,
  readOpenVerification,
  readVerification,
  type Verifiable,
  writeVerification,
} from '../../storage/verification-records.ts';
import type { Worker } from '../context.ts';
import type { Handler, WorkContext } from '../queue/queue.ts';
import { VerifyMessage } from '../queue/works.ts';
import { compareWheels } from '../verify/compare-wheels.ts';
import { findPins } from '../verify/pins.ts';
import { fetchStoredWheel } from '../verify/stored-wheel.ts';
import { removeEarlierRuns } from './earlier-runs.ts';
import { failed, giveUpLost } from './failed.ts';
import { LiveLog } from './live-log.ts';
import { type MadeWheel, makeWheel } from './make-wheel.ts';

/** A wheel of thousands of files whose times all differ says nothing more with all of them. */
const KEPT_DIFFERENCES = 200;

type Outcome = Omit<Verification, keyof VerificationRequest | 'attempts' | 'worker' | 'startedAt'>;

/**
 * Builds a stored wheel again, from the same sdist with the same build requirements in the same image, and says where
 * the two differ. It publishes nothing and leaves build and index as they are.
 */
export function verifyJob(worker: Worker): Handler {
  return async (data, context) => {
    const { verify: key } = checked(VerifyMessage, data, 'A verification job');
    const request = await readOpenVerification(worker.store, key);
    if (!request) return;
    const before = await readVerification(worker.store, key);
    const isOver = before?.requestedAt === request.requestedAt && before.state !== 'running';
    const log = worker.log.child({ build: key, target: request.target });
    log.info({ run: request.run }, 'verification begins');
    const ended = isOver ? before : await verify(worker, request, context);
    await closeVerification(worker.store, ended);
    const { run, state, reason } = ended;
    log.info({ run, state, reason }, 'verification ended');
    await context.notify({ kind: 'builds', id: key });
  };
}

/** One go at it, from the request to its record. */
async function verify(worker: Worker, request: VerificationRequest, context: WorkContext): Promise<Verification> {
  const { target, ...asked } = request;
  const about = {
    ...asked,
    attempts: context.attempt,
    worker: worker.config.instance,
    startedAt: new Date().toISOString(),
  };
  await writeVerification(worker.store, { ...about, state: 'running' });
  await context.notify({ kind: 'builds', id: request.key });
  const log = new LiveLog((text) => context.log(text));
  let outcome: Outcome;
  try {
    giveUpLost(context);
    await removeEarlierRuns(worker, context);
    outcome = await rebuild(worker, await verifiable(worker, request), context, log);
  } catch (error) {
    outcome = { state: 'failed', ...failed(error, context, log.tail) };
  } finally {
    await log.end();
  }
  return { ...about, ...outcome, endedAt: new Date().toISOString() };
}

async function verifiable(
  worker: Worker,
  { key, run, target }: VerificationRequest,
): Promise<Verifiable & { build: BuildRecord }> {
  const build = await readBuildRecord(worker.store, key);
  if (build?.run !== run)
    throw new BuildFailure(
      'not-verifiable',
      'This build has been done anew since. Ask for a verification of that run.',
    );
  const found = await findVerifiable(worker.store, build);
  if (typeof found === 'string') throw new BuildFailure('not-verifiable', found);
  if (found.target.name === target) return { ...found, build };
  throw new BuildFailure('not-verifiable', `The target ${target} has changed since. Ask for the verification again.`);
}

async function rebuild(
  worker: Worker,
  { build, wheel, target }: Verifiable & { build: BuildRecord },
  context: WorkContext,
  log: LiveLog,
): Promise<Outcome> {
  const { project, version, sdist, healed } = build;
  const packages = [...new Set([...(build.recipe.packages ?? []), ...(healed?.packages ?? [])])].sort();
  const recipe = healed ? { ...build.recipe, packages } : build.recipe;
  const pins = await findPins(worker, build.buildRequirements ?? [], context.signal);
  const run = { context, log, pins, enter: async () => {} };
  return makeWheel(worker, { project, version, sdist, recipe, target }, run, async (made) => {
    const path = await fetchStoredWheel(worker.store, wheel, { folder: made.folder, signal: context.signal });
    const reproducible = made.wheel.sha256 === wheel.sha256;
    const differences = reproducible ? [] : await compareWheels(path, made.wheel.path, made.checked.distInfo);
    return {
      state: 'done',
      reproducible,
      ...shortened(differences),
      wheel: { stored: fileOf(wheel), rebuilt: fileOf(made.wheel) },
      image: { built: build.image, rebuilt: target.build.identity },
      frontEnd: { built: build.frontEnd ?? '', rebuilt: made.frontEnd },
      buildRequirements: made.buildRequirements,
    };
  });
}

const fileOf = ({ filename, sha256, size }: MadeWheel['wheel'] | Verifiable['wheel']) => ({ filename, sha256, size });

function shortened(differences: Difference[]): Pick<Verification, 'differences' | 'furtherDifferences'> {
  const further = differences.length - KEPT_DIFFERENCES;
  return {
    differences: differences.slice(0, KEPT_DIFFERENCES),
    ...(further > 0 && { furtherDifferences: further }),
  };
}
