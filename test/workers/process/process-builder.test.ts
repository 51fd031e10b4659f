import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createProcessBuilder } from '../../../src/workers/process/process-builder.ts';
import { testBuilder } from '../../contract/builder.ts';
import { folder } from '../run/harness.ts';
import { startIndexProxy } from '../run/index-proxy.ts';

const home = folder();
const builder = createProcessBuilder({ folder: home, path: process.env.PATH });
const target = await builder.probe(
  { name: 'local', build: 'local', runtime: 'local' },
  { signal: new AbortController().signal },
);
const proxy = startIndexProxy();
t.teardown(() => proxy.close());
t.setTimeout(900_000);

/** Work folders, and processes that have one of them in their environment or arguments. */
async function left(): Promise<string[]> {
  const folders = await readdir(join(home, 'runs')).catch(() => []);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
  const processes = [];
  for (const pid of pids) {
    const known = (await read(pid, 'environ')) + (await read(pid, 'cmdline'));
    if (known.includes(home)) processes.push(`${pid} ${known.slice(0, 200)}`);
  }
  return [...folders, ...processes];
}

t.test('the contract', (t) => testBuilder(t, { builder, target, proxy, left }));
