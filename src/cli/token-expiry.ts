import { WheelmillError } from '../errors.ts';

const HOUR = 3_600_000;
const PERIODS: Record<string, number> = { h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR };

/**
 * When a token ends: a time from now (`12h`, `90d`, `52w`), or the beginning of a day in UTC (`2027-01-31`).
 *
 * @throws WheelmillError `bad-request` for anything else, and for what is past
 */
export function readExpiry(text: string, now = Date.now()): Date {
  const [, count, unit] = /^(\d{1,6})([hdw])$/.exec(text) ?? [];
  const time = unit === undefined ? dayOf(text) : now + Number(count) * PERIODS[unit]!;
  if (time !== undefined && time > now) return new Date(time);
  throw new WheelmillError(
    'bad-request',
    `"${text.slice(0, 40)}" is no time to come: write 12h, 90d, 52w or a date such as 2027-01-31.`,
  );
}

function dayOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const time = Date.parse(`${text}T00:00:00Z`);
  // 2027-02-31 would be taken for a day in March.
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(text) ? undefined : time;
}
