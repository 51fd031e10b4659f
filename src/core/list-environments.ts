import { evaluateMarker, parseMarker } from './marker.ts';
import type { MarkerEnvironment } from './records/marker-environment.ts';

/** Python 3 minor versions a target may have; lists for others still meet the same checks when they are planned. */
const MINORS = [9, 10, 11, 12, 13, 14, 15, 16];
const MACHINES = ['x86_64', 'aarch64'];

/** Environments that targets can have: CPython on Linux. A list is judged before its target is known. */
const ENVIRONMENTS: readonly MarkerEnvironment[] = MINORS.flatMap((minor) =>
  MACHINES.map((machine) => ({
    os_name: 'posix',
    sys_platform: 'linux',
    platform_machine: machine,
    platform_python_implementation: 'CPython',
    platform_release: '6.12.0',
    platform_system: 'Linux',
    platform_version: '#1 SMP',
    python_version: `3.${minor}`,
    python_full_version: `3.${minor}.5`,
    implementation_name: 'cpython',
    implementation_version: `3.${minor}.5`,
  })),
);

/** A set of environments: bit n stands for the n-th. */
export type Environments = number;

export const ALL_ENVIRONMENTS: Environments = 2 ** ENVIRONMENTS.length - 1;

/**
 * Of all markers of a list together this much is judged: real lists have a few KiB, and what is left out is judged when
 * the list is planned. Without a bound, a MiB of markers would be evaluated once for each environment.
 */
const MAX_JUDGED_CHARS = 32 * 1024;

/** Says where markers hold: undefined once it has judged too much. */
export function markerJudge(): (marker: string | undefined) => Environments | undefined {
  const known = new Map<string, Environments>();
  let judged = 0;
  return (marker) => {
    if (marker === undefined) return ALL_ENVIRONMENTS;
    const before = known.get(marker);
    if (before !== undefined) return before;
    judged += marker.length;
    if (judged > MAX_JUDGED_CHARS) return undefined;
    const parsed = parseMarker(marker);
    const bits = ENVIRONMENTS.map((environment, at) => (evaluateMarker(parsed, environment) ? 2 ** at : 0));
    const environments = bits.reduce((sum: number, bit) => sum + bit, 0);
    known.set(marker, environments);
    return environments;
  };
}
