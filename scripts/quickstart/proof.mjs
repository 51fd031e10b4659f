// The proof: a real docker build of exactly the lines that `wheelmill prebuild` printed.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { MODULES } from './modules.mjs';
import { isDesktop, list } from './settings.mjs';
import { ask, Failure, run } from './shell.mjs';

const IMAGE = 'wheelmill-quickstart';

/**
 * Builds an image from the printed lines and one more that imports everything.
 *
 * @param client path of a docker client that has BuildKit
 * @param printed what `wheelmill prebuild` wrote to its standard output
 */
export async function prove({ client, printed }) {
  const lines = printed.slice(printed.search(/^FROM /m));
  if (!lines.startsWith('FROM ')) throw new Failure('wheelmill prebuild printed no Dockerfile lines.');
  const folder = mkdtempSync(join(tmpdir(), 'wheelmill-quickstart-'));
  try {
    copyFileSync(list, join(folder, basename(list)));
    writeFileSync(join(folder, 'Dockerfile'), `${lines}RUN python -c "import ${Object.values(MODULES).join(', ')}"\n`);
    // The image of the last time would stay without a name.
    await ask(client, ['image', 'rm', IMAGE]);
    // A cached step would prove nothing. On Linux the build reaches a server on 127.0.0.1 by the host's network.
    const options = ['--no-cache', '--tag', IMAGE, ...(isDesktop ? [] : ['--network=host'])];
    await run(client, ['build', ...options, folder], {
      env: { ...process.env, DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain' },
      failure: 'the wheels did not install or import in the runtime image',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
