import { basename } from 'node:path';
import { isLoopback } from './loopback.ts';
import { aptCommand } from './needs.ts';

/** What the lines are for. */
export type Lines = {
  /** The server as a `docker build` reaches it. */
  server: string;
  runtimeImage: string;
  /** Path of the list on this machine; `-` for standard input. */
  list: string;
  /** Where a list may be prebuilt for several targets: the one these lines install. */
  target?: string | undefined;
  /** Debian packages that the wheels need in the runtime image. */
  apt?: readonly string[] | undefined;
  /** Whether the server asks for a token. The step then gets a netrc file, which stays in no layer. */
  withToken?: boolean | undefined;
};

/** What of the lines does not depend on the list. */
type PrebuildLines = Pick<Lines, 'server' | 'runtimeImage' | 'apt' | 'withToken'>;

/**
 * The Dockerfile lines that install a list from a server. The list is bound into the step, so nothing is copied; its hash
 * names the prebuild, so the lines change only with what its wheels need.
 */
export function dockerfileLines({ server, runtimeImage, list, target, apt, withToken }: Lines): string {
  const query = target === undefined ? '' : `?target=${encodeURIComponent(target)}`;
  return `FROM ${runtimeImage}
${aptLines(apt)}ARG WHEELMILL=${server}
RUN ${secretMount(withToken)}--mount=type=bind,source=${listName(list)},target=/tmp/requirements.txt \\
    list="$WHEELMILL/lists/$(sha256sum /tmp/requirements.txt | cut -d ' ' -f 1)" \\
 && PYTHONDONTWRITEBYTECODE=1 pip install --no-cache-dir --no-index${trust(server)} \\
      --find-links "$list/wheels/" -r "$list/requirements.txt${query}"
`;
}

/**
 * The lines that install one prebuild, whose list no hash of a file names. The URLs are the prebuild's own. `deps: false`: it was asked
 * for without dependencies, and pip must not look for them.
 */
export function linesOfPrebuild(
  { server, runtimeImage, apt, withToken }: PrebuildLines,
  { requirements, wheels, deps }: { requirements: string; wheels: string; deps: boolean },
): string {
  const under = (url: string) => url.replace(server, '$WHEELMILL');
  return `FROM ${runtimeImage}
${aptLines(apt)}ARG WHEELMILL=${server}
RUN ${secretMount(withToken)}PYTHONDONTWRITEBYTECODE=1 pip install --no-cache-dir --no-index${noDeps(deps)}${trust(server)} \\
      --find-links "${under(wheels)}" -r "${under(requirements)}"
`;
}

/** pip's option for what was asked for without its dependencies. */
export const noDeps = (deps: boolean): string => (deps ? '' : ' --no-deps');

/** Where pip and uv look for passwords of hosts by themselves. */
function secretMount(withToken = false): string {
  return withToken ? '--mount=type=secret,id=netrc,target=/root/.netrc,required=true \\\n    ' : '';
}

/** Before everything that changes more often, so that the layer is kept. */
function aptLines(packages: Lines['apt'] = []): string {
  return packages.length === 0 ? '' : `RUN ${aptCommand(packages).replace(' && rm', ' \\\n && rm')}\n`;
}

/** pip trusts plain HTTP of the machine itself only (its SECURE_ORIGINS). */
export function trust(server: string): string {
  const { protocol, host, hostname } = new URL(server);
  return protocol === 'https:' || isLoopback(hostname) ? '' : ` --trusted-host ${host}`;
}

/** The file's name, as it is called beside the Dockerfile. */
export function listName(list: string): string {
  return list === '-' ? 'requirements.txt' : basename(list);
}

/**
 * The command that builds with the lines, which need BuildKit: clients before 23 use it when they are told to, and others take no harm.
 * The server on loopback is reached by the network of the host only.
 */
export function buildCommand(server: string, withToken = false): string {
  const network = isLoopback(new URL(server).hostname) ? ' --network=host' : '';
  return `DOCKER_BUILDKIT=1 docker build${network}${withToken ? ' --secret id=netrc,src=$HOME/.netrc' : ''} .`;
}

/** The line of a netrc file that has the token of a server, for whoever builds with the lines. */
export function netrcLine(server: string): string {
  return `machine ${new URL(server).hostname.replace(/^\[|\]$/g, '')} login __token__ password TOKEN`;
}
