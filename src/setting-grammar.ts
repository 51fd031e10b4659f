/** How the texts of settings are read: each grammar gives the value or throws Unfit. */

const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** A value that does not fit its grammar: the rest of a sentence that starts with the setting's name. */
export class Unfit extends Error {}

export const text = (value: string): string => value;

export function oneOf<T extends string>(...values: T[]): (value: string) => T {
  return (value) => {
    if ((values as string[]).includes(value)) return value as T;
    throw new Unfit(`must be one of ${values.join(', ')}`);
  };
}

export function integer(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= least && number <= most) return number;
    throw new Unfit(`must be a whole number from ${least} to ${most}`);
  };
}

const UNITS: Record<string, number> = { '': 1, B: 1, K: KIB, KiB: KIB, M: MIB, MiB: MIB, G: GIB, GiB: GIB };

export function bytes(value: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([KMG]iB|[BKMG]?)$/.exec(value);
  const size = match ? Math.floor(Number(match[1]) * UNITS[match[2]!]!) : 0;
  if (size > 0) return size;
  throw new Unfit('must be a size such as 512MiB or 6GiB');
}

/** As `bytes`, and 0 for nothing at all. */
export function bytesOrNone(value: string): number {
  return value === '0' ? 0 : bytes(value);
}

const PERIODS: Record<string, number> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR, d: 24 * HOUR };

export function duration(value: string): number {
  const match = /^(\d+) ?(ms|s|m|h|d)$/.exec(value);
  const time = match ? Number(match[1]) * PERIODS[match[2]!]! : 0;
  // Timers of Node hold 31 bits of milliseconds.
  if (time > 0 && time < 2 ** 31) return time;
  throw new Unfit('must be a time such as 30s, 15m or 1h (24 days at most)');
}

export function httpUrl(value: string): string {
  if (/^https?:$/.test(safeProtocol(value))) return value.replace(/\/+$/, '');
  throw new Unfit('must be an http:// or https:// URL');
}

/** A sparse registry as cargo writes it; what has no `sparse+` is a git repository to cargo. */
export function sparseRegistry(value: string): string {
  if (/^sparse\+https?:$/.test(safeProtocol(value))) return value;
  throw new Unfit(
    'must be a sparse registry, sparse+https://…; others are git repositories and cannot be read through',
  );
}

function safeProtocol(value: string): string {
  try {
    return new URL(value).protocol;
  } catch {
    return '';
  }
}

export function queueUrl(value: string): string {
  if (/^rediss?:$/.test(safeProtocol(value))) return value;
  throw new Unfit('must be a redis:// or rediss:// URL; leave it empty for the embedded queue');
}

export const names = (value: string): string[] =>
  value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

/** Keys of config settings, with `*`; `none` alone allows no key. */
export function settingKeys(value: string): string[] {
  if (value.trim() === 'none') return [];
  const keys = names(value);
  const wrong = keys.find((one) => /[\s="']/.test(one));
  if (wrong !== undefined) throw new Unfit(`has "${wrong}"; write keys such as cmake.* or setup-args, without values`);
  return keys;
}
