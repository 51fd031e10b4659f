import type { Requirement } from '../../core/records/requirement.ts';
import type { Target } from '../../core/records/target.ts';
import { formatRequirement } from '../../core/requirement.ts';
import { appliesOn } from '../../core/wanted.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Api } from '../context.ts';
import { compared, diffItem, sideOf } from './diff-against.ts';
import { countItems, dryRunItem } from './dry-run-items.ts';
import { planDryRun } from './dry-run-plan.ts';
import type { DryRun, DryRunLine } from './dry-run-view.ts';
import { type FoundPrebuild, findPrebuild, stillGood } from './find-prebuild.ts';
import type { Submission } from './read-submission.ts';

/**
 * Says what a posting would do, without doing any of it: nothing is written (but to the disposable cache of upstream's
 * answers) and no work is left in the queue. It takes WHEELMILL_DRY_RUN_TIMEOUT at most; what is not known by then is said
 * to be unknown.
 *
 * @param base the URL under which the client reaches this server
 * @param against id of a prebuild to compare with; a WheelmillError `not-found` where there is none
 * @param signal fires when nobody waits for the answer any more
 */
export async function dryRun(
  api: Api,
  submission: Submission,
  { base, signal, against }: { base: string; signal: AbortSignal; against?: string | undefined },
): Promise<DryRun> {
  const { id, options, requirements, constraints, faults, warnings } = submission;
  const before = against === undefined ? undefined : await sideOf(api, against, undefined);
  const [target, found] = await Promise.all([readTarget(api.store, submission.target), findPrebuild(api.store, id)]);
  const { items: planned, skipped, unknown, failure } = await planDryRun(api, submission, target, found, signal);
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
    ...(before && { diff: compared(before, { target: submission.target, items: items.map(diffItem) }) }),
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
