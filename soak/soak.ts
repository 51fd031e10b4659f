import { setTimeout as after } from 'node:timers/promises';
import type { PrebuildView } from '../src/api/prebuilds/view.ts';
import { createS3Store } from '../src/storage/s3-store.ts';
import { openStreet, type Part } from './street.ts';
import { type Counts, countAll } from './verdict.ts';

export type SoakOptions = {
  builds: number;
  /** Builds of one list. */
  perList: number;
  /** What is killed, in turn, and every so many milliseconds. */
  parts: readonly Part[];
  every: number;
  /** Killing goes on until it was done so often, also when all is built: what is whole must survive it. */
  least: number;
  /** The work must have ended by then, in milliseconds. */
  patience: number;
  /** And what is left of it be gone so much later. */
  settling: number;
  say(what: string): void;
};

export type Soaked = { counts: Counts; kills: Partial<Record<Part, number>>; attempts: number; seconds: number };

/**
 * Has many small sdists built while one part after the other is killed and started again, until all has ended; then looks at
 * everything there is. Whoever asks does so as a client that does not give up.
 */
export async function soak({
  builds,
  perList,
  parts,
  every,
  least,
  patience,
  settling,
  say,
}: SoakOptions): Promise<Soaked> {
  const street = await openStreet({ engine: parts.includes('engine') });
  const began = performance.now();
  const stop = new AbortController();
  const kills: Partial<Record<Part, number>> = {};
  try {
    const projects = Array.from({ length: builds }, (_, at) => `soakmill${at}`);
    for (const project of projects) await street.index.addSdist(project, '1.0');
    const lists: string[] = [];
    for (let at = 0; at < builds; at += perList)
      lists.push(
        projects
          .slice(at, at + perList)
          .map((project) => `${project}==1.0\n`)
          .join(''),
      );
    const killing = (async () => {
      for (let turn = 0; ; turn++) {
        await after(every, undefined, { signal: stop.signal }).catch(() => undefined);
        const part = parts[turn % parts.length];
        if ((stop.signal.aborted && turn >= least) || part === undefined) return;
        say(`kills ${part}`);
        await street.restart(part);
        kills[part] = (kills[part] ?? 0) + 1;
      }
    })();
    const deadline = performance.now() + patience;
    let left = lists.length;
    const readied = async (list: string) => {
      const view = await untilReady(street.url, list, deadline);
      left -= 1;
      say(`a list is ready after ${view.attempt} attempts; ${left} of ${lists.length} are left`);
      return view;
    };
    const ended = await Promise.all(lists.map(readied));
    stop.abort();
    await killing;
    const store = createS3Store({
      ...{ endpoint: street.s3.endpoint, bucket: street.s3.bucket, region: street.s3.region },
      ...{ accessKey: street.s3.accessKey, secretKey: street.s3.secretKey },
    });
    const target = ended[0]!.target;
    const lanes = [`prebuilds.${target}`, `builds.${target}`, `proofs.${target}`, 'settles', 'pages'] as const;
    const look = () =>
      countAll({ url: street.url, store, queueUrl: street.redis.url, lanes, engine: street.engine }, projects);
    try {
      // Marks of a part that was just killed go with the next upkeep.
      const settled = performance.now() + settling;
      let counts = await look();
      while (
        counts.openWork + counts.marks + counts.jobs + counts.containers + counts.volumes > 0 &&
        performance.now() < settled
      ) {
        await after(1000);
        counts = await look();
      }
      const attempts = ended.reduce((sum, { attempt }) => sum + attempt, 0);
      return { counts, kills, attempts, seconds: (performance.now() - began) / 1000 };
    } finally {
      await store.close();
    }
  } finally {
    stop.abort();
    await street.close();
  }
}

/** Posts a list, again and again, until it is ready: refused connections, 5xx and failed attempts are what a soak is for. */
async function untilReady(url: string, list: string, deadline: number): Promise<PrebuildView> {
  let last = 'nobody answered';
  while (performance.now() < deadline) {
    const answer = await fetch(`${url}/api/v1/prebuilds?deps=false&wait=20`, {
      method: 'POST',
      body: list,
      headers: { 'content-type': 'text/plain' },
    }).catch(() => undefined);
    const view = answer?.ok ? ((await answer.json().catch(() => undefined)) as PrebuildView | undefined) : undefined;
    if (view?.state === 'ready') return view;
    last = view ? `${view.state}: ${JSON.stringify(view.counts)}` : String(answer?.status ?? last);
    if (view === undefined || view.endedAt !== undefined) await after(500);
  }
  throw new Error(`a list was not ready in time: ${last}`);
}
