import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Test } from 'tap';
import { freePorts, startService } from './process.ts';
import { findProgram } from './state.ts';
import { ROOT } from './wheelmill.ts';

/** The configuration that docs/deployment.md speaks of. */
const CONFIG = join(ROOT, 'docker/examples/static-index.nginx.conf');

/**
 * Starts nginx as a static index of a bucket in a folder, with the configuration of docker/examples but for port and folders.
 * Ends with the test. Gives its URL.
 *
 * @param folder for what it writes
 */
export async function startStaticIndex(t: Test, bucket: string, folder: string): Promise<string> {
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'nginx.conf');
  const text = (await readFile(CONFIG, 'utf8'))
    .replace('listen 8080;', `listen 127.0.0.1:${port};`)
    .replace('root /srv/wheelmill;', `root ${bucket};`)
    .replaceAll('/tmp/static-index', join(folder, 'static-index'));
  await writeFile(config, text);
  const nginx = await startService(
    findProgram('nginx'),
    // One process, so that it ends with this one; as whoever runs the test, whose files it reads.
    ['-p', folder, '-c', config, '-e', 'stderr', '-g', 'daemon off; master_process off;'],
    async (_output, ended) => {
      while (!ended.aborted) {
        if (
          await fetch(url).then(
            (answer) => answer.status === 404,
            () => false,
          )
        )
          return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  );
  t.teardown(() => nginx.stop());
  return url;
}
