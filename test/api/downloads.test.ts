import t from 'tap';
import { buildApp } from '../../src/api/app.ts';
import { countDownloads } from '../../src/api/downloads.ts';
import { buildReadOnlyApp } from '../../src/api/read-only/app.ts';
import { projectReport } from '../../src/cli/projects.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { readDownloads } from '../../src/storage/downloads.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { samplesOf } from '../metrics/samples.ts';
import { someWheel } from '../storage/wheel.ts';
import { api } from './harness.ts';

t.setTimeout(120_000);

const ground = await api(t, {}, { retryDelays: [] });
const { store, parts } = ground;
const TODAY = /^\d{4}-\d\d-\d\d$/;

t.test('wheels that are sent are counted, once each', async (t) => {
  const metrics = createMetrics({ version: '0', role: 'api' });
  const downloads = countDownloads({ ...parts, metrics });
  t.teardown(() => downloads.close());
  const app = await buildApp({ ...parts, metrics, downloads });
  const reader = await buildReadOnlyApp({ ...parts, metrics, downloads });
  t.teardown(() => Promise.all([app.close(), reader.close()]));
  const wheel = await someWheel(ground.scratch);
  const other = await someWheel(ground.scratch, { version: '2.0' }, 'other bytes');
  for (const one of [wheel, other]) await publishWheel(store, one);
  const { sha256, filename } = wheel.record;
  const path = `/wheels/demo/${sha256}/${filename}`;
  const rows: [counts: number, url: string, headers?: Record<string, string>, method?: 'HEAD'][] = [
    [1, path],
    [1, `/stored${path}`],
    [1, path, { range: 'bytes=0-' }],
    [1, path, { range: 'bytes=0-1' }],
    [0, path, { range: 'bytes=2-' }],
    [0, path, { range: 'bytes=-2' }],
    [0, path, { range: 'bytes=99-' }],
    [0, path, { 'if-none-match': `"${sha256}"` }],
    [0, path, {}, 'HEAD'],
    [0, `${path}.metadata`],
    [0, path.replace(sha256, '0'.repeat(64))],
    [1, `/wheels/demo/${other.record.sha256}/${other.record.filename}`],
  ];
  const told = async () => samplesOf(await metrics.registry.metrics()).get('wheelmill_downloads_total') ?? 0;
  for (const [counts, url, headers = {}, method = 'GET'] of rows) {
    const before = await told();
    await app.inject({ url, headers, method });
    t.equal((await told()) - before, counts, `${method} ${url} ${JSON.stringify(headers)}`);
  }
  await reader.inject(path);
  await downloads.write();
  const view = (await app.inject('/api/v1/projects/demo')).json();
  t.match(view, {
    downloads: { total: 6, last30Days: 6 },
    wheels: [
      { version: '2.0', downloads: 1, lastDownload: TODAY },
      { version: '1.0', downloads: 5, lastDownload: TODAY },
    ],
  });
  t.match(projectReport(view), /1\.0-py3-none-any\.whl {2}built, 5 downloads, last on .*\n6 downloads in all, 6 in/);
  const page = await app.inject({ url: '/dashboard/projects/demo', headers: { accept: 'text/html' } });
  t.match(page.body, '6 downloads, 6 in the last 30 days');

  await app.inject(path);
  await app.close();
  t.equal((await readDownloads(store, 'demo')).total, 6, 'whose counts they are writes them');
  await downloads.close();
  t.equal((await readDownloads(store, 'demo')).total, 7, 'at the end, too');
});

t.test('several processes, and a store that does not always say what it did', async (t) => {
  let fails: 'before' | 'after' | undefined;
  const moody: ObjectStore = {
    ...store,
    async put(...args) {
      if (fails === 'before') throw new Error('nothing was written');
      await store.put(...args);
      if (fails === 'after') throw new Error('it was written, and nobody heard of it');
    },
  };
  const open = (of: ObjectStore) =>
    countDownloads({ ...parts, store: of, metrics: createMetrics({ version: '0', role: 'api' }) });
  const [one, two] = [open(moody), open(store)];
  const total = async () => (await readDownloads(store, 'moody')).total;
  const wheel = { project: 'moody', filename: 'demo-1.0-py3-none-any.whl' };
  let sent = 0;
  for (const mood of [undefined, 'after', 'after', 'before', 'after', 'before', undefined] as const) {
    fails = mood;
    one.count(wheel);
    two.count(wheel);
    sent += 2;
    await Promise.all([one.write(), one.write(), two.write()]);
  }
  t.equal(await total(), sent);
  one.count(wheel);
  fails = 'after';
  await one.write();
  fails = undefined;
  await Promise.all([one.close(), two.close()]);
  t.equal(await total(), sent + 1, 'what was not sure at the end is written once');
});
