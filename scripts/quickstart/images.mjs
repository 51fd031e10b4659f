// Which pair of images wheels are built and proven with.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDesktop, state } from './settings.mjs';
import { run } from './shell.mjs';

const PAIR = 'python:3.13=python:3.13-slim';

/** The value of WHEELMILL_TARGETS for the server: as the user has set it, else one pair that is on the engine. */
export async function chooseTarget() {
  const given = process.env.WHEELMILL_TARGETS;
  // The server fetches what its engine lacks.
  if (given || isDesktop) return given || PAIR;
  await run('bash', ['scripts/setup/images.sh', '--first'], { failure: 'there are no images to build with' });
  const [, pair] = /^WHEELMILL_TARGETS=([^,\n]+)/m.exec(readFileSync(join(state, 'first-target.env'), 'utf8')) ?? [];
  return pair ?? PAIR;
}
