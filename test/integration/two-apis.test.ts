import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { paths } from '../../src/storage/bucket-paths.ts';
import { ROOT_PAGE } from '../../src/storage/dirty-marks.ts';
import { readDownloads } from '../../src/storage/downloads.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { renderProject, renderRoot } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { yankWheel } from '../../src/storage/yanks.ts';
import { openRedisQueue } from '../../src/workers/queue/redis.ts';
import { samplesOf } from '../metrics/samples.ts';
import { startRedis } from '../services/redis.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { someWheel } from '../storage/wheel.ts';
import { createIndexServer } from '../upstream/index-server.ts';
import { json, until } from './client.ts';

t.setTimeout(120_000);

const PAGE = '?format=application/vnd.pypi.simple.v1+json';
type Page = { files: { filename: string; yanked?: true | string }[] };

t.test('two APIs on one store and one Redis follow what a third process writes, told of or not', async (t) => {
  const redis = await startRedis(t);
  const folder = t.testdir({ scratch: {} });
  const bucket = join(folder, 'bucket');
  await mkdir(bucket);
  const settings = {
    WHEELMILL_DATA_DIR: folder,
    WHEELMILL_QUEUE_URL: redis.url,
    // It has nothing: what is not stored is not there.
    WHEELMILL_UPSTREAM_URL: (await createIndexServer(t)).indexUrl,
  };
  const apis = await Promise.all([startWheelmill('api', settings), startWheelmill('api', settings)]);
  for (const api of apis) t.teardown(() => api.stop());
  const store = createFileStore({ folder: bucket });
  const queue = await openRedisQueue({ url: redis.url });
  t.teardown(() => queue.close());

  const seenByAll = (path: string, test: (page: Page) => boolean) =>
    Promise.all(apis.map(({ url }) => until(() => json<Page>(url + path), test)));
  const lists = (filename: string) => (page: Page) => page.files.some((one) => one.filename === filename);
  const publish = async (version: string) => {
    const wheel = await someWheel(join(folder, 'scratch'), { version }, `bytes of ${version}`);
    await publishWheel(store, wheel);
    await renderProject(store, 'demo');
    await renderRoot(store);
    return wheel.record;
  };
  const tell = async () => {
    for (const id of ['demo', ROOT_PAGE]) await queue.notify({ kind: 'projects', id });
  };
  const rounds: [name: string, told: () => Promise<void>][] = [
    ['told', tell],
    ['lost', async () => {}],
  ];
  for (const [name, told] of rounds) {
    const page = `/stored/simple/demo/${PAGE}`;
    const version = name === 'told' ? '1.0' : '2.0';
    // Asked before: what is remembered is that there is nothing, or less.
    for (const { url } of apis) await fetch(url + page);
    const record = await publish(version);
    const { filename, sha256 } = record;
    await told();
    await seenByAll(page, lists(filename));
    await seenByAll(`/simple/demo/${PAGE}`, lists(filename));
    await Promise.all(
      apis.map(({ url }) =>
        until(
          () => json<{ projects: { name: string }[] }>(`${url}/simple/${PAGE}`),
          ({ projects }) => projects.some((one) => one.name === 'demo'),
        ),
      ),
    );
    const file = `/wheels/demo/${sha256}/${filename}`;
    for (const { url } of apis)
      for (const path of [file, `${file}.metadata`]) t.equal((await fetch(url + path)).status, 200, `${name}: ${path}`);

    await yankWheel(store, record, 'broken');
    await renderProject(store, 'demo');
    await told();
    const pages = await seenByAll(page, ({ files }) => files.some((one) => one.filename === filename && one.yanked));
    for (const { files } of pages) t.match(files.at(-1), { filename, yanked: 'broken' }, `${name}: yanked for both`);

    await store.remove(paths.wheelRecord('demo', filename));
    await renderProject(store, 'demo');
    await told();
    for (const path of [file, `${file}.metadata`]) {
      const statuses = apis.map(({ url }) =>
        until(
          async () => (await fetch(url + path)).status,
          (status) => status !== 200,
        ),
      );
      t.same(await Promise.all(statuses), [404, 404], `${name}: ${path} is gone though its bytes are still there`);
    }
  }

  await redis.stop();
  const without = await publish('3.0');
  await seenByAll(`/stored/simple/demo/${PAGE}`, lists(without.filename));
  t.pass('and with Redis away');

  const told = await Promise.all(apis.map(async ({ url }) => samplesOf(await (await fetch(`${url}/metrics`)).text())));
  const sent = told.map((one) => one.get('wheelmill_downloads_total') ?? 0);
  for (const one of sent) t.ok(one >= 2, 'both have sent both wheels');
  await Promise.all(apis.map((api) => api.stop()));
  const { total } = await readDownloads(store, 'demo');
  t.equal(total, sent[0]! + sent[1]!, 'what they have sent is in the bucket when they have ended');
});
