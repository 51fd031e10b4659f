import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Reindex } from '../../../src/core/records/reindex.ts';
import type { WheelRecord } from '../../../src/core/records/wheel.ts';
import { paths } from '../../../src/storage/bucket-paths.ts';
import { deleteWheel } from '../../../src/storage/deletions.ts';
import { renderProject, renderRoot } from '../../../src/storage/project-pages.ts';
import { readReindex } from '../../../src/storage/reindex-records.ts';
import { publishWheel, readWheelRecord } from '../../../src/storage/wheel-records.ts';
import { reindexJob } from '../../../src/workers/jobs/reindex-job.ts';
import { api } from '../../api/harness.ts';
import { realWheel } from '../../simple/real-wheel.ts';
import { filesOn, projectsOn } from '../../storage/killed/whole.ts';
import { sha256, someWheel } from '../../storage/wheel.ts';

t.setTimeout(120_000);

async function setUp(t: Test) {
  const parts = await api(t);
  const scratch = join(t.testdirName, 'wheels');
  await mkdir(scratch);
  const publish = async (project: string, more: Partial<WheelRecord> = {}, bytes: string | Buffer = project) => {
    const wheel = await someWheel(scratch, { project, filename: `${project}-1.0-py3-none-any.whl`, ...more }, bytes);
    await publishWheel(parts.store, wheel);
    await renderProject(parts.store, project);
    return wheel;
  };
  const ask = (query = '') => parts.app.inject({ method: 'POST', url: `/api/v1/reindex${query}` });
  /** Has it done, as a worker does. */
  const run = async (query?: string): Promise<Reindex> => {
    const answer = await ask(query);
    t.match([answer.statusCode, answer.json()], [202, { state: 'queued' }]);
    let ended: () => void = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const job = reindexJob({ ...parts, scratch });
    const stop = await parts.queue.serve('reindexes', 1, (...args) => job(...args).finally(ended));
    await end;
    await stop();
    return (await parts.app.inject('/api/v1/reindex')).json();
  };
  return { ...parts, publish, ask, run };
}

t.test('pages come from the records, whatever the pages were', async (t) => {
  const { store, app, publish, run } = await setUp(t);
  t.equal((await app.inject('/api/v1/reindex')).statusCode, 404);
  for (const project of ['one', 'two', 'three']) await publish(project);
  await renderRoot(store);
  await store.remove(paths.projectPage('one', 'json'));
  await store.put(paths.projectPage('two', 'html'), 'rubbish');
  await store.put(paths.projectPage('ghost', 'json'), '{}');
  await store.put(paths.projectPage('ghost', 'html'), '<a>');
  const gone = (await readWheelRecord(store, 'three', 'three-1.0-py3-none-any.whl'))!;
  await deleteWheel(store, gone, undefined);
  await store.remove(paths.rootPage('json'));
  await store.put(paths.wheelFile('two', 'a'.repeat(64), 'left-over.whl'), 'half a publishing');
  const { state, projects, done, faultCount, unreferenced, wheels } = await run();
  t.same(
    { state, projects, done, faultCount, unreferenced, wheels },
    {
      ...{ state: 'done', projects: 4, done: 4, faultCount: 0, unreferenced: 1, wheels: 3 },
    },
  );
  t.same(await projectsOn(store), ['one', 'two']);
  t.equal((await filesOn(store, 'one'))?.length, 1);
  t.match((await store.read(paths.projectPage('two', 'html')))?.toString(), 'two-1.0-py3-none-any.whl');
  t.equal(await store.read(paths.projectPage('ghost', 'html')), undefined);
  t.equal(await readWheelRecord(store, 'three', gone.filename), undefined, 'a deletion that was begun is finished');
  t.same([...(await keys(store.list('dirty/'))), ...(await keys(store.list('open/')))], [], 'nothing is left to do');
});

t.test('what is broken is found, taken off the index, and comes back with the same bytes', async (t) => {
  const { store, publish, run } = await setUp(t);
  const wheels = Object.fromEntries(
    await Promise.all(
      ['sound', 'lost', 'short', 'rotten', 'unread'].map(async (name) => [name, await publish(name)] as const),
    ),
  );
  const real = await realWheel('healed', '1.0');
  await publish('healed', { metadataSha256: sha256(real.metadata) }, real.bytes);
  const file = (name: string, sha = wheels[name]?.record.sha256 ?? sha256(real.bytes)) =>
    paths.wheelFile(name, sha, `${name}-1.0-py3-none-any.whl`);
  await store.remove(file('lost'));
  await store.put(file('short'), 'sh');
  await store.put(file('rotten'), 'nettor');
  await store.remove(`${file('healed')}.metadata`);
  await store.put(paths.wheelRecord('unread', 'unread-1.0-py3-none-any.whl'), '{"schema":');
  const found = (reindex: Reindex) =>
    Object.fromEntries(reindex.faults.map(({ project, fault, outcome }) => [project, `${fault}: ${outcome}`]));

  const known = {
    lost: 'bytes-missing: left',
    short: 'bytes-wrong-size: left',
    healed: 'metadata-missing: left',
    unread: 'record-unreadable: left',
  };
  t.same(found(await run('?check=true')), known);
  t.same(found(await run('?check=true&hash=true')), { ...known, rotten: 'bytes-wrong-hash: left' });
  t.equal((await filesOn(store, 'lost'))?.length, 1, 'a check changes nothing');

  t.same(found(await run('?hash=true')), {
    lost: 'bytes-missing: withdrawn',
    short: 'bytes-wrong-size: withdrawn',
    rotten: 'bytes-wrong-hash: withdrawn',
    healed: 'metadata-missing: restored',
    unread: 'record-unreadable: left',
  });
  t.same(await projectsOn(store), ['healed', 'sound']);
  t.ok((await store.read(`${file('healed')}.metadata`))?.equals(real.metadata));
  t.same(found(await run('?hash=true')), { unread: 'record-unreadable: left' });

  await t.rejects(publish('lost', {}, 'other bytes'), /cannot get other contents/);
  await publish('rotten');
  t.equal((await store.read(file('rotten')))?.toString(), 'rotten');
  t.same(found(await run('?hash=true')), { unread: 'record-unreadable: left' });
  t.same(await projectsOn(store), ['healed', 'rotten', 'sound']);
});

t.test('one at a time', async (t) => {
  const { store, ask } = await setUp(t);
  t.match((await ask()).json(), { state: 'queued', check: false });
  t.match((await ask('?check=false')).json(), { state: 'queued', check: false });
  t.match((await ask('?check=true')).json(), {
    code: 'not-ready',
    detail: /A reindex with other options is under way/,
  });
  t.match((await ask('?chek=true')).json(), { code: 'bad-request' });
  t.equal(await readReindex(store), undefined);
});

async function keys(list: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const key of list) found.push(key);
  return found;
}
