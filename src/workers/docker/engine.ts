import Docker from 'dockerode';
import { WheelmillError } from '../../errors.ts';
import { type LimitFacts, type MissingLimit, missingLimits } from './engine-limits.ts';
import { inTime, noAnswer, PATIENCE_MS } from './patience.ts';

/** What dockerode needs to reach an engine; left out, DOCKER_HOST is honoured, else the local socket is used. */
export type EngineOptions = Docker.DockerOptions;

/** What to do about the ways an engine can be out of reach, by the code of the socket error. */
const ADVICE: Record<string, string> = {
  ENOENT: 'There is no Docker engine socket. Install and start Docker, or set DOCKER_HOST to an engine.',
  ECONNREFUSED: 'The Docker engine refuses connections. Start it, or set DOCKER_HOST to one that runs.',
  EACCES: 'The Docker engine socket may not be opened by this user. Add the user to the group "docker".',
  ENOTFOUND: 'The host named in DOCKER_HOST does not exist. Correct DOCKER_HOST.',
};

/** Codes with which a connection to the engine fails or breaks; no answer of the engine has one. */
const BROKEN = new Set([
  ...Object.keys(ADVICE),
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ABORT_ERR',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
]);

/** An engine as the rest of this folder uses it. */
export type Engine = {
  docker: Docker;
  /** Whose containers ours are, on an engine that several servers may share. */
  owner: string;
  /** Names of the containers this process has now. */
  live: Set<string>;
  /** The runtime that containers run with; the engine's own where it is missing. */
  runtime?: string | undefined;
  /** See PATIENCE_MS. */
  patience: number;
  /** Processors the engine has; it refuses a container that may use more. */
  cpus(): Promise<number>;
  /** Limits that it holds nobody to. */
  missingLimits(): Promise<readonly MissingLimit[]>;
  /** What it runs without emulation: `linux/amd64`. */
  platform(): Promise<string>;
};

export function createEngine(owner: string, docker: Docker, runtime?: string, patience = PATIENCE_MS): Engine {
  const info = remembered<LimitFacts & { NCPU: number }>(() => inTime(docker.info(), patience));
  const platform = remembered(() => inTime(docker.version(), patience).then(({ Os, Arch }) => `${Os}/${Arch}`));
  return {
    ...{ docker, owner, runtime, patience, live: new Set(), platform },
    cpus: async () => (await info()).NCPU,
    missingLimits: async () => missingLimits(await info()),
  };
}

/** What never changes is asked for once; a failure is none to remember. */
function remembered<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    answer.catch(() => {
      answer = undefined;
    });
    return answer;
  };
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A client of the engine; connects at the first call.
 *
 * @param environment as the process has it: the client of the API reads DOCKER_HOST and what goes with it by itself
 * @throws WheelmillError `bad-config` for a DOCKER_HOST or DOCKER_CONTEXT that cannot be used
 */
export function connectEngine(options?: EngineOptions, environment: Environment = {}): Docker {
  const { DOCKER_HOST: host, DOCKER_CONTEXT: context } = environment;
  // The client of the API would look at no host key, and connect anew for every call.
  if (host?.startsWith('ssh:'))
    throw new WheelmillError(
      'bad-config',
      `DOCKER_HOST=ssh:… cannot be used. Have ssh bring its socket here (ssh -N -L /run/engine.sock:/var/run/docker.sock HOST), and set DOCKER_HOST=unix:///run/engine.sock.`,
    );
  if (context && context !== 'default' && !host)
    throw new WheelmillError(
      'bad-config',
      `DOCKER_CONTEXT is not read here. Set DOCKER_HOST to what "docker context inspect ${context}" shows as Host.`,
    );
  try {
    return new Docker(options);
  } catch (cause) {
    throw new WheelmillError('bad-config', `DOCKER_HOST cannot be used: ${messageOf(cause)}.`, { cause });
  }
}

/** The HTTP status with which the engine refused, undefined for anything that is no answer of the engine. */
export function statusOf(error: unknown): number | undefined {
  const status: unknown = error instanceof Error ? Reflect.get(error, 'statusCode') : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** Whether the engine could not be reached or the connection to it broke. */
export function isBroken(error: unknown): boolean {
  return BROKEN.has(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Whether the error came from talking to the engine at all, and not from code of ours. */
export function isEngineTrouble(error: unknown): boolean {
  return statusOf(error) !== undefined || isBroken(error);
}

/** What an engine call threw, as WheelmillError `engine-unavailable` with what to do; others pass unchanged. */
export function engineError(error: unknown): unknown {
  if (!isEngineTrouble(error)) return error;
  const advice = ADVICE[codeOf(error) ?? ''];
  const message = advice ?? `The Docker engine failed: ${messageOf(error)}. Look at its log, then try again.`;
  return new WheelmillError('engine-unavailable', message, { cause: error });
}

/** The engine's own words, without dockerode's wrapping, for the end of a sentence. */
export function messageOf(error: unknown): string {
  if (codeOf(error) === 'ABORT_ERR') return noAnswer().message;
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replace(/^\(HTTP code \d+\) /, '')
    .trim()
    .replace(/\.$/, '');
}
