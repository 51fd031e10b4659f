import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, dockerBuild } from '../../test/services/docker.ts';

/** The build image with further Debian packages, made once for a set of them; gives its name. */
export async function referenceImage(base: string, packages: readonly string[]): Promise<string> {
  const id = await docker('image', 'inspect', '-f', '{{.Id}}', base);
  const digest = createHash('sha256')
    .update([id, ...packages].join('\n'))
    .digest('hex');
  const tag = `wheelmill-survey-reference:${digest.slice(0, 16)}`;
  if ((await docker('image', 'ls', '-q', tag)) !== '') return tag;
  const context = await mkdtemp(join(tmpdir(), 'wheelmill-survey-'));
  try {
    const file = join(context, 'Dockerfile');
    const install = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
    await writeFile(file, `FROM ${base}\nRUN ${install}\n`);
    await dockerBuild({ tag, file, context, arguments: {} });
  } finally {
    await rm(context, { recursive: true, force: true });
  }
  return tag;
}
