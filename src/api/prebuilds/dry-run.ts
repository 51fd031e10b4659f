import type { PlanItem } from '../../core/records/prebuild.ts';
import type { Requirement } from '../../core/records/requirement.ts';
import type { Target } from '../../core/records/target.ts';
import { formatRequirement } from '../../core/requirement.ts';
import { timeLimit } from '../../core/time-limit.ts';
import { appliesOn, type Skipped } from '../../core/wanted.ts';
import { planItem } from '../../plan/plan-item.ts';
import { type Outcome, planList } from '../../plan/planner.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Api } from '../context.ts';
import { countItems, dryRunItem } from './dry-run-items.ts';
import type { DryRun, DryRunLine } from './dry-run-view.ts';
import { type FoundPrebuild, findPrebuild, stillGood } from './find-prebuild.ts';
import type { Submission } from './read-submission.ts';

/** What is known of the plan, and why something is not. */
type Known = { items: PlanItem[]; skipped: Skipped[]; unknown?: string; failure?: DryRun['failure'] };

/**
 * Says what a posting would do, without doing any of it: nothing is written (but to the disposable cache of upstream's
 * answers) and no work is left in the queue. It takes WHEELMILL_DRY_RUN_TIMEOUT at most; what is not known by then is said
 * to be unknown.
 *
 * @param base the URL under which the client reaches this server
 * @param signal fires when nobody waits for the answer any more
 */
export async function dryRun(
  api: Api,
  submission: Submission,
  { base, signal }: { base: string; signal: AbortSignal },
): Promise<DryRun> {
  const { id, options, requirements, constraints, faults, warnings } = submission;
  const [target, found] = await Promise.all([readTarget(api.store, submission.target), findPrebuild(api.store, id)]);
  const { items: planned, skipped, unknown, failure } = await known(api, submission, target, found, signal);
  const items = await Promise.all(planned.map((item) => dryRunItem(api.store, item)));
  const counts = countItems(items);
  const lines = (of: readonly Requirement[]) => of.map((one) => lineOf(one, target));
  const existing = faults.length === 0 && (await existingOf(api, found, submission, base));
  return {
    dryRun: true,
    ok: faults.length === 0 && counts.failed === 0 && failure === undefined,
    complete: unknown === undefined,
    ...(unknown !== undefined && { unknown }),
    target: submission.target,
    ...(faults.length === 0 && { id }),
    ...{ options, lines: lines(requirements), constraints: lines(constraints), refused: faults, warnings },
    ...{ counts, items, skipped },
    ...(failure && { failure }),
    ...(existing && { existing }),
  };
}

function lineOf(requirement: Requirement, target: Target | undefined): DryRunLine {
  const text = formatRequirement({ ...requirement, hashes: [] });
  return { ...requirement, text, ...(target && { applies: appliesOn(requirement, target.environment) }) };
}

async function existingOf(
  api: Api,
  { underWay, ended }: FoundPrebuild,
  submission: Submission,
  base: string,
): Promise<DryRun['existing']> {
  const status = underWay ?? ended;
  if (!status) return undefined;
  const { attempt, state, endedAt } = status;
  const answers = ended === undefined || (await stillGood(api, ended, submission));
  const url = `${base}/api/v1/prebuilds/${submission.id}`;
  return { attempt, state, url, answers, ...(endedAt !== undefined && { endedAt }) };
}

async function known(
  api: Api,
  submission: Submission,
  target: Target | undefined,
  found: FoundPrebuild,
  signal: AbortSignal,
): Promise<Known> {
  const { dryRunTimeout } = api.config;
  if (!target)
    return {
      ...{ items: [], skipped: [] },
      unknown: `No worker has looked at the images of ${submission.target} yet, so nothing can be planned. Start one with \`wheelmill worker\`.`,
    };
  const limit = timeLimit(dryRunTimeout, signal);
  try {
    return await plan(api, submission, target, found, limit);
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    return {
      ...{ items: [], skipped: [] },
      unknown: `Upstream was not done answering within ${dryRunTimeout / 1000} s (WHEELMILL_DRY_RUN_TIMEOUT). Try again: what it has answered is kept.`,
    };
  }
}

async function plan(
  api: Api,
  submission: Submission,
  target: Target,
  { underWay, last }: FoundPrebuild,
  signal: AbortSignal,
): Promise<Known> {
  // As the prebuild itself would: what failed may have been mended upstream since.
  const fresh = submission.refresh || (last > 0 && !underWay);
  const outcome = await planList(api, submission, target, undefined, { signal, ...(fresh && { maxAge: 0 }) });
  if (outcome?.wheelsFirst) return { ...(await itemsOf(api, outcome)), unknown: WHEELS_FIRST };
  if (outcome?.planned.some(({ choice }) => choice.kind !== 'failed')) return itemsOf(api, outcome);
  // What the list itself names is known in any case.
  const options = { ...submission.options, deps: false };
  const alone = await planList(api, { ...submission, options }, target, undefined, { signal });
  if (!alone) throw new Error('a list without dependencies needs no resolver');
  const named = await itemsOf(api, alone);
  if (!outcome) return { ...named, unknown: UNRESOLVED };
  return alone.planned.length > outcome.planned.length ? { ...named, unknown: CUT_SHORT } : named;
}

const WHEELS_FIRST =
  'The metadata of some of these is published nowhere: what else they need is only known when their wheels are there.';
const CUT_SHORT =
  'Something here cannot be had, so what the list needs beside itself is not looked for; the prebuild would fail at once.';
const UNRESOLVED = 'What the list needs beside itself takes a resolver to find.';

async function itemsOf({ store }: Api, { planned, skipped }: Outcome): Promise<Known> {
  return { items: await Promise.all(planned.map((one) => planItem(store, one))), skipped };
}
