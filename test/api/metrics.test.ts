import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { buildMetricsApp } from '../../src/api/metrics/app.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { until } from '../integration/client.ts';
import { namesOf, samplesOf } from '../metrics/samples.ts';
import { promtool } from '../services/promtool.ts';
import { ROOT } from '../services/wheelmill.ts';
import { someWheel } from '../storage/wheel.ts';
import { api } from './harness.ts';

t.setTimeout(120_000);

const { app, store, queue, parts } = await api(t, {}, { retryDelays: [] });
const url = await app.listen({ host: '127.0.0.1', port: 0 });
const read = (path: string) => readFile(join(ROOT, path), 'utf8');

async function get(path: string, init: RequestInit = {}) {
  const answer = await fetch(url + path, init);
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

t.test('what clients ask for is counted by route, whatever they make up', async (t) => {
  const bytes = 'bytes'.repeat(1000);
  const wheel = await someWheel(t.testdir(), {}, bytes);
  await publishWheel(store, wheel);
  const before = samplesOf((await get('/metrics')).text).size;
  for (let count = 0; count < 20; count++) {
    await get(`/nowhere-${count}?x=${count}`);
    await get(`/stored/simple/project-${count}/`);
    await get(`/nowhere-${count}`, { method: count % 2 ? 'DELETE' : 'OPTIONS' });
  }
  const { project, sha256, filename } = wheel.record;
  const file = `/wheels/${project}/${sha256}/${filename}`;
  t.equal((await get(file)).status, 200);
  t.equal((await get(file, { headers: { range: 'bytes=0-9' } })).status, 206);
  const { text, headers } = await get('/metrics');
  t.match(headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  t.equal(headers.get('cache-control'), 'no-store');
  const samples = samplesOf(text);
  const requests = (method: string, route: string, status: string) =>
    samples.get(`wheelmill_http_requests_total{method="${method}",route="${route}",status="${status}"}`);
  t.equal(requests('GET', '/stored/simple/:project/', '4xx'), 20);
  t.equal(requests('other', 'none', '4xx'), 40);
  t.equal(requests('GET', '/wheels/:project/:sha256/:filename', '2xx'), 2);
  const sent = samples.get('wheelmill_http_sent_bytes_total{route="/wheels/:project/:sha256/:filename"}')!;
  t.ok(sent > bytes.length && sent < bytes.length + 2000, `${sent}: the wheel and its headers`);
  t.notMatch(text, /nowhere|project-\d|demo/, 'no name that a client chose, and none of a project');
  t.ok(samples.size - before < 100, 'series for routes, not for requests');
  t.same(await promtool(['check', 'metrics'], text), { code: 0, said: '' });
});

t.test('how the server stands', async (t) => {
  const { text } = await get('/metrics');
  const samples = samplesOf(text);
  const rows: [sample: string, value: number][] = [
    ['wheelmill_part_up{part="store"}', 1],
    ['wheelmill_part_up{part="upstream"}', 0],
    ['wheelmill_queue_jobs{kind="builds",target="python-3.13",state="waiting"}', 0],
    ['wheelmill_queue_jobs{kind="pages",target="",state="running"}', 0],
    ['wheelmill_target_served{target="python-3.13"}', 0],
    ['wheelmill_workers{state="live"}', 0],
    ['wheelmill_worker_slots', 0],
    ['wheelmill_attention{code="no-worker"}', 1],
  ];
  for (const [sample, value] of rows) t.equal(samples.get(sample), value, sample);
});

t.test('alerts ask for figures that there are, and the docs have all of them', async (t) => {
  const { text } = await get('/metrics');
  const asked = new Set((await read('docker/alerts.yml')).match(/\bwheelmill_[a-z_]+/g));
  t.ok(asked.size > 8);
  for (const name of asked) t.ok(namesOf(text).has(name), name);
  const docs = await read('docs/operations.md');
  for (const [name] of text.matchAll(/(?<=^# TYPE )wheelmill_\S+/gm)) t.ok(docs.includes(`\`${name}\``), name);
});

t.test('the listener for Prometheus has no other route', async (t) => {
  const metrics = createMetrics({ version: '1.2.3', role: 'worker' });
  const own = buildMetricsApp({ config: parts.config, log: parts.log, metrics });
  t.teardown(() => own.close());
  t.match((await own.inject('/metrics')).body, /wheelmill_info\{version="1\.2\.3",role="worker"\} 1/);
  t.equal((await own.inject('/api/v1/status')).statusCode, 404);
  t.equal((await own.inject({ url: '/metrics', headers: { host: 'evil.test' } })).statusCode, 421);
});

t.test('what is not known is left out', async (t) => {
  await queue.close();
  const samples = await until(
    async () => samplesOf((await get('/metrics')).text),
    (now) => now.get('wheelmill_part_up{part="queue"}') === 0,
  );
  t.equal(samples.get('wheelmill_part_up{part="store"}'), 1);
  t.notOk([...samples.keys()].some((one) => one.startsWith('wheelmill_queue_jobs')));
});
