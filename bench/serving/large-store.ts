import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { createFileStore } from '../../src/storage/file-store.ts';
import { startRedis } from '../../test/services/redis.ts';
import type { Row } from '../report.ts';
import { inScope } from './bench-scope.ts';
import { fillStore, projectName } from './fill-store.ts';
import { newFolder } from './servers.ts';
import { startApi, startEmptyIndex } from './wheelmill.ts';
import { CONNECTIONS, inTurn, type Rates, ratio } from './wrk.ts';

const PROJECTS = 10_000;
const FEW_PROJECTS = 10;
const WHEELS_EACH = 10;
const MAX_RATIO = 1.2;
const MAX_RESIDENT_MB = 300;
const MAX_SECONDS = 2;

/** What grows with the store: the latency of pages, the memory of the process, and how long it takes to be ready. */
export function benchLargeStore(): Promise<Row[]> {
  return inScope(async (scope) => {
    const { url: redis } = await startRedis(scope);
    const upstream = await startEmptyIndex(scope);
    const parent = await inMemory();
    const start = async (projects: number) => {
      const folder = await newFolder(scope, parent);
      await fillStore(createFileStore({ folder: join(folder, 'bucket') }), projects, WHEELS_EACH);
      // As on a server that has been up for a while: no module is read from the disk for the first time.
      await inScope((first) => startApi(first, { folder, redis, upstream }));
      const before = performance.now();
      const api = await startApi(scope, { folder, redis, upstream });
      const script = join(folder, 'any-project.lua');
      await writeFile(script, anyProject(projects));
      const seconds = (performance.now() - before) / 1000;
      const processor = await processorSeconds(api.pid);
      await askForEach(api.base, projects);
      return { ...api, seconds, processor, script };
    };
    const few = await start(FEW_PROJECTS);
    const many = await start(PROJECTS);
    const headers = HTML;
    const same = (one: typeof few) => ({ url: `${one.base}/simple/${projectName(7)}/`, headers, connections: 1 });
    const any = (one: typeof few) => ({ url: one.base, headers, connections: 1, script: one.script });
    const rates = await inTurn([
      { name: 'one, few', ...same(few) },
      { name: 'one, many', ...same(many) },
      { name: 'any, few', ...any(few) },
      { name: 'any, many', ...any(many) },
    ]);
    const busy = await inTurn([{ name: 'busy', url: many.base, headers, script: many.script }]);
    return [
      ...latency(rates, 'one', 'one project page'),
      ...latency(rates, 'any', 'stored project pages at random'),
      ...process(await residentMb(many.pid), many, busy.get('busy')?.shown ?? ''),
    ];
  });
}

const HTML = { accept: 'text/html' };

/** Every merged page once: what is asked for later has been seen before, and upstream was asked whether it has the project. */
async function askForEach(base: string, projects: number): Promise<void> {
  const limit = pLimit(CONNECTIONS);
  const pages = Array.from({ length: projects }, (_, at) => `${base}/simple/${projectName(at)}/`);
  const ask = (url: string) => limit(async () => (await fetch(url, { headers: HTML })).arrayBuffer());
  await Promise.all(pages.map(ask));
}

/** wrk's own scripts: https://github.com/wg/wrk/blob/master/SCRIPTING */
const anyProject = (projects: number) => `request = function()
  return wrk.format("GET", string.format("/stored/simple/project-%05d/", math.random(0, ${projects - 1})))
end
`;

function latency(rates: Rates, which: string, what: string): Row[] {
  const milliseconds = (size: string) => 1000 / (rates.get(`${which}, ${size}`)?.rate ?? 0);
  const grown = ratio(rates, `${which}, few`, `${which}, many`);
  const store = (projects: number) => `${(projects * WHEELS_EACH).toLocaleString('en')} wheels`;
  return [
    ...(
      [
        ['few', FEW_PROJECTS],
        ['many', PROJECTS],
      ] as const
    ).map(([size, projects]) => ({
      what: `${what}, one connection, a store of ${store(projects)}`,
      value: `${milliseconds(size).toFixed(3)} ms`,
      ...{ goal: '', met: true },
    })),
    {
      what: `${what}, ${store(PROJECTS)} / ${store(FEW_PROJECTS)}`,
      value: grown.toFixed(2),
      goal: `<= ${MAX_RATIO}`,
      met: grown <= MAX_RATIO,
      toMeetIt:
        'trusting news for longer than two seconds. A page that nobody has asked for in that time is looked at in the store before it ' +
        'is given; the few pages of a small store are asked for so often that they always have been.',
    },
  ];
}

function process(
  resident: number,
  { seconds, processor }: { seconds: number; processor: number },
  rate: string,
): Row[] {
  return [
    {
      what: `resident memory of \`wheelmill api\` on Redis after ${CONNECTIONS} connections asked for all of these (${rate} /s)`,
      value: `${resident.toFixed(0)} MB`,
      goal: `<= ${MAX_RESIDENT_MB} MB`,
      met: resident <= MAX_RESIDENT_MB,
      toMeetIt: 'smaller memories for pages.',
    },
    {
      what: '`wheelmill api` on Redis with that store, from its start until it answers',
      value: `${seconds.toFixed(2)} s, of them ${processor.toFixed(2)} s of processor time`,
      goal: `<= ${MAX_SECONDS} s`,
      met: seconds <= MAX_SECONDS,
      toMeetIt: 'a processor of its own while it starts, or fewer modules to load (the processor time says which).',
    },
  ];
}

async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** Hundredths of a second on the processor, in the process and in the kernel for it (proc(5): fields 14 and 15). */
export async function processorSeconds(pid: number): Promise<number> {
  const [, fields = ''] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ');
  const [user, system] = fields.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

/** Every object is synced to the disk as it is written: in a file system in memory the store is filled in minutes. */
export async function inMemory(): Promise<string> {
  const folder = '/dev/shm';
  return access(folder, constants.W_OK).then(
    () => folder,
    () => tmpdir(),
  );
}
