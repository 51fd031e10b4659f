import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Check, ok, warning } from './check.ts';
import type { DoctorContext } from './context.ts';

const run = promisify(execFile);

/** Clients before this one have BuildKit in themselves; from it on it is their plugin buildx. */
const FIRST_WITH_PLUGIN = 23;

/**
 * Whether the `docker` that is called here can build the printed Dockerfile lines: their `RUN --mount` needs BuildKit. The
 * server itself needs no client, and images may be built elsewhere, so nothing here is wrong.
 */
export function dockerClientCheck({ config }: Pick<DoctorContext, 'config'>): Check {
  return {
    name: 'client',
    seconds: 20,
    look: async (signal) => {
      const docker = (...args: string[]) =>
        run('docker', args, { env: config.environment, signal }).then(
          ({ stdout }) => stdout.trim(),
          () => undefined,
        );
      const version = /\d+\.\d+\S*/.exec((await docker('--version')) ?? '')?.[0]?.replace(/,$/, '');
      if (version === undefined) return ok('there is no docker command here: images are built elsewhere');
      if (Number.parseInt(version, 10) < FIRST_WITH_PLUGIN)
        return ok(`docker ${version}, which builds with BuildKit when DOCKER_BUILDKIT=1 says so`);
      const buildx = await docker('buildx', 'version');
      return buildx === undefined
        ? warning(
            `docker ${version} has no buildx here, so it cannot build the printed Dockerfile lines`,
            "Install docker-buildx-plugin (of Docker's own packages) or docker-buildx (of Debian and Ubuntu).",
          )
        : ok(`docker ${version} builds with BuildKit`);
    },
  };
}
