import { setMaxListeners } from 'node:events';
import type { FastifyRequest } from 'fastify';
import { type BuildFailure, FAILURES, WheelmillError } from '../../errors.ts';
import type { PrebuildStatus } from '../../storage/prebuild-status.ts';
import { readRefusals, writeRefusal } from '../../storage/refusals.ts';
import { senderOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import { findPrebuild, stillGood } from '../prebuilds/find-prebuild.ts';
import { readPosting, type Submission } from '../prebuilds/read-submission.ts';
import { submit } from '../prebuilds/submit.ts';
import type { Standing } from '../prebuilds/waiting.ts';
import { publicUrl } from '../public-url.ts';
import { createAdmission } from './admission.ts';
import { notBuilt } from './not-built.ts';
import { promiseOf } from './promise-of.ts';
import { isRefused, type Promises } from './promises.ts';
import { createVigils } from './vigils.ts';
import { nothingPromised, type WantedWheel } from './wanted-wheel.ts';

export type WheelsOnDemand = {
  /**
   * Has a promised wheel built, or waits for the build that is under way, and gives how that ended. Until the signal fires: then
   * it gives how far it is, if it has begun. The build goes on.
   *
   * @throws WheelmillError `not-found`, `on-demand-failed`, and what a posting of a list throws
   */
  wait(wanted: WantedWheel, request: FastifyRequest, signal: AbortSignal): Promise<Standing | undefined>;
  /** Has it built without waiting, where there is a place for it and nothing is known against it. Never fails. */
  begin(wanted: WantedWheel, request: FastifyRequest): void;
  /** Waits for what is being written of builds that begin. */
  close(): Promise<void>;
};

/** A promised wheel is the one wheel of a list with nothing but its pin: planned, built, repaired and proven like any other. */
export function createWheelsOnDemand(api: Api, promises: Pick<Promises, 'forget'>): WheelsOnDemand {
  const { config, store, metrics } = api;
  const vigils = createVigils(api);
  const admission = createAdmission({ perClient: config.maxClientOnDemand, altogether: config.maxOnDemand });
  const closing = new AbortController();
  // One for each build that is followed.
  setMaxListeners(0, closing.signal);
  const followedAttempts = new Set<string>();
  // Of several processes that follow a build the one counts it that has begun it.
  const begun = new Set<string>();
  const starting = new Set<Promise<unknown>>();

  async function submissionOf(wanted: WantedWheel, request: FastifyRequest): Promise<Submission> {
    const bytes = Buffer.from(`${wanted.project}==${wanted.version}\n`);
    const list = { files: [{ name: 'requirements.txt', bytes, role: 'requirements' as const }], fields: {} };
    const options = { target: [wanted.target], deps: 'false' };
    const { submissions } = await readPosting(api, list, options, senderOf(request));
    return { ...submissions[0]!, request: request.id };
  }

  /** Upstream has the sdist, and nothing is known against it. */
  async function refuseHopeless(wanted: WantedWheel, request: FastifyRequest) {
    const { project, version, sdist, target } = wanted;
    const { offer, promised } = await promiseOf(api, wanted);
    if (!offer.offered) throw badGateway(offer.upstreamFailure);
    if (!offer.offered.some((one) => one.kind === 'sdist' && one.sha256 === sdist && one.sdist.version === version))
      throw nothingPromised();
    const refusals = await readRefusals(store, project, target);
    const refusal = refusals.get(sdist);
    if (!promised || !refusal || !isRefused(promised, refusals)) return;
    throw notBuilt({ project, version, target }, { ...refusal, build: refusal.key }, publicUrl(config, request));
  }

  /** Stays with a build to its end, whoever else waits for it: its place is free then, and the next who asks is told of a failure. */
  async function follow({ project, version, sdist, target }: WantedWheel, { id, attempt }: PrebuildStatus) {
    const attemptKey = `${id}/${attempt}`;
    if (followedAttempts.has(attemptKey)) return;
    followedAttempts.add(attemptKey);
    const status = await vigils.until(id, attempt, closing.signal);
    followedAttempts.delete(attemptKey);
    admission.leave(id);
    const item = status?.items[0];
    if (begun.delete(attemptKey) && status?.endedAt)
      metrics.onDemand.ended(item?.state === 'stored' ? 'stored' : 'failed');
    if (item?.state !== 'failed' || !item.reason || FAILURES[item.reason].retry || !item.build) return;
    const { build: key, reason, message = '' } = item;
    const at = new Date().toISOString();
    await writeRefusal(store, { schema: 1, project, version, target, sdist, key, reason, message, at });
    promises.forget(project);
  }

  return {
    async wait(wanted, request, signal) {
      const submission = await submissionOf(wanted, request);
      for (;;) {
        const { underWay, ended } = await findPrebuild(store, submission.id);
        if (ended && (await stillGood(api, ended, submission))) return ended;
        const status = underWay ?? (await startIfThereIsRoom(wanted, submission, request));
        if (status?.endedAt) return status;
        if (status) {
          followed(wanted, status);
          return vigils.until(status.id, status.attempt, signal);
        }
        await admission.change(signal);
        if (signal.aborted) return undefined;
      }
    },
    begin(wanted, request) {
      const begun = begin(wanted, request).catch((error) => {
        // Whoever asks for it is told.
        if (!(error instanceof WheelmillError)) api.log.warn({ err: error }, `${wanted.filename} is not begun ahead`);
      });
      starting.add(begun);
      begun.finally(() => starting.delete(begun));
    },
    async close() {
      closing.abort();
      await Promise.allSettled(starting);
    },
  };

  async function begin(wanted: WantedWheel, request: FastifyRequest): Promise<void> {
    const submission = await submissionOf(wanted, request);
    const { underWay, ended } = await findPrebuild(store, submission.id);
    if (underWay || (ended && (await stillGood(api, ended, submission)))) return;
    const status = await startIfThereIsRoom(wanted, submission, request);
    if (status && !status.endedAt) followed(wanted, status);
  }

  async function startIfThereIsRoom(wanted: WantedWheel, submission: Submission, request: FastifyRequest) {
    await refuseHopeless(wanted, request);
    return admission.enter(submission.asker.client, submission.id) ? started(submission) : undefined;
  }

  function followed(wanted: WantedWheel, status: PrebuildStatus): void {
    follow(wanted, status).catch((error) => api.log.warn({ err: error }, `what became of ${status.id} is not noted`));
  }

  async function started(submission: Submission): Promise<PrebuildStatus> {
    const submitted = submit(api, submission);
    starting.add(submitted);
    try {
      const status = await submitted;
      if (status.endedAt) admission.leave(submission.id);
      else if (!begun.has(`${status.id}/${status.attempt}`)) {
        begun.add(`${status.id}/${status.attempt}`);
        metrics.onDemand.begun();
      }
      return status;
    } catch (error) {
      admission.leave(submission.id);
      // pip would sleep until the hour is over, without a word.
      if (error instanceof WheelmillError && error.code === 'quota-used-up')
        throw new WheelmillError('on-demand-refused', error.message, { cause: error });
      throw error;
    } finally {
      starting.delete(submitted);
    }
  }
}

function badGateway(cause: BuildFailure | undefined): WheelmillError {
  return new WheelmillError('upstream-unavailable', cause?.message ?? 'The upstream index does not answer.', { cause });
}
