import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build } from 'esbuild';
import pLimit from 'p-limit';
import pino from 'pino';
import t, { type Test } from 'tap';
import { removeDueBytes } from '../../src/storage/deletions.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { createS3Store, type S3Settings } from '../../src/storage/s3-store.ts';
import { readTombstone } from '../../src/storage/tombstones.ts';
import { readWheelRecord } from '../../src/storage/wheel-records.ts';
import { pageJob } from '../../src/workers/jobs/page-job.ts';
import { openQueue } from '../../src/workers/queue/open-queue.ts';
import type { WorkQueue } from '../../src/workers/queue/queue.ts';
import { upkeep } from '../../src/workers/upkeep.ts';
import { startRedis } from '../services/redis.ts';
import { startSeaweed } from '../services/seaweedfs.ts';
import { ACTS, type ActName, childFile, NEW, OLD, TOMORROW } from './killed/acts.ts';
import { everyListedFileIsWhole, filesOn, projectsOn } from './killed/whole.ts';

t.setTimeout(600_000);

/** Children at once: each is a process that begins, works a moment and is dead. */
const AT_ONCE = 4;

type Place = S3Settings | { folder: string };
type Kill = { act: ActName; at: number; when: 'before' | 'during' };

/** The child as one file: to compile it for every kill would take most of the time. */
async function bundle(t: Test): Promise<string> {
  const folder = t.testdir();
  const entry = new URL('./killed/child.ts', import.meta.url).pathname;
  await build({
    entryPoints: [entry],
    outfile: childFile(folder),
    ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'silent' },
  });
  return childFile(folder);
}

async function runChild(child: string, place: Place, kill: Kill) {
  const scratch = await mkdtemp(join(tmpdir(), 'wheelmill-killed-'));
  const args = [child, JSON.stringify(place), scratch, kill.act, String(kill.at), kill.when];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [out] = await Promise.all([text(process_.stdout), once(process_, 'exit')]);
  await rm(scratch, { recursive: true, force: true });
  return { out, isKilled: process_.signalCode === 'SIGKILL', code: process_.exitCode };
}

/** What upkeep does: everything that is marked is rendered, until nothing is queued any more. */
async function keepUp(store: ObjectStore, queue: WorkQueue): Promise<void> {
  const stop = await queue.serve('pages', 1, pageJob({ store, queue }));
  await upkeep({ store, queue, log: pino({ level: 'silent' }) });
  for (;;) {
    // Every job tells what it has rendered before it is over; the news may also be lost to a job that ended before.
    const heard = new Promise<void>((resolve) => {
      const enough = queue.watch(() => resolve(enough()));
      queue.works('pages').then((works) => works.length === 0 && resolve(enough()));
    });
    if ((await queue.works('pages')).length === 0) break;
    await heard;
  }
  await stop();
}

/** After a kill, and after upkeep: what somebody was told is done is so, and nothing is half. */
async function checkAll(t: Test, store: ObjectStore, queue: WorkQueue, act: ActName, isDone: boolean): Promise<void> {
  const projects = [OLD.project, NEW.project];
  await everyListedFileIsWhole(t, store, projects);
  await keepUp(store, queue);
  await everyListedFileIsWhole(t, store, projects);
  const isStored = (await readWheelRecord(store, NEW.project, NEW.filename)) !== undefined;
  const isListed = ((await filesOn(store, NEW.project)) ?? []).length === 1;
  const isDeleted = await readTombstone(store, NEW.project, NEW.filename).then((one) => one && !one.lifted);
  t.equal(isListed, isStored, 'the page says what the record says');
  t.same(
    await projectsOn(store),
    isListed ? [NEW.project, OLD.project] : [OLD.project],
    'and so does the list of projects',
  );
  t.equal((await filesOn(store, OLD.project))?.length, 1, 'what was there before is there');
  if (isDeleted) t.notOk(isStored, 'what is deleted has no record');
  const yanked = (await readWheelRecord(store, OLD.project, OLD.filename))?.yanked;
  t.equal((await filesOn(store, OLD.project))?.[0]?.yanked, yanked);
  if (!isDone) return;
  if (act === 'publish' || act === 'undelete') t.ok(isListed, 'what is acknowledged is kept');
  if (act === 'delete' || act === 'remove bytes') t.ok(isDeleted);
  if (act === 'yank') t.equal(yanked, 'a test');
}

