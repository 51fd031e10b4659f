import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { createFileStore } from '../../src/storage/file-store.ts';
import { openQueue } from '../../src/workers/queue/open-queue.ts';
import { startRedis } from '../../test/services/redis.ts';
import { median, type Row, type Section } from '../report.ts';
import { inScope } from '../serving/bench-scope.ts';
import { fillStore, projectName } from '../serving/fill-store.ts';
import { inMemory, processorSeconds } from '../serving/large-store.ts';
import { newFolder } from '../serving/servers.ts';
import { startApi, startEmptyIndex } from '../serving/wheelmill.ts';
import { endBuild, fillDay } from './fill-day.ts';

/** `BENCH_DASHBOARD=100` tries the bench itself with a small store. */
const SIZE = Number(process.env.BENCH_DASHBOARD ?? 10_000);
const MAX_MILLISECONDS = 50;
const MAX_SHARE = 0.1;
const LOOKS = 200;
const OPEN = 200;
const SECONDS = 30;

/** What the pages cost a server that has much: one look, and many people who leave the overview open. */
export function benchDashboard(say: (what: string) => void): Promise<Section> {
  return inScope(async (scope) => {
    const { url: redis } = await startRedis(scope);
    const upstream = await startEmptyIndex(scope);
    const folder = await newFolder(scope, await inMemory());
    const store = createFileStore({ folder: join(folder, 'bucket') });
    say(`a store of ${SIZE} projects and builds`);
    await fillStore(store, SIZE, 1);
    await fillDay(store, SIZE, (at) => projectName(at % SIZE));
    const api = await startApi(scope, { folder, redis, upstream });
    say('looks at the overview');
    const first = await look(api.base);
    const looks: number[] = [];
    // At distances, so that some of them find figures that are due to be made again.
    for (let at = 0; at < LOOKS; at++) {
      looks.push(await look(api.base));
      await after(50);
    }
    say(`${OPEN} open overviews`);
    const reader = await openOverviews(api.base, OPEN);
    scope.teardown(() => reader.close());
    const queue = await openQueue({ dataFolder: folder, url: redis });
    scope.teardown(() => queue.close());
    await after(5000);
    const updates = reader.updates();
    const [before, began] = [await processorSeconds(api.pid), performance.now()];
    for (let second = 0; second < SECONDS; second++) {
      const id = await endBuild(store, projectName(second), SIZE + second, new Date());
      await queue.notify({ kind: 'builds', id, state: 'stored' });
      await after(1000);
    }
    const passed = (performance.now() - began) / 1000;
    const share = ((await processorSeconds(api.pid)) - before) / passed;
    return {
      title: 'Dashboard',
      about: [
        ['Node', process.version],
        ['Store', `files, ${SIZE.toLocaleString('en')} projects, as many builds and lists that ended in the last day`],
      ],
      rows: [...ofLooks(first, looks), ofOpen(share, (reader.updates() - updates) / OPEN)],
    };
  });
}

function ofLooks(first: number, looks: readonly number[]): Row[] {
  const slowest = [...looks].sort((one, other) => one - other)[Math.floor(looks.length * 0.95)] ?? 0;
  const middle = median(looks);
  return [
    {
      what: `the overview, median of ${looks.length} looks`,
      value: `${middle.toFixed(1)} ms (95 % within ${slowest.toFixed(1)} ms)`,
      goal: `<= ${MAX_MILLISECONDS} ms`,
      met: middle <= MAX_MILLISECONDS,
      toMeetIt: 'a smaller page, or figures that are made less often.',
    },
    { what: 'the very first look after the start', value: `${first.toFixed(0)} ms`, goal: '', met: true },
  ];
}

function ofOpen(share: number, updates: number): Row {
  return {
    what: `\`wheelmill api\` on Redis with ${OPEN} open overviews while a build ends every second (${updates.toFixed(0)} updates each in ${SECONDS} s)`,
    value: `${(share * 100).toFixed(1)} % of a core`,
    goal: `<= ${MAX_SHARE * 100} %`,
    met: share <= MAX_SHARE,
    toMeetIt: 'updates less often than once a second, or smaller parts.',
  };
}

async function look(base: string): Promise<number> {
  const before = performance.now();
  const answer = await fetch(`${base}/dashboard`, { headers: { accept: 'text/html' } });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  await answer.text();
  return performance.now() - before;
}

/** Readers of the overview's events, as browsers that have it open. */
async function openOverviews(base: string, count: number): Promise<{ updates(): number; close(): void }> {
  const ending = new AbortController();
  let updates = 0;
  const read = async (body: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of body) updates += decoder.decode(chunk, { stream: true }).match(/^data: /gm)?.length ?? 0;
  };
  for (let at = 0; at < count; at++) {
    const answer = await fetch(`${base}/dashboard/events`, { signal: ending.signal });
    read(answer.body!).catch(() => undefined);
  }
  return { updates: () => updates, close: () => ending.abort() };
}
