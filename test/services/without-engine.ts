import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of this machine that may have a docker program. */
const FOLDERS = ['/usr/bin', '/usr/local/bin'];

/**
 * The command that runs another one as if no engine were installed: in a mount namespace of its own, where /run is empty
 * and the docker programs are removed from an overlay over their folders. The machine itself stays as it is. Needs root.
 *
 * @param scratch a folder on a real file system
 */
export function withoutEngine(scratch: string, command: readonly string[]): string[] {
  const hide = FOLDERS.map((folder) => {
    const upper = mkdtempSync(join(scratch, 'upper-'));
    const work = mkdtempSync(join(scratch, 'work-'));
    return `mount -t overlay overlay -o lowerdir=${folder},upperdir=${upper},workdir=${work} ${folder}; rm -f ${folder}/docker`;
  });
  const script = ['set -e', 'mount -t tmpfs none /run', ...hide, 'exec env -u DOCKER_HOST -u DOCKER_CONTEXT "$@"'];
  return ['unshare', '--mount', 'sh', '-c', script.join('; '), 'sh', ...command];
}

/** What is left of an engine for a command that runs so; empty when all is hidden. */
export function engineIn(scratch: string): string {
  const look = 'command -v docker; ls /var/run/docker.sock /run/docker.sock 2>/dev/null; true';
  const [file, ...args] = withoutEngine(scratch, ['sh', '-c', look]);
  return execFileSync(file as string, args, { encoding: 'utf8' }).trim();
}
