import { WheelmillError } from '../../errors.ts';

/** A limit of builds that an engine may not be able to hold them to. */
export type MissingLimit = 'memory' | 'swap' | 'processors' | 'processes';

/** What of an engine's `GET /info` says which limits it enforces; what it leaves out it does not have. */
export type LimitFacts = Partial<Record<'MemoryLimit' | 'SwapLimit' | 'CpuCfsQuota' | 'PidsLimit', boolean>>;

export function missingLimits(info: LimitFacts): MissingLimit[] {
  return [
    ...(info.MemoryLimit ? [] : (['memory'] as const)),
    ...(info.SwapLimit ? [] : (['swap'] as const)),
    ...(info.CpuCfsQuota ? [] : (['processors'] as const)),
    ...(info.PidsLimit ? [] : (['processes'] as const)),
  ];
}

/** What a person can do about limits that are missing. */
export function adviceOn(missing: readonly MissingLimit[], isRootless: boolean): string {
  if (isRootless)
    return 'A rootless engine needs cgroup v2 with the controllers cpu, memory and pids delegated to its user.';
  const swap = missing.includes('swap') ? ' ("swapaccount=1" for swap)' : '';
  return `Turn these cgroup controllers on in the kernel${swap}.`;
}

/**
 * Refuses an engine on which one build could take the whole machine. Where only swap is not limited the memory still is, and such
 * an engine will do.
 *
 * @throws WheelmillError `engine-unfit`
 */
export function requireLimits(missing: readonly MissingLimit[], isRootless: boolean): void {
  const needed = missing.filter((one) => one !== 'swap');
  if (needed.length === 0) return;
  throw new WheelmillError(
    'engine-unfit',
    `The Docker engine cannot limit ${needed.join(', ')}, so one sdist could take the whole machine. ${adviceOn(needed, isRootless)} To build on it all the same, set WHEELMILL_MISSING_LIMITS=accept.`,
  );
}
