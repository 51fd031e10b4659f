import { execFileSync } from 'node:child_process';
import { testTargets } from '../../test/services/docker.ts';
import { findProgram } from '../../test/services/state.ts';
import type { Section } from '../report.ts';
import { benchCrowd } from './crowd.ts';
import { benchNothingMissing } from './nothing-missing.ts';
import { benchOnDemand } from './one-install.ts';

/** Wheels that are built for whoever installs them, in containers of the first image pair. */
export async function benchOnDemandWheels(say: (what: string) => void): Promise<Section> {
  const [target] = testTargets();
  if (!target) throw new Error('No image pair: run `npm run check` first.');
  const environment = { WHEELMILL_TARGETS: `${target.build}=${target.runtime}` };
  say('an install that builds, and one of a list that was built');
  const one = await benchOnDemand(environment);
  say('a list of which nothing is missing');
  const nothing = await benchNothingMissing(environment);
  say('a crowd');
  const crowd = await benchCrowd(environment);
  return {
    title: 'On demand',
    about: [
      ['Images', `${target.build}, ${target.runtime}`],
      [
        'Node, uv',
        `${process.version}, ${execFileSync(findProgram('uv'), ['--version'], { encoding: 'utf8' }).trim()}`,
      ],
    ],
    rows: [...one, ...nothing, ...crowd],
  };
}
