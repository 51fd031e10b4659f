import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { commitOfRun } from '../scripts/commit.ts';
import { docker, type TestTarget, testTargets } from '../test/services/docker.ts';
import type { About } from './part.ts';

/** The pair of images that everything is built for: the newest Python of those that were set up. */
export function surveyTarget(): TestTarget {
  const [target] = testTargets();
  if (!target) throw new Error('No image pair: run `npm run check` first.');
  return target;
}

/** What every part says of its run, and `more`. */
export async function aboutRun(target: TestTarget, more: About = []): Promise<About> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const idOf = async (image: string) => (await docker('image', 'inspect', '-f', '{{.Id}}', image)).slice(7, 19);
  const named = async (image: string) => `${image} (${await idOf(image)})`;
  return [
    ['Commit', commitOfRun()],
    ['Wheelmill', version],
    ['Images', `${await named(target.build)}, ${await named(target.runtime)}`],
    ...more,
    ['Processors', `${cpus().length} (${cpus()[0]?.model.trim()})`],
    ['Date', new Date().toISOString().slice(0, 10)],
  ];
}
