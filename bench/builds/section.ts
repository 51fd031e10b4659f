import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { testTargets } from '../../test/services/docker.ts';
import { findProgram } from '../../test/services/state.ts';
import type { Section } from '../report.ts';
import { benchAddedSteps } from './added-steps.ts';
import { benchOverhead, benchTwelve } from './builds.ts';
import { benchStoredList } from './stored-list.ts';

/** Lists and builds, in containers of the first image pair. */
export async function benchBuilds(say: (what: string) => void): Promise<Section> {
  const [target] = testTargets();
  if (!target) throw new Error('No image pair: run `npm run check` first.');
  const uv = findProgram('uv');
  const environment = {
    WHEELMILL_TARGETS: `${target.build}=${target.runtime}`,
    WHEELMILL_CONCURRENCY: String(cpus().length),
  };
  say('a new list of stored pins');
  const stored = await benchStoredList(environment);
  say('the overhead of one build');
  const overhead = await benchOverhead(target, uv, environment);
  say('what is added to a build');
  const added = await benchAddedSteps(environment);
  say('twelve projects');
  const twelve = await benchTwelve(target, uv, environment);
  return {
    title: 'Builds',
    about: [
      ['Images', `${target.build}, ${target.runtime}`],
      ['Node, uv', `${process.version}, ${execFileSync(uv, ['--version'], { encoding: 'utf8' }).trim()}`],
    ],
    rows: [...stored, ...overhead, ...added, ...twelve],
  };
}
