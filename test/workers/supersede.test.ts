import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createFileStore } from '../../src/storage/file-store.ts';
import { listWheelRecords, publishWheel } from '../../src/storage/wheel-records.ts';
import type { WorkQueue } from '../../src/workers/queue/queue.ts';
import { SUPERSEDED, supersede } from '../../src/workers/supersede.ts';
import { built } from '../core/planning-data.ts';
import { someWheel } from '../storage/wheel.ts';

const OLD = 'demo-1.0-1_ffffffff-py3-none-any.whl';
const NEW = 'demo-1.0-1_00000000-py3-none-any.whl';

t.test('of two builds of one sdist the later one is listed, whichever has the higher build tag', async (t) => {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const added: string[] = [];
  const queue = { add: async ({ id }) => void added.push(id) } as Pick<WorkQueue, 'add'> as WorkQueue;
  const publish = async (filename: string, sdist: string, more: object = {}) => {
    const build = built(filename, sdist).build!;
    await publishWheel(store, await someWheel(scratch, { filename, build, ...more }, filename + sdist));
  };
  const yanked = async () =>
    Object.fromEntries((await listWheelRecords(store, 'demo')).map((one) => [one.filename, one.yanked]));

  await publish(OLD, 'demo-1.0.tar.gz');
  await publish(NEW, 'demo-1.0.tar.gz');
  const others = {
    'demo-1.0-1_11111111-py3-none-any.whl': ['demo-1.0.zip', {}],
    'demo-1.0-1_22222222-cp313-cp313-linux_x86_64.whl': ['demo-1.0.tar.gz', {}],
    'demo-2.0-1_33333333-py3-none-any.whl': ['demo-1.0.tar.gz', { version: '2.0' }],
    'demo-1.0-1_44444444-py3-none-any.whl': ['demo-1.0.tar.gz', { visibility: 'prebuild' }],
    'demo-1.0-py3-none-any.whl': ['demo-1.0.tar.gz', { origin: 'mirrored' }],
  } as const;
  for (const [filename, [sdist, more]] of Object.entries(others)) await publish(filename, sdist, more);
  const untouched = Object.fromEntries(Object.keys(others).map((filename) => [filename, undefined]));

  await supersede({ store, queue }, 'demo', NEW);
  t.same(await yanked(), { ...untouched, [OLD]: SUPERSEDED, [NEW]: undefined });
  t.same(added, ['demo'], 'the page is rendered');
  await supersede({ store, queue }, 'demo', OLD);
  t.same(await yanked(), { ...untouched, [OLD]: undefined, [NEW]: SUPERSEDED }, 'built again as it was first');
});
