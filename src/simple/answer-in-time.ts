import type { NormalizedName } from '../core/names.ts';
import { BuildFailure } from '../errors.ts';
import type { Upstream, UpstreamProject } from '../upstream/upstream.ts';

/** What upstream has of a project. With a `failure` it could not be asked, and `project` is what was known before, if anything. */
export type TimelyAnswer = { project: UpstreamProject | undefined; failure?: BuildFailure };

/**
 * Asks upstream, and after `patience` milliseconds takes the page that is cached, however old, while the question goes on for
 * the next one who asks. pip gives an index 15 seconds.
 */
export async function answerInTime(
  upstream: Upstream,
  name: NormalizedName,
  patience: number,
  options: { maxAge?: number } = {},
): Promise<TimelyAnswer> {
  const asked = upstream.project(name, options).then(
    (project): TimelyAnswer => ({ project }),
    (failure): TimelyAnswer => {
      if (failure instanceof BuildFailure) return { project: undefined, failure };
      throw failure;
    },
  );
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => cachedAnswer(upstream, name, patience).then(resolve, reject), patience);
    // Where it comes too late, it may still fail; that is told to the next who asks.
    asked.then(resolve, reject).finally(() => clearTimeout(late));
  });
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
