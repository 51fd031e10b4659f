import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import t from 'tap';
import { createProcessBuilder } from '../../../src/workers/process/process-builder.ts';
import { folder } from '../run/harness.ts';
import { makeSdist, ownBackend } from '../run/sdist.ts';
import { leftIn } from './left.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;
const WITHIN = 30_000;

/** Throws when it does not come true. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WITHIN; !(await isTrue()); await after(50))
    if (Date.now() > end) throw new Error('it did not come true');
}

t.test('a server that is killed takes its processes along, and the next one removes its folders', async (t) => {
  const home = folder();

  const code = 'subprocess.Popen(["sleep", "1000"], start_new_session=True)\ntime.sleep(1000)';
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(code));
  const entry = join(ROOT, 'test/workers/process/child.ts');
  const server = spawn(process.execPath, ['--import=tsx', entry, home, sdist.path, String(sdist.size)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => server.kill('SIGKILL'));
  let said = '';
  server.stdout.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  const isSleep = (one: string) => /^\d+ sleep/.test(one);
  await until(async () => (await leftIn(home)).some(isSleep));
  t.match(said, /^wheelmill: UNSANDBOXED: /, 'the first line of the log');

  const builder = createProcessBuilder({ folder: home, path: process.env.PATH });
  const dead = async () => false;
  t.equal(await builder.sweep(dead), 0, 'a server that runs keeps what it has');

  server.kill('SIGKILL');
  await once(server, 'exit');
  const isProcess = (one: string) => /^\d+ /.test(one);
  await until(async () => !(await leftIn(home)).some(isProcess));
  t.equal((await leftIn(home)).length, 2, 'its processes have ended by themselves; a folder and its mark are left');

  const asked: string[] = [];
  t.equal(await builder.sweep(async (job) => asked.push(job) > 0), 0, 'a job that is alive is spared');
  t.same(asked, ['test-job']);
  t.equal(await builder.sweep(dead), 1);
  t.same(await leftIn(home), []);
  t.equal(await builder.sweep(dead), 0);
});

t.test('folders without a mark, or that resist, go too', async (t) => {
  const home = folder();
  const builder = createProcessBuilder({ folder: home, path: process.env.PATH });
  t.equal(await builder.sweep(async () => false), 0, 'before the first run there is nothing');
  await mkdir(join(home, 'runs/unmarked/deep'), { recursive: true });
  await writeFile(join(home, 'runs/unmarked/deep/file'), '');
  await chmod(join(home, 'runs/unmarked/deep'), 0o000);
  await mkdir(join(home, 'runs/broken'));
  await writeFile(join(home, 'runs/broken.json'), '{"job":');
  await writeFile(join(home, 'runs/lonely.json'), JSON.stringify({ job: 'x', owner: { pid: 1, began: '0' } }));
  t.equal(await builder.sweep(async () => false), 3);
  t.same(await leftIn(home), []);
});
