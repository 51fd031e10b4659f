import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parseWheels } from '../../src/cli/wheels.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { renderProject } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { reindexJob } from '../../src/workers/jobs/reindex-job.ts';
import { api } from '../api/harness.ts';
import { runWheelmill } from '../services/command.ts';
import { someWheel } from '../storage/wheel.ts';

t.setTimeout(300_000);

t.test('which wheels are meant', async (t) => {
  const rows: [string, object | undefined][] = [
    ['demo==1.0', { project: 'demo', version: '1.0' }],
    ['Demo.Pkg == 2.0+local', { project: 'demo-pkg', version: '2.0+local' }],
    ['demo_pkg-1.0-py3-none-any.whl', { project: 'demo-pkg', filename: 'demo_pkg-1.0-py3-none-any.whl' }],
    ['demo', undefined],
    ['demo==1.*', undefined],
    ['demo>=1', undefined],
    ['demo.whl', undefined],
    ['../demo==1.0', undefined],
    ['', undefined],
  ];
  for (const [text, wheels] of rows)
    if (wheels) t.same(parseWheels(text), wheels);
    else t.throws(() => parseWheels(text), { code: 'bad-request', message: /neither NAME==VERSION nor/ }, text);
});

t.test('stored wheels from the command line', async (t) => {
  const parts = await api(t);
  const { app, store, queue } = parts;
  const scratch = join(t.testdirName, 'wheels');
  await mkdir(scratch);
  for (const version of ['1.0', '2.0']) await publishWheel(store, await someWheel(scratch, { version }, version));
  await renderProject(store, 'demo');
  const server = await app.listen({ host: '127.0.0.1', port: 0 });
  const wheelmill = (...args: string[]) => runWheelmill(args, { WHEELMILL_SERVER: server });
  const ONE = 'demo-1.0-py3-none-any.whl';

  t.match(await wheelmill('projects'), { code: 0, out: 'demo  2.0  2 wheels\n' });
  t.match(await wheelmill('yank', 'demo==1', '--reason', 'broken'), { code: 0, out: `${ONE} is yanked\n` });
  t.match(await wheelmill('unyank', ONE, '--json'), {
    code: 0,
    out: `{"project":"demo","changed":["${ONE}"],"unchanged":[]}\n`,
  });
  t.match(await wheelmill('delete', 'demo==1.0'), { code: 2, out: '', err: /say `delete demo==1\.0 --yes`/ });
  t.match(await wheelmill('delete', 'demo==1.0', '--yes', '--reason', 'a mistake'), {
    code: 0,
    out: new RegExp(`^${ONE} is deleted`),
  });
  t.match(
    (await wheelmill('projects', 'Demo')).out,
    new RegExp(`^demo-2.0\\S+  built, never downloaded\n${ONE}  deleted \\S+: a mistake\n0 downloads in all, `),
  );
  t.match(await wheelmill('undelete', ONE), { code: 0, out: `${ONE} is back\n` });
  t.match(await wheelmill('yank', 'demo==3.0'), { code: 2, err: /There is: 1\.0, 2\.0/ });

  const stop = await queue.serve('reindexes', 1, reindexJob({ ...parts, scratch }));
  t.teardown(stop);
  t.match(await wheelmill('reindex'), { code: 0, out: 'rendered 1 projects with 2 wheels: all is well\n' });
  const { sha256 } = (await someWheel(scratch, {}, '1.0')).record;
  await store.remove(paths.wheelFile('demo', sha256, ONE));
  const check = await wheelmill('reindex', '--check');
  t.match(check, {
    code: 1,
    out: `demo: ${ONE}: bytes missing: left as it is\nchecked 1 projects with 2 wheels: 1 with faults\n`,
  });
  t.match(JSON.parse((await wheelmill('reindex', '--json')).out), {
    faultCount: 1,
    faults: [{ outcome: 'withdrawn' }],
  });
});
