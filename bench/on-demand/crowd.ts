import { readdirSync, readFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as after } from 'node:timers/promises';
import type { Row } from '../report.ts';
import { firstTarget } from './install.ts';
import { onGround } from './local-index.ts';

const CLIENTS = 200;
const WHEELS = 5;

type Page = { files: { filename: string; url: string }[] };

/** Many clients at once for a few wheels that are not there: what they get, what is built, and what it takes of the server. */
export async function benchCrowd(environment: Record<string, string>): Promise<Row[]> {
  return onGround(environment, async ({ index, server }) => {
    for (let at = 0; at < WHEELS; at++) await index.addSdist(`missing${at}`, '1.0', { build: 'time.sleep(20)' });
    const { url, pid } = await server({
      WHEELMILL_ON_DEMAND: 'on',
      WHEELMILL_BUILD_MEMORY: '1GiB',
      WHEELMILL_BUILD_DISK: '512MiB',
    });
    const { name } = await firstTarget(url);
    const links = await Promise.all(
      Array.from({ length: WHEELS }, async (_, at) => {
        const page = `${url}/t/${name}/simple/missing${at}/`;
        const answer = await fetch(page, { headers: { accept: 'application/vnd.pypi.simple.v1+json' } });
        return new URL(((await answer.json()) as Page).files[0]!.url, page).href;
      }),
    );
    const before = { memory: memoryOf(pid), files: filesOf(pid) };
    const most = { ...before };
    const over = new AbortController();
    const watching = watch(pid, most, over.signal);
    const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
    const start = performance.now();
    const got = await Promise.all(Array.from({ length: CLIENTS }, (_, at) => patiently(links[at % WHEELS]!, agent)));
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    over.abort();
    await watching;
    agent.destroy();
    const { items } = (await (await fetch(`${url}/api/v1/builds?limit=200`)).json()) as { items: unknown[] };
    const wheels = got.filter((bytes) => bytes.subarray(0, 2).toString() === 'PK').length;
    return [
      {
        what: `${CLIENTS} clients at once for ${WHEELS} missing wheels: wheels they got, and builds`,
        value: `${wheels} wheels, ${items.length} builds, ${seconds} s`,
        goal: `${CLIENTS} wheels, ${WHEELS} builds`,
        met: wheels === CLIENTS && items.length === WHEELS,
      },
      {
        what: 'what they take of the server (API and worker in one) beyond what it had before, at most',
        value: `${mib(most.memory - before.memory)} MiB (of ${mib(most.memory)}), ${most.files - before.files} open files`,
        goal: '',
        met: true,
      },
    ];
  });
}

/** Follows redirects and asks again after a 503, as uv does. */
async function patiently(url: string, agent: Agent, turns = 40): Promise<Buffer> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    get(url, { agent, headers: { 'user-agent': 'uv/0' } }, resolve).on('error', reject),
  );
  const body = await buffer(answer);
  if (turns === 0) return body;
  if (answer.statusCode === 503) return after(2000).then(() => patiently(url, agent, turns - 1));
  const { location } = answer.headers;
  return location === undefined ? body : patiently(new URL(location, url).href, agent, turns - 1);
}

async function watch(pid: number, most: { memory: number; files: number }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    most.memory = Math.max(most.memory, memoryOf(pid));
    most.files = Math.max(most.files, filesOf(pid));
    await after(100, undefined, { signal }).catch(() => {});
  }
}

const filesOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const memoryOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
const mib = (bytes: number): string => (bytes / 1024 ** 2).toFixed(0);
