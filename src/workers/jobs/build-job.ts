import { recipeHash } from '../../core/choose.ts';
import { needsInWords, needsOn } from '../../core/needs.ts';
import type { BuildRecord, BuildRequest, BuildState } from '../../core/records/build.ts';
import { platformOf, type Target } from '../../core/records/target.ts';
import type { WheelProof } from '../../core/records/wheel-proof.ts';
import { BuildFailure } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readFinalRecord, readOpenBuild, writeBuildProgress } from '../../storage/build-records.ts';
import { readCancel } from '../../storage/cancels.ts';
import { checked } from '../../storage/json-records.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Worker } from '../context.ts';
import { publish } from '../publish.ts';
import { neverRan } from '../queue/cancel-build.ts';
import { endBuild } from '../queue/end-build.ts';
import type { Handler, WorkContext } from '../queue/queue.ts';
import { BuildMessage } from '../queue/works.ts';
import { supersede } from '../supersede.ts';
import { withAdvice } from './advice.ts';
import { removeEarlierRuns } from './earlier-runs.ts';
import { failed, giveUpLost } from './failed.ts';
import { logOfBuild } from './job-log.ts';
import { limitsKept } from './known-failure.ts';
import { LiveLog } from './live-log.ts';
import { proveLater } from './lone-proof.ts';
import { type MadeWheel, type MakingEvidence, makeWheel } from './make-wheel.ts';
import { inTurn, sharedWheel } from './shared-wheel.ts';

/**
 * Makes one sdist into one stored wheel: fetch, build, check, store. Done again after a lost worker it changes nothing
 * that is there; a final record ends it at once.
 */
export function buildJob(worker: Worker): Handler {
  return async (data, context) => {
    const { key } = checked(BuildMessage, data, 'A build job');
    const request = await readOpenBuild(worker.store, key);
    if (!request) return;
    const log = logOfBuild(worker.log, request);
    log.info({ run: request.run, try: context.attempt }, 'build begins');
    const record =
      (await readFinalRecord(worker.store, request)) ??
      (await cancelledBefore(worker, request)) ??
      (await new BuildRun(worker, request, context).record());
    const proving = await proveLater(worker, record);
    await endBuild(worker, record);
    const { run, state, reason, phases, wheel } = record;
    log.info({ run, state, reason, phases, wheel: wheel?.filename }, 'build ended');
    if (proving) await worker.queue.add(proving);
  };
}

/** The worker that was told to stop may have died before it could: then the wish to cancel is found here. */
async function cancelledBefore({ store }: Worker, request: BuildRequest): Promise<BuildRecord | undefined> {
  const cancel = await readCancel(store, request.key);
  return cancel && cancel.of >= request.run ? neverRan(store, request, cancel) : undefined;
}

type Outcome = Pick<
  BuildRecord,
  'wheel' | 'needs' | 'bundled' | 'takenFrom' | 'frontEnd' | 'buildRequirements' | 'healed'
>;

/** One run of a build, from the request to its record. */
class BuildRun {
  readonly #worker: Worker;
  readonly #request: BuildRequest;
  readonly #context: WorkContext;
  readonly #log: LiveLog;
  readonly #startedAt = new Date();
  readonly #phases: Record<string, number> = {};
  readonly #evidence: MakingEvidence = { requirements: new Map() };
  #phase: { state: BuildState; since: number } | undefined;

  constructor(worker: Worker, request: BuildRequest, context: WorkContext) {
    this.#worker = worker;
    this.#request = request;
    this.#context = context;
    this.#log = new LiveLog((text) => context.log(text));
  }

