import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { docker } from '../../test/services/docker.ts';
import { type Project, pinOf } from '../list.ts';
import { hostNetwork } from './host-network.ts';

const CLIENT = '/usr/bin/docker';
/** Nothing of the list takes as long; what hangs must not stop the rest. */
const LONGEST_MS = 20 * 60_000;
const MAX_LOG_BYTES = 1 << 28;

export type Outcome = { isBuilt: boolean; seconds: number; log: string };

/** `pip wheel` of one sdist in a new container of this image, with an open network, as anybody would. */
export async function pipWheel(image: string, project: Project): Promise<Outcome> {
  const name = `wheelmill-survey-${randomUUID()}`;
  const command = ['pip', 'wheel', '--no-cache-dir', '--disable-pip-version-check', '--progress-bar', 'off'];
  const what = ['--no-deps', '--no-binary', project.name, '-w', '/wheels', pinOf(project)];
  const started = performance.now();
  const { code, log } = await new Promise<{ code: unknown; log: string }>((resolve) =>
    execFile(
      CLIENT,
      ['run', '--rm', '--init', '--name', name, ...hostNetwork(process.env), image, ...command, ...what],
      { timeout: LONGEST_MS, maxBuffer: MAX_LOG_BYTES },
      (error, stdout, stderr) => resolve({ code: error ? (error.code ?? error.signal) : 0, log: stdout + stderr }),
    ),
  );
  // The client's end is not the container's, when it took too long.
  if (code === 'SIGTERM') await docker('rm', '-f', name).catch(() => {});
  return { isBuilt: code === 0, seconds: (performance.now() - started) / 1000, log };
}