/** Done again, as a job or a person does it, everything ends as it does without a kill. */
async function checkAgain(t: Test, store: ObjectStore, queue: WorkQueue, act: ActName, scratch: string): Promise<void> {
  await ACTS[act].act(store, scratch, () => {});
  await keepUp(store, queue);
  await removeDueBytes(store, TOMORROW());
  await everyListedFileIsWhole(t, store, [OLD.project, NEW.project]);
  const files = (await filesOn(store, NEW.project)) ?? [];
  t.equal(files.length, act === 'publish' || act === 'undelete' ? 1 : 0);
  if (act !== 'delete' && act !== 'remove bytes') return;
  const bytes: string[] = [];
  for await (const key of store.list(`wheels/${NEW.project}/`)) bytes.push(key);
  t.same(bytes, [], 'a day later the bytes are gone');
}

/** As if ten minutes had passed: nobody waits any longer for what dead processes have announced. */
async function letMarksAge(folder: string): Promise<void> {
  const before = new Date(Date.now() - 60 * 60_000);
  const files = await readdir(join(folder, 'dirty'), { recursive: true, withFileTypes: true }).catch(() => []);
  for (const file of files) if (file.isFile()) await utimes(join(file.parentPath, file.name), before, before);
}

async function setUp(t: Test) {
  const data = await mkdtemp(join(tmpdir(), 'wheelmill-killed-'));
  t.teardown(() => rm(data, { recursive: true, force: true }));
  const queue = await openQueue({ url: (await startRedis(t)).url, dataFolder: data });
  t.teardown(() => queue.close());
  const scratch = join(data, 'scratch');
  await mkdir(scratch);
  return { data, queue, scratch, child: await bundle(t) };
}

t.test('killed at any step, on files', async (t) => {
  const { data, queue, scratch, child } = await setUp(t);
  for (const act of Object.keys(ACTS) as ActName[])
    await t.test(act, async (t) => {
      const template = join(data, act);
      await ACTS[act].prepare(createFileStore({ folder: template }), scratch);
      const copy = async (name: string) => {
        const folder = join(data, `${act}-${name}`);
        await cp(template, folder, { recursive: true });
        return folder;
      };
      const all = await runChild(child, { folder: await copy('all') }, { act, at: 0, when: 'before' });
      t.equal(all.code, 0);
      const steps = all.out.split('\n').filter((line) => line === 'put' || line === 'remove');
      t.ok(steps.length >= 4, `${steps.length} steps`);
      const kills = steps.flatMap((step, index): Kill[] => [
        { act, at: index + 1, when: 'before' },
        // A removal is a moment's work: there is no during.
        ...(step === 'put' ? [{ act, at: index + 1, when: 'during' as const }] : []),
      ]);
      const limit = pLimit(AT_ONCE);
      const killed = await Promise.all(
        kills.map((kill) =>
          limit(async () => {
            const folder = await copy(`${kill.when}-${kill.at}`);
            return { kill, folder, ...(await runChild(child, { folder }, kill)) };
          }),
        ),
      );
      for (const { kill, folder, isKilled, out } of killed)
        await t.test(`${kill.when} step ${kill.at} of ${steps.length}`, async (t) => {
          t.ok(isKilled);
          const store = createFileStore({ folder });
          await checkAll(t, store, queue, act, out.includes('done'));
          await letMarksAge(folder);
          await keepUp(store, queue);
          const marks: string[] = [];
          for await (const key of store.list('dirty/')) marks.push(key);
          t.same(marks, [], 'no mark is left for ever');
          await checkAgain(t, store, queue, act, scratch);
        });
    });
});

t.test('killed at some steps, on S3', async (t) => {
  const { queue, scratch, child } = await setUp(t);
  const { endpoint, region, accessKey, secretKey } = await startSeaweed(t);
  for (const act of ['publish', 'delete'] as const)
    for (const at of [2, 4, 6, 8, 9, 10])
      await t.test(`${act}, during step ${at}`, async (t) => {
        const place: S3Settings = { endpoint, region, accessKey, secretKey, bucket: `${act}-${at}` };
        const store = createS3Store(place);
        t.teardown(() => store.close());
        await ACTS[act].prepare(store, scratch);
        const { isKilled, out } = await runChild(child, place, { act, at, when: 'during' });
        t.ok(isKilled);
        await checkAll(t, store, queue, act, out.includes('done'));
        await checkAgain(t, store, queue, act, scratch);
      });
});