  async record(): Promise<BuildRecord> {
    let outcome: Partial<BuildRecord> & Pick<BuildRecord, 'state'>;
    try {
      outcome = { state: 'stored', ...(await this.#build()) };
    } catch (error) {
      const failure = failed(error, this.#context, this.#log.tail);
      const advised = await withAdvice(this.#worker, this.#request, failure, error);
      outcome = { state: 'failed', ...advised, ...this.#circumstances() };
    }
    this.#endPhase();
    // A queue that was wiped, or that took this worker for dead, has given the job to another one too.
    const meanwhile = await readFinalRecord(this.#worker.store, this.#request);
    if (meanwhile) return meanwhile;
    const { schema, key, project, version, target, image, sdist, recipe, visibility, run, requestedAt } = this.#request;
    await this.#worker.store.put(paths.buildLog(key), await this.#log.end());
    return {
      ...{ schema, key, project, version, target, image, sdist, recipe, visibility, run, requestedAt },
      ...outcome,
      ...(this.#worker.builder.kind === 'process' && { unsandboxed: true as const }),
      attempts: this.#context.attempt,
      phases: this.#phases,
      startedAt: this.#startedAt.toISOString(),
      endedAt: new Date().toISOString(),
    };
  }

  /** By which a later plan knows whether building again could end otherwise. */
  #circumstances(): Pick<BuildRecord, 'buildRequirements' | 'limits'> {
    const { requirements, limits } = this.#evidence;
    return { buildRequirements: [...requirements.values()], ...(limits && { limits: limitsKept(limits) }) };
  }

  async #build(): Promise<Outcome> {
    const { key, project, version, recipe } = this.#request;
    const target = await this.#target();
    const there = await this.#shared(target);
    if (there) return there;
    await removeEarlierRuns(this.#worker, this.#context);
    const making = { project, version, target, sdist: this.#request.sdist, recipe };
    const run = {
      context: this.#context,
      log: this.#log,
      enter: (phase: BuildState) => this.#enter(phase),
      heals: true,
      evidence: this.#evidence,
    };
    const make = async (made: MadeWheel): Promise<Outcome> => {
      const { checked: sound, wheel, libraries, bundled, frontEnd, buildRequirements, healed } = made;
      const needs = needsOn(target, libraries);
      if (needs && needs.length > 0) await this.#log.write(Buffer.from(needsInWords(target, needs)));
      // From here on it is stored to the end: half a wheel would help nobody.
      await this.#stopIfCancelled();
      await publish(this.#worker, {
        ...{ project, version, filename: wheel.filename, sha256: wheel.sha256, size: wheel.size, path: wheel.path },
        metadata: sound.metadataBytes,
        // What nobody has accepted is on no page of the index.
        visibility: healed ? 'prebuild' : this.#request.visibility,
        origin: 'built',
        ...(libraries && { libraries }),
        ...(bundled.length > 0 && { bundled }),
        proof: this.#proof(),
        build: {
          ...{ key, sdist: this.#request.sdist, target: target.name, image: this.#request.image },
          ...{ platform: platformOf(target), procedure: target.procedure, recipe: recipeHash(recipe) },
          ...(sound.pure && { pure: true as const }),
          ...(this.#phases.building !== undefined && { took: this.#phases.building }),
        },
      });
      // One that is to be proven takes no other's place before.
      if (this.#request.rebuild && this.#proof().state === 'skipped')
        await supersede(this.#worker, project, wheel.filename);
      return {
        wheel: { filename: wheel.filename, sha256: wheel.sha256, size: wheel.size },
        ...(needs && { needs }),
        ...(bundled.length > 0 && { bundled }),
        frontEnd,
        buildRequirements,
        ...(healed && { healed }),
      };
    };
    // While it waited for its turn, another target's build may have made it needless.
    return makeWheel(this.#worker, making, run, make, (sdist, build) =>
      inTurn(
        { sdist, request: this.#request, target },
        this.#context.signal,
        async () => (await this.#shared(target)) ?? build(),
      ),
    );
  }

  /** How its wheel begins: it waits, unless nobody wants to know, or nothing can tell. */
  #proof(): WheelProof {
    if (!this.#worker.builder.prove) return { state: 'skipped', message: 'It is for the machine that built it.' };
    if (this.#request.proof === false) return { state: 'skipped', message: 'Its list was sent with proof=false.' };
    return { state: 'waiting' };
  }

  /** The wheel of another target's build that fits this one too. */
  async #shared(target: Target): Promise<Outcome | undefined> {
    const found = await sharedWheel(this.#worker, this.#request, target);
    if (!found?.build) return undefined;
    const { filename, sha256, size, build } = found;
    const needs = needsOn(target, found.libraries);
    await this.#log.write(
      Buffer.from(
        `${filename} was built for ${build.target} from the same sdist and fits ${target.name} too: nothing to build.\n`,
      ),
    );
    return { wheel: { filename, sha256, size }, ...(needs && { needs }), takenFrom: build.key };
  }

  async #target(): Promise<Target> {
    giveUpLost(this.#context);
    const target = await readTarget(this.#worker.store, this.#request.target);
    if (target?.build.identity === this.#request.image) return target;
    throw new BuildFailure(
      'worker-lost',
      `The build image of ${this.#request.target} has changed since this build was planned. Send the list again.`,
    );
  }

  /** Also where the news of it did not come: the wish stays in the bucket. */
  async #stopIfCancelled(): Promise<void> {
    this.#context.signal.throwIfAborted();
    const cancel = await readCancel(this.#worker.store, this.#request.key);
    if (cancel && cancel.of >= this.#request.run) throw new BuildFailure('cancelled', 'It was cancelled.');
  }

  async #enter(state: BuildState): Promise<void> {
    await this.#stopIfCancelled();
    this.#endPhase();
    this.#phase = { state, since: performance.now() };
    const { key, run } = this.#request;
    const { attempt } = this.#context;
    const worker = this.#worker.config.instance;
    await writeBuildProgress(this.#worker.store, key, {
      schema: 1,
      run,
      attempt,
      state,
      worker,
      at: new Date().toISOString(),
      startedAt: this.#startedAt.toISOString(),
    });
    await this.#context.notify({ kind: 'builds', id: key, state });
  }

  #endPhase(): void {
    if (this.#phase) this.#phases[this.#phase.state] = Math.round(performance.now() - this.#phase.since);
    this.#phase = undefined;
  }
}
