import type { PlanItem } from '../../core/records/prebuild.ts';
import type { Target } from '../../core/records/target.ts';
import { timeLimit } from '../../core/time-limit.ts';
import type { Skipped } from '../../core/wanted.ts';
import { FAILURES, WheelmillError } from '../../errors.ts';
import { planItem } from '../../plan/plan-item.ts';
import { type Outcome, planList } from '../../plan/planner.ts';
import { checked } from '../../storage/json-records.ts';
import { DryRunAnswer, type DryRunMessage, dryRunLane } from '../../workers/queue/works.ts';
import type { Api } from '../context.ts';
import type { DryRun } from './dry-run-view.ts';
import type { FoundPrebuild } from './find-prebuild.ts';
import type { Submission } from './read-submission.ts';

/** What is known of the plan, and why something is not. */
export type DryRunPlan = { items: PlanItem[]; skipped: Skipped[]; unknown?: string; failure?: DryRun['failure'] };

/** Of the whole time, for a worker to take the question up: one that is there is seldom busy with as many others. */
const PART_TO_BEGIN = 1 / 4;
/** Left of the whole time for the answer to be made. */
const MARGIN = 500;

const NOTHING: DryRunPlan = { items: [], skipped: [] };

/** Plans here what can be planned from indexes, and asks a worker for what takes a resolver. */
export async function planDryRun(
  api: Api,
  submission: Submission,
  target: Target | undefined,
  found: FoundPrebuild,
  signal: AbortSignal,
): Promise<DryRunPlan> {
  if (!target) return { ...NOTHING, unknown: notLookedAt(submission.target) };
  const { dryRunTimeout } = api.config;
  const end = performance.now() + dryRunTimeout;
  const limit = timeLimit(dryRunTimeout, signal);
  // As the prebuild itself would: what failed may have been mended upstream since.
  const fresh = submission.refresh || (found.last > 0 && !found.underWay);
  const { rebuild } = submission;
  const freshly = { signal: limit, rebuild, ...(fresh && { maxAge: 0 }) };
  try {
    const outcome = await planList(api, submission, target, undefined, freshly);
    if (outcome?.planned.some(({ choice }) => choice.kind !== 'failed')) return planOf(api, outcome);
    // What the list itself names is known in any case.
    const options = { ...submission.options, deps: false };
    const alone = await planList(api, { ...submission, options }, target, undefined, { signal: limit, rebuild });
    if (!alone) throw new Error('a list without dependencies needs no resolver');
    const named = await planOf(api, alone);
    if (outcome) return alone.planned.length > outcome.planned.length ? { ...named, unknown: CUT_SHORT } : named;
    const left = Math.max(0, end - performance.now() - MARGIN);
    return { ...named, ...(await askWorker(api, submission, { fresh, within: left, signal })) };
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    return { ...NOTHING, unknown: tooSlow(dryRunTimeout) };
  }
}

async function planOf({ store }: Api, { planned, skipped, wheelsFirst }: Outcome): Promise<DryRunPlan> {
  const items = await Promise.all(planned.map((one) => planItem(store, one)));
  return { items, skipped, ...(wheelsFirst && { unknown: WHEELS_FIRST }) };
}

/** The whole plan by a worker's resolver; where that is not to be had, what to say of it. */
async function askWorker(
  api: Api,
  { target, options, requirements, constraints, rebuild }: Submission,
  { fresh, within, signal }: { fresh: boolean; within: number; signal: AbortSignal },
): Promise<DryRunPlan | { unknown: string } | { unknown: string; failure: DryRun['failure'] }> {
  const message: DryRunMessage = { target, options, requirements, constraints, fresh, rebuild };
  const beginWithin = api.config.dryRunTimeout * PART_TO_BEGIN;
  const asked = await api.queue
    .ask(dryRunLane(target), message, { beginWithin, answerWithin: within, signal })
    .catch((error) => {
      if (error instanceof WheelmillError && error.code === 'queue-unavailable') return error;
      throw error;
    });
  if (asked instanceof WheelmillError) return { unknown: `${NOT_RESOLVED}: ${asked.message}` };
  if ('unanswered' in asked) return { unknown: `${NOT_RESOLVED}: ${WHY[asked.unanswered](target, api.config)}` };
  const { items, skipped, wheelsFirst, failure } = checked(DryRunAnswer, asked.answer, 'The answer of a worker');
  if (failure) return { unknown: `${NOT_RESOLVED}.`, failure: { ...failure, hint: FAILURES[failure.reason].hint } };
  return { items, skipped, ...(wheelsFirst && { unknown: WHEELS_FIRST }) };
}

const seconds = (milliseconds: number) => `${Math.round(milliseconds / 100) / 10} s`;

const NOT_RESOLVED = 'What the list needs beside itself is not known';
const WHEELS_FIRST =
  'The metadata of some of these is published nowhere: what else they need is only known when their wheels are there.';
const CUT_SHORT =
  'Something here cannot be had, so what the list needs beside itself is not looked for; the prebuild would fail at once.';
const notLookedAt = (target: string) =>
  `No worker has looked at the images of ${target} yet, so nothing can be planned. Start one with \`wheelmill worker\`.`;
const tooSlow = (timeout: number) =>
  `Upstream was not done answering within ${seconds(timeout)} (WHEELMILL_DRY_RUN_TIMEOUT). Try again: what it has answered is kept.`;
const WHY: Record<'not-begun' | 'late' | 'ended', (target: string, config: Api['config']) => string> = {
  'not-begun': (target, { dryRunTimeout }) =>
    `no worker of ${target} was free to resolve it within ${seconds(dryRunTimeout * PART_TO_BEGIN)}. Is one running? \`wheelmill worker\` starts one.`,
  late: (_, { dryRunTimeout }) =>
    `resolving it took longer than ${seconds(dryRunTimeout)} (WHEELMILL_DRY_RUN_TIMEOUT). Try again, or raise it.`,
  ended: () => "the worker that took it up could not resolve it; the worker's log says why.",
};
