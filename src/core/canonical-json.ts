import { CoreError } from './faults.ts';

/**
 * JSON with one spelling per value, for hashing: keys sorted by UTF-16 code unit, no blanks (as RFC 8785 does).
 * A property that is undefined is left out, so that an option not given and one left unset are the same.
 * @throws CoreError `invalid-json` for what JSON cannot say: functions, bigints, NaN, dates, undefined in an array
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isPlainObject(value)) {
    const members = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
    return `{${members.join(',')}}`;
  }
  throw new CoreError('invalid-json', `A value of type ${typeof value} has no JSON form; convert it first.`);
}

/** Dates, maps and class instances would lose what they hold. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
