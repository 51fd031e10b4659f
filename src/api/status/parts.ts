import { WheelmillError } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { withDeadline } from '../../workers/queue/deadline.ts';
import type { Api } from '../context.ts';
import type { PartStanding, Parts } from './schema.ts';

/** A part that answers later than this counts as away: whoever asks for health has little patience. Milliseconds. */
const ANSWER_WITHIN = 4000;
/** However many ask, store and queue are asked once in this time, in milliseconds. */
export const FRESH = 2000;
/** Upstream is somebody else's server: it is not asked more often than this for the sake of a status, in milliseconds. */
const UPSTREAM_ASKED_EVERY = 60_000;
/** Milliseconds that its new answer is waited for where it was away: what is said then may be long over. */
const BACK_WITHIN = 1500;
/** One that is away, or not known before a worker has looked at its target, is back for everybody soon after it is. */
const AWAY_ASKED_EVERY = 10_000;

/** Whether the store answers. @throws WheelmillError `store-unavailable` and the store's own */
export async function askStore({ store }: Pick<Api, 'store'>): Promise<void> {
  await answered(store.head(paths.rootPage('json')), 'store-unavailable', 'The object store');
}

/** Whether the queue answers. @throws WheelmillError `queue-unavailable` */
export async function askQueue({ queue }: Pick<Api, 'queue'>): Promise<void> {
  await answered(queue.ping(), 'queue-unavailable', 'The queue');
}

async function answered(
  answer: Promise<unknown>,
  code: 'store-unavailable' | 'queue-unavailable',
  what: string,
): Promise<void> {
  try {
    await withDeadline(ANSWER_WITHIN, answer);
  } catch (cause) {
    if (cause instanceof WheelmillError) throw cause;
    throw new WheelmillError(code, `${what} does not answer. \`wheelmill doctor\` says more.`, { cause });
  }
}

/** How a part stands, by what asking it gave. */
async function standing(asking: Promise<unknown>, kind?: string): Promise<PartStanding> {
  const about = kind === undefined ? {} : { kind };
  return asking.then(
    (): PartStanding => ({ state: 'ok', ...about }),
    (error): PartStanding => ({ state: 'away', ...about, message: messageOf(error) }),
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Looks at all that the server depends on. Never fails. */
export type PartsReader = () => Promise<Parts>;

/** One for all who ask: status, metrics and dashboard say the same. */
export function createParts(api: Pick<Api, 'store' | 'queue' | 'upstream'>): PartsReader {
  const upstreamStanding = createUpstreamStanding(api);
  let last: { at: number; parts: Promise<Parts> } | undefined;
  const look = async (): Promise<Parts> => {
    const [store, queue, upstream] = await Promise.all([
      standing(askStore(api), api.store.kind),
      standing(askQueue(api), api.queue.kind),
      upstreamStanding(),
    ]);
    return { store, queue, upstream };
  };
  return () => {
    if (!last || performance.now() - last.at > FRESH) last = { at: performance.now(), parts: look() };
    return last.parts;
  };
}

/**
 * How upstream stands: what it said last, and asked again in the background when that is old. The first answer is waited
 * for, and that of one that was away, and not for long.
 */
function createUpstreamStanding({ upstream }: Pick<Api, 'upstream'>): () => Promise<PartStanding> {
  let last: PartStanding = { state: 'unknown' };
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> = Promise.resolve();
  return async () => {
    const before = last.state;
    const every = last.state === 'away' ? AWAY_ASKED_EVERY : UPSTREAM_ASKED_EVERY;
    if (performance.now() - askedAt >= every) {
      askedAt = performance.now();
      asking = standing(upstream.check()).then((now) => {
        last = now;
      });
    }
    const patience = before === 'unknown' ? ANSWER_WITHIN : BACK_WITHIN;
    if (before !== 'ok') await withDeadline(patience, asking).catch(() => undefined);
    return last;
  };
}
