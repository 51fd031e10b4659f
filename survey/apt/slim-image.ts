import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerBuild } from '../../test/services/docker.ts';

/** Where the installed wheels come from: a prebuild's own page and list. */
export type Installed = { wheels: string; requirements: string };

/** The runtime image with exactly these Debian packages, and with the wheels of a prebuild installed as a Dockerfile does. */
export async function slimImage(
  tag: string,
  runtime: string,
  packages: readonly string[],
  { wheels, requirements }: Installed,
  options: { noCache?: boolean } = {},
): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'wheelmill-survey-'));
  const install = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  try {
    const file = join(context, 'Dockerfile');
    const lines = [
      `FROM ${runtime}`,
      ...(packages.length > 0 ? [`RUN apt-get update && ${install} && rm -rf /var/lib/apt/lists/*`] : []),
      `RUN PYTHONDONTWRITEBYTECODE=1 pip install --no-cache-dir --no-index --find-links ${wheels} -r ${requirements}`,
      '',
    ];
    await writeFile(file, lines.join('\n'));
    await dockerBuild({ tag, file, context, arguments: {}, ...options });
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
