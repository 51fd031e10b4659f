import type { Logger } from 'pino';
import type { BuildRequest } from '../../core/records/build.ts';
import type { PrebuildRequest } from '../../core/records/prebuild.ts';

/** The log of whoever works on a build: every line names it, and the prebuild and the HTTP request that opened it. */
export function logOfBuild(log: Logger, { key, project, version, target, prebuild, request }: BuildRequest): Logger {
  return log.child({
    build: key,
    project,
    version,
    target,
    ...(prebuild && { prebuild }),
    ...(request && { request }),
  });
}

/** The log of whoever works on an attempt of a prebuild. */
export function logOfPrebuild(
  log: Logger,
  { id, attempt, target, request }: Pick<PrebuildRequest, 'id' | 'attempt' | 'target' | 'request'>,
): Logger {
  return log.child({ prebuild: id, attempt, target, ...(request && { request }) });
}
