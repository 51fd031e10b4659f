import { createHttp } from '../../upstream/http.ts';
import { type Check, type Finding, ok, together, warning, wrong } from './check.ts';
import type { DoctorContext } from './context.ts';

/** Beyond this S3 servers refuse requests (RequestTimeTooSkewed). */
const S3_LIMIT_MS = 15 * 60_000;
/** A Date header has seconds, and takes its way; less than this is no sign of anything. */
const TOLERATED_MS = 10_000;

/** Dates in headers are cut to whole seconds. */
const HALF_SECOND_MS = 500;

const ADVICE = 'Set the clocks by NTP (timedatectl set-ntp true) here and there.';

/** A clock to be compared with ours: when it is, and how far off it may be; undefined when it cannot be asked. */
export type Clock = { name: string; limit?: number; read(signal: AbortSignal): Promise<number | undefined> };

/** Compares this machine's clock with those of everyone it talks to; who does not answer is another check's business. */
export function clockCheck(clocks: () => Promise<readonly Clock[]>): Check {
  return {
    name: 'clock',
    seconds: 30,
    look: async (signal) => {
      const read = await Promise.all((await clocks()).map((clock) => compare(clock, signal)));
      const findings = read.filter((one) => one !== undefined);
      return findings.length > 0 ? together(findings) : ok('nothing to compare it with answers');
    },
  };
}

async function compare({ name, limit, read }: Clock, signal: AbortSignal): Promise<Finding | undefined> {
  const before = Date.now();
  const theirs = await read(signal).catch(() => undefined);
  if (theirs === undefined) return undefined;
  const skew = theirs - (before + Date.now()) / 2;
  const found = `${name} ${skewText(skew)}`;
  if (limit !== undefined && Math.abs(skew) >= limit) return wrong(`${found}: it refuses requests`, ADVICE);
  return Math.abs(skew) > TOLERATED_MS ? warning(found, ADVICE) : ok(`${name} agrees`);
}

function skewText(milliseconds: number): string {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  return `is ${seconds} s ${milliseconds > 0 ? 'ahead' : 'behind'}`;
}

/** The clocks of the store and of the upstream indexes, by the Date header of any answer (RFC 9110, 6.6.1). */
export async function serviceClocks(context: DoctorContext): Promise<Clock[]> {
  const { s3Endpoint } = context.config;
  const indexes = await context.indexes().then(
    (found) => found.indexes,
    () => [],
  );
  const store = s3Endpoint ? [{ name: 'store', limit: S3_LIMIT_MS, read: dateOf(context, s3Endpoint) }] : [];
  return [
    ...store,
    ...indexes.map((index) => ({ name: `upstream ${new URL(index.url).host}`, read: dateOf(context, index.url) })),
  ];
}

/** Whatever it answers has a date; the URL is one of the settings, which may be in a private network. */
function dateOf({ config }: DoctorContext, url: string): Clock['read'] {
  return async (signal) => {
    const own = { url: url.endsWith('/') ? url : `${url}/`, id: 'clock' };
    const http = createHttp({ indexes: [own], environment: config.environment, retryDelays: [] });
    try {
      return await http.get(own.url, { method: 'HEAD', time: 10_000, signal }, async (answer) => {
        const time = Date.parse(answer.header('date') ?? '');
        return Number.isNaN(time) ? undefined : time + HALF_SECOND_MS;
      });
    } finally {
      await http.close();
    }
  };
}
