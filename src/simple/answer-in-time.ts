import { setTimeout as after } from 'node:timers/promises';
import type { NormalizedName } from '../core/names.ts';
import { BuildFailure } from '../errors.ts';
import type { Upstream, UpstreamProject } from '../upstream/upstream.ts';

/** What upstream has of a project. With a `failure` it could not be asked, and `project` is what was known before, if anything. */
export type TimelyAnswer = { project: UpstreamProject | undefined; failure?: BuildFailure };

/**
 * Asks upstream, and after `patience` milliseconds takes the page that is cached, however old, while the question goes on for
 * the next one who asks. pip gives an index 15 seconds.
 */
export async function answerInTime(upstream: Upstream, name: NormalizedName, patience: number): Promise<TimelyAnswer> {
  const timer = new AbortController();
  const asked = upstream.project(name).then(
    (project): TimelyAnswer => ({ project }),
    (failure): TimelyAnswer => {
      if (failure instanceof BuildFailure) return { project: undefined, failure };
      throw failure;
    },
  );
  // Lost the race, it may still fail; that is told to the next who asks.
  asked.catch(() => {});
  const late = after(patience, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([asked, late.then(() => cachedAnswer(upstream, name, patience))]);
  } finally {
    timer.abort();
  }
}

async function cachedAnswer(upstream: Upstream, name: NormalizedName, patience: number): Promise<TimelyAnswer> {
  const known = await upstream.cached(name);
  if (known !== undefined && known !== 'unknown') return { project: { ...known, stale: true } };
  const failure = new BuildFailure(
    'upstream-unavailable',
    `The upstream index has not given its page of ${name} within ${patience / 1000} s. Ask again in a moment.`,
  );
  return { project: undefined, failure };
}
