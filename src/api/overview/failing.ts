import Type, { type Static } from 'typebox';
import type { RecentEntry } from '../../storage/recent.ts';

const Text = Type.String();

/** A build that failed, as a list shows it. */
export const FailedBuildSchema = Type.Object({ key: Text, project: Text, reason: Text, endedAt: Text });
export type FailedBuild = Static<typeof FailedBuildSchema>;

/** Builds that failed for one reason. */
export const FailureGroupSchema = Type.Object({
  reason: Text,
  count: Type.Integer(),
  projects: Type.Array(Text),
  /** The newest ones. */
  builds: Type.Array(FailedBuildSchema),
});
export type FailureGroup = Static<typeof FailureGroupSchema>;

/** Of one reason; the list of builds has them all. */
const SHOWN = 20;

/** Failures by reason, the most frequent first; what somebody cancelled is none. */
export function failureGroups(builds: readonly RecentEntry[]): FailureGroup[] {
  const groups = new Map<string, FailedBuild[]>();
  for (const one of failuresOf(builds)) groups.set(one.reason, [...(groups.get(one.reason) ?? []), one]);
  return [...groups]
    .map(([reason, all]) => ({
      ...{ reason, count: all.length },
      projects: [...new Set(all.map((one) => one.project))].sort(),
      builds: all.slice(0, SHOWN),
    }))
    .sort((one, other) => other.count - one.count);
}

/** The builds that are failed now: of each build and project the newest word counts, and a later success is one. */
export function standingFailures(builds: readonly RecentEntry[]): FailedBuild[] {
  const seen = new Set<string>();
  const standing: RecentEntry[] = [];
  for (const one of builds) {
    if (one.reason === 'cancelled' || seen.has(one.project ?? one.id)) continue;
    seen.add(one.project ?? one.id);
    standing.push(one);
  }
  return failuresOf(standing);
}

/** Newest first, as they are given. */
export function failuresOf(builds: readonly RecentEntry[]): FailedBuild[] {
  return builds
    .filter((one) => one.state === 'failed' && one.reason !== 'cancelled')
    .map(({ id, project = '', reason = 'build-error', endedAt }) => ({ key: id, project, reason, endedAt }));
}
