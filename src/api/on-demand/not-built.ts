import { type FailureReason, WheelmillError } from '../../errors.ts';

/** Why there is no wheel: of the build where there was one, else of the prebuild. */
export type Cause = {
  reason?: FailureReason | undefined;
  message?: string | undefined;
  build?: string | undefined;
  prebuild?: string;
};

/**
 * The last word to a client: a 4xx, for installers ask again after a 5xx. pip shows its one line, uv all of the document.
 *
 * @param base the URL under which the client reaches this server
 */
export function notBuilt(
  { project, version, target }: { project: string; version: string; target: string },
  { reason = 'internal', message = '', build, prebuild }: Cause,
  base: string,
): WheelmillError {
  const where = build ? `/api/v1/builds/${build}/log` : `/api/v1/prebuilds/${prebuild}`;
  const why = message.replace(/\s+/g, ' ').trim();
  return new WheelmillError(
    'on-demand-failed',
    `Wheelmill could not build ${project} ${version} for ${target} (${reason}), see ${base}${where} ${why}`.trim(),
  );
}
