import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { BuildRecord } from '../../src/core/records/build.ts';
import type { PrebuildRecord } from '../../src/core/records/prebuild.ts';
import { FAILURES } from '../../src/errors.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { countProcess } from '../../src/metrics/process-figures.ts';
import { promtool } from '../services/promtool.ts';
import { ROOT } from '../services/wheelmill.ts';
import { samplesOf } from './samples.ts';

const read = (path: string) => readFile(join(ROOT, path), 'utf8');
const metrics = createMetrics({ version: '1.2.3', role: 'worker' });

const build: BuildRecord = {
  ...{ schema: 1, key: 'a'.repeat(64), project: 'secret-name', version: '1.0', target: 'python-3.13', image: 'i' },
  ...{ sdist: { filename: 'x-1.tar.gz', sha256: 'a'.repeat(64) }, recipe: {}, run: 1, attempts: 1, state: 'stored' },
  phases: { fetching: 200, building: 61_000, checking: 900 },
  requestedAt: '2026-01-01T00:00:00.000Z',
  ...{ startedAt: '2026-01-01T00:00:04.000Z', endedAt: '2026-01-01T00:01:06.000Z' },
};
const prebuild: PrebuildRecord = {
  ...{ schema: 1, id: '0'.repeat(32), attempt: 1, target: 'python-3.13', state: 'partial', pinned: true },
  items: [
    { project: 'a', lines: [], kind: 'hit', state: 'stored' },
    { project: 'b', lines: [], kind: 'hit', state: 'stored' },
    { project: 'c', lines: [], kind: 'build', state: 'failed' },
  ],
  ...{ skipped: [], warnings: [], requestedAt: build.requestedAt, endedAt: build.endedAt },
};

metrics.buildEnded(build);
metrics.buildEnded({ ...build, state: 'failed', reason: 'out-of-memory' });
metrics.buildEnded({ ...build, state: 'failed', reason: 'cancelled', attempts: 0, phases: {} });
metrics.buildEnded({ ...build, takenFrom: 'b'.repeat(64), phases: {} });
metrics.prebuildEnded(prebuild);
metrics.stored('built', 1000);
metrics.stored('built', 24);
metrics.upstream.answered(304, 0.004);
metrics.upstream.answered('failed', 3);
metrics.upstream.page('memory');
metrics.upstream.file('upstream');
metrics.http.began({ method: 'GET', route: '/simple/:project/' }, 0.2);
metrics.http.ended({ method: 'GET', route: '/simple/:project/' }, 404, 300);

const TARGET = 'target="python-3.13"';
const rows: [sample: string, value: number | undefined][] = [
  ['wheelmill_info{version="1.2.3",role="worker"}', 1],
  [`wheelmill_builds_total{${TARGET},state="stored",reason=""}`, 2],
  [`wheelmill_builds_total{${TARGET},state="failed",reason="out-of-memory"}`, 1],
  [`wheelmill_builds_total{${TARGET},state="failed",reason="cancelled"}`, 1],
  [`wheelmill_build_wait_seconds_count{${TARGET}}`, 2],
  [`wheelmill_build_wait_seconds_sum{${TARGET}}`, 8],
  [`wheelmill_build_phase_seconds_sum{${TARGET},phase="building"}`, 122],
  [`wheelmill_build_phase_seconds_bucket{le="60",${TARGET},phase="building"}`, 0],
  [`wheelmill_build_phase_seconds_bucket{le="120",${TARGET},phase="building"}`, 2],
  [`wheelmill_build_phase_seconds_bucket{le="0.5",${TARGET},phase="fetching"}`, 2],
  [`wheelmill_prebuilds_total{${TARGET},state="partial"}`, 1],
  [`wheelmill_prebuild_seconds_sum{${TARGET},state="partial"}`, 66],
  [`wheelmill_items_total{${TARGET},kind="hit",state="stored"}`, 2],
  [`wheelmill_items_total{${TARGET},kind="build",state="failed"}`, 1],
  ['wheelmill_stored_files_total{origin="built"}', 2],
  ['wheelmill_stored_bytes_total{origin="built"}', 1024],
  ['wheelmill_upstream_request_seconds_count{outcome="3xx"}', 1],
  ['wheelmill_upstream_request_seconds_sum{outcome="failed"}', 3],
  ['wheelmill_upstream_reads_total{what="page",from="memory"}', 1],
  ['wheelmill_upstream_reads_total{what="file",from="upstream"}', 1],
  ['wheelmill_http_requests_total{method="GET",route="/simple/:project/",status="4xx"}', 1],
  ['wheelmill_http_answer_seconds_bucket{le="0.25",route="/simple/:project/"}', 1],
  ['wheelmill_http_sent_bytes_total{route="/simple/:project/"}', 300],
];

t.test('what is told is counted, and by no name of a project', async (t) => {
  const text = await metrics.registry.metrics();
  const samples = samplesOf(text);
  for (const [sample, value] of rows) t.equal(samples.get(sample), value, sample);
  t.notMatch(text, /secret-name/);
});

t.test('figures of the process are named as Prometheus wants them', async (t) => {
  countProcess(metrics.registry);
  const text = await metrics.registry.metrics();
  const samples = samplesOf(text);
  t.ok(samples.get('process_resident_memory_bytes')! > 1e6);
  t.ok(samples.has('nodejs_eventloop_lag_p99_seconds'));
  t.same(await promtool(['check', 'metrics'], text), { code: 0, said: '' });
});

t.test('promtool accepts the alert rules, and they fire when they should', async (t) => {
  for (const args of [
    ['check', 'rules', 'docker/alerts.yml'],
    ['check', 'config', '--syntax-only', 'docker/prometheus.yml'],
    ['test', 'rules', 'test/metrics/alerts.yml'],
  ]) {
    const { code, said } = await promtool(args);
    t.equal(code, 0, said);
  }
});

t.test('every alert is tested, and asks for reasons that there are', async (t) => {
  const rules = await read('docker/alerts.yml');
  const tests = await read('test/metrics/alerts.yml');
  const names = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name!);
  t.ok(names.length > 5);
  for (const name of names) t.ok(new RegExp(`alertname: ${name}\n(?! *exp_alerts: \\[\\])`).test(tests), name);
  const reasons = [...rules.matchAll(/reason=~"([^"]+)"/g)].flatMap(([, list]) => list!.split('|'));
  for (const reason of reasons) t.ok(reason in FAILURES, reason);
});
