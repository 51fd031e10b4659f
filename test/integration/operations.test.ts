import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import type { BuildView } from '../../src/api/builds/view.ts';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import type { Status } from '../../src/api/status/schema.ts';
import { runCli } from '../../src/cli/program.ts';
import { targetName } from '../../src/config.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { addDownloads } from '../../src/storage/downloads.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { samplesOf } from '../metrics/samples.ts';
import { testTargets } from '../services/docker.ts';
import { freePorts } from '../services/process.ts';
import { promtool } from '../services/promtool.ts';
import { startRedis } from '../services/redis.ts';
import { ROOT, startWheelmill } from '../services/wheelmill.ts';
import { json, post, settled, until } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings } from './local-server.ts';

t.setTimeout(280_000);

const ci = await readFile(join(ROOT, 'docs/ci.md'), 'utf8');
/** The lines that docs/ci.md gives for a shell, GitHub Actions and GitLab CI. */
const shellLines = /```sh\n(curl [^`]+tail [^`]+)```/.exec(ci)![1]!;
const githubLines = /run: \|\n((?: {10}.*\n)+)/.exec(ci)![1]!;
const gitlabLines = / {2}script:\n([^`]+)```/
  .exec(ci)![1]!
  .split(/^ {4}- (?:>-\n)?/m)
  .map((command) => command.replace(/\n +/g, ' '))
  .join('\n');
const [images] = testTargets();
const TARGET = targetName(images!.build);
const index = await startLocalIndex(t);
await index.addSdist('millgood', '1.0', { build: "print('good as gold', flush=True)" });
await index.addSdist('millbroken', '1.0', { build: "raise RuntimeError('the broken module does not compile')" });
await index.addSdist('millslow', '1.0', {
  build: "for line in range(6):\n    print('slow line', line, flush=True)\n    time.sleep(0.5)",
});
const folder = t.testdir({
  good: { 'requirements.txt': 'millgood==1.0\n' },
  broken: { 'requirements.txt': 'millbroken==1.0\nmillgood==1.0\n' },
  faulty: { 'requirements.txt': 'millgood=1.0\n-e .\n' },
  data: {},
});
const redis = await startRedis(t);
const [metricsPort] = await freePorts(1);
const settings = {
  ...localSettings(index, join(folder, 'data')),
  WHEELMILL_QUEUE_URL: redis.url,
  WHEELMILL_ON_DEMAND: 'on',
};
const api = await startWheelmill('api', { ...settings, WHEELMILL_LOG_LEVEL: 'debug' });
t.teardown(() => api.stop());
const store = createFileStore({ folder: join(folder, 'data/bucket') });
t.teardown(() => store.close());
const longAgo = { project: 'millgood', day: '2020-01-02', writer: 'gone', number: 1 };
await addDownloads(store, { ...longAgo, wheels: new Map([['millgood-0.9-py3-none-any.whl', 3]]) });
const worker = await startWheelmill('worker', {
  ...settings,
  WHEELMILL_METRICS_HOST: '127.0.0.1',
  WHEELMILL_METRICS_PORT: String(metricsPort),
});
t.teardown(() => worker.stop());

/** The command line in this process, against the API. */
async function cli(t: Test, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out = t.capture(process.stdout, 'write', () => true);
  const err = t.capture(process.stderr, 'write', () => true);
  const code = await runCli(['node', 'wheelmill', ...args, '--server', api.url]);
  const said = (calls: { args: unknown[] }[]) => calls.map((call) => String(call.args[0])).join('');
  const ran = { code, out: said(out()), err: said(err()) };
  out.restore();
  err.restore();
  return ran;
}

/** Runs documented lines in a folder with a requirements.txt, as a CI job does. */
async function shell(list: string, lines = shellLines): Promise<{ code: number | null; out: string; lines: string[] }> {
  const child = execFile('bash', ['-eo', 'pipefail', '-c', lines], {
    cwd: join(folder, list),
    env: { PATH: process.env.PATH, WHEELMILL: api.url, WHEELMILL_TOKEN: 'none-is-asked-for' },
  });
  const [out] = await Promise.all([text(child.stdout!), once(child, 'exit')]);
  return { code: child.exitCode, out, lines: out.trimEnd().split('\n') };
}

/** Lines of a process's log that have this field. */
function logLines(log: string, field: string, value: string): Record<string, unknown>[] {
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line)).filter((line) => line[field] === value);
}

t.test('curl alone: a text that goes on, and a last line for the shell', async (t) => {
  const good = await shell('good');
  t.equal(good.code, 0, good.out);
  t.match(good.out, /^prebuild [0-9a-f]{32}: planning\n/);
  t.match(good.out, /^ {2}millgood 1\.0 +build +stored$/m);
  t.match(good.out, /^requirements: http.*\/requirements\.txt$/m);
  t.match(good.lines.at(-1), new RegExp(`^wheelmill: ready ${api.url}/api/v1/prebuilds/[0-9a-f]{32}$`));

  for (const lines of [githubLines, gitlabLines]) {
    t.match(lines, /Authorization: Bearer/);
    t.equal((await shell('good', lines)).code, 0);
  }
  const broken = await shell('broken');
  t.equal(broken.code, 1, broken.out);
  t.match(broken.out, /^millbroken 1\.0: build-error: .*the broken module does not compile/m);
  t.match(broken.out, /^ {2}log: http/m);
  t.match(broken.lines.at(-1), /^wheelmill: partial http/);

  const faulty = await shell('faulty');
  t.equal(faulty.code, 22, 'that of curl, with pipefail');
  t.equal((await shell('faulty', `set +o pipefail; ${shellLines}`)).code, 1, 'and without');
  t.equal((await shell('faulty', gitlabLines)).code, 22);
  t.match(faulty.out, /^The list has 2 faults; nothing was started\.\nline 1: .*\nline 2: /);
  t.equal(faulty.lines.at(-1), 'wheelmill: refused bad-list');
});

t.test('one request is followed through the logs of API and worker', async (t) => {
  const answer = await fetch(`${api.url}/api/v1/prebuilds?rebuild=true&proof=false`, {
    method: 'POST',
    body: 'millgood==1.0\n',
    headers: { 'content-type': 'text/plain' },
  });
  const request = answer.headers.get('x-request-id')!;
  const { id, attempt } = (await answer.json()) as PrebuildView;
  const workerLines = await until(
    async () => logLines(worker.log(), 'request', request),
    (lines) => lines.some((line) => line.msg === 'prebuild ended'),
  );
  t.match(logLines(api.log(), 'request', request), [
    { prebuild: id, attempt, target: TARGET, msg: 'prebuild taken' },
    { method: 'POST', route: '/api/v1/prebuilds', status: 202, msg: 'answered' },
  ]);
  const { items } = await json<PrebuildView>(`${api.url}/api/v1/prebuilds/${id}`);
  const build = { build: items[0]!.build, prebuild: id, project: 'millgood', version: '1.0', target: TARGET };
  t.match(workerLines, [
    { prebuild: id, attempt, target: TARGET, builds: 1, hits: 0, msg: 'prebuild planned' },
    { ...build, msg: 'build begins' },
    { ...build, state: 'stored', phases: { building: Number }, msg: 'build ended' },
    { prebuild: id, attempt, target: TARGET, state: 'ready', msg: 'prebuild ended' },
  ]);
  t.equal(workerLines.length, 4);
  const proofs = logLines(worker.log(), 'msg', 'proof ended');
  t.match(proofs[0], { prebuild: String, request: String, attempt: 1, target: TARGET, state: 'proven' });
  const problem = await fetch(`${api.url}/api/v1/prebuilds`, { method: 'POST', body: '{' });
  t.equal(((await problem.json()) as { request: string }).request, problem.headers.get('x-request-id'));
});

t.test('a worker shows its figures, and the API those of the whole', async (t) => {
  const read = async (url: string) => (await fetch(`${url}/metrics`)).text();
  const ofWorker = await read(`http://127.0.0.1:${metricsPort}`);
  const samples = samplesOf(ofWorker);
  const rows: [sample: string, value: number][] = [
    ['wheelmill_info{version="0.1.0",role="worker"}', 1],
    [`wheelmill_builds_total{target="${TARGET}",state="stored",reason=""}`, 2],
    [`wheelmill_builds_total{target="${TARGET}",state="failed",reason="build-error"}`, 1],
    [`wheelmill_build_phase_seconds_count{target="${TARGET}",phase="building"}`, 3],
    [`wheelmill_build_wait_seconds_count{target="${TARGET}"}`, 3],
    [`wheelmill_prebuilds_total{target="${TARGET}",state="ready"}`, 2],
    [`wheelmill_prebuilds_total{target="${TARGET}",state="partial"}`, 1],
    [`wheelmill_items_total{target="${TARGET}",kind="hit",state="stored"}`, 1],
    // The rebuild gave the same bytes.
    ['wheelmill_stored_files_total{origin="built"}', 1],
  ];
  for (const [sample, value] of rows) t.equal(samples.get(sample), value, sample);
  t.ok(samples.get('wheelmill_upstream_request_seconds_count{outcome="2xx"}')! > 0);
  t.ok(samples.get('nodejs_eventloop_lag_seconds')! >= 0);
  t.notMatch(ofWorker, /millgood/, 'no name of a project');
  const ofApi = await read(api.url);
  const whole = samplesOf(ofApi);
  t.equal(whole.get(`wheelmill_target_served{target="${TARGET}"}`), 1);
  t.equal(whole.get('wheelmill_workers{state="live"}'), 1);
  t.equal(whole.get('wheelmill_http_requests_total{method="POST",route="/api/v1/prebuilds",status="4xx"}'), 4);
  for (const text of [ofWorker, ofApi]) t.same(await promtool(['check', 'metrics'], text), { code: 0, said: '' });
});

t.test('what an operator does on the command line', async (t) => {
  const slow = (await post(api.url, 'millslow==1.0\n', 'proof=false')).body;
  const running = await until(
    () => json<Status>(`${api.url}/api/v1/status`),
    (status) => status.builds?.[0]?.state === 'building',
  );
  const key = running.builds![0]!.key;
  const followed = await cli(t, 'logs', '-f', key);
  t.equal(followed.code, 0, followed.err);
  for (let line = 0; line < 6; line++) t.match(followed.out, `slow line ${line}\n`);
  t.match(await json<BuildView>(`${api.url}/api/v1/builds/${key}`), { state: 'stored' }, 'it went on to the end');
  t.match(await settled(api.url, slow.id), { state: 'ready' });
  const asJson = await cli(t, 'logs', 'millslow', '--json');
  t.ok(
    asJson.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .some((line) => line.build === key && line.line === 'slow line 5'),
    'the latest build of a project',
  );
  t.match(await cli(t, 'logs', '-f', 'millbroken'), { code: 1, out: /does not compile/ });
  t.match(await cli(t, 'logs', 'nobody-knows'), { code: 2, err: /There is no build of nobody-knows here/ });
  t.match((await cli(t, 'logs', slow.id)).out, /slow line 0/);

  t.match((await cli(t, 'builds')).out, new RegExp(`^${key} +millslow 1\\.0 +${TARGET} +20\\S+Z +stored$`, 'm'));
  t.match(
    (await cli(t, 'builds', '--reason', 'build-error')).out,
    /^[0-9a-f]{64} +millbroken 1\.0 +\S+ +20\S+Z +build-error\n$/,
  );
  t.equal(JSON.parse((await cli(t, 'builds', '--project', 'millslow', '--json')).out).key, key);
  const one = (await cli(t, 'builds', key)).out;
  t.match(one, new RegExp(`^millslow 1\\.0 for ${TARGET}\n`));
  t.match(one, /^ {2}took +fetching [\d.]+s, building [\d.]+s, checking [\d.]+s$/m);
  t.equal(JSON.parse((await cli(t, 'builds', key, '--json')).out).key, key);
  t.match(await cli(t, 'builds', '0'.repeat(64)), { code: 2, err: /^wheelmill: / });

  t.match(
    (await cli(t, 'prebuilds', '--state', 'ready')).out,
    new RegExp(`^${slow.id} +ready +${TARGET} +20\\S+Z +millslow$`, 'm'),
  );
  t.equal((await cli(t, 'prebuilds', '--limit', '1', '--json')).out.split('\n').length, 2);
  t.match(await cli(t, 'prebuilds', '--limit', '0'), { code: 2, err: /whole number from 1/ });
  t.match((await cli(t, 'prebuilds', slow.id)).out, /millslow 1\.0 +build +stored\n\nready: 1 of 1 wheels/);
  t.equal(JSON.parse((await cli(t, 'prebuilds', slow.id, '--json')).out).id, slow.id);

  t.match((await cli(t, 'targets')).out, new RegExp(`^${TARGET} .* served by 1$`, 'm'));
  t.match((await cli(t, 'workers')).out, new RegExp(` live .*${TARGET}: serving$`, 'm'));
  t.equal(JSON.parse((await cli(t, 'workers', '--json')).out)[0].live, true);
  // The real index may not have answered in time; a status a moment later says so.
  let status = await cli(t, 'status');
  while (/^upstream +(away|unknown)/m.test(status.out)) status = await cli(t, 'status');
  t.match(status, { code: 0, out: /^wheelmill +0\.1\.0, ready\n[\s\S]*Nothing waits or runs\.\n$/ });
});

t.test(
  'wheels on demand are counted: who is held and how it was answered, what was begun and how it ended',
  async (t) => {
    await index.addSdist('demandgood', '1.0', { build: 'time.sleep(3)' });
    await index.addSdist('demandbroken', '1.0', { build: 'raise SystemExit("no luck")' });
    const details = { implementation: { name: 'CPython' }, python: '3.13.5', system: { name: 'Linux' }, cpu: 'x86_64' };
    const headers = {
      'user-agent': `uv/0.13.9 ${JSON.stringify({ ...details, distro: { libc: { lib: 'glibc', version: '2.41' } } })}`,
      accept: 'application/vnd.pypi.simple.v1+json',
    };
    const promised = async (project: string) => {
      const page = `${api.url}/simple/${project}/`;
      const { files } = (await (await fetch(page, { headers })).json()) as { files: { url: string }[] };
      return new URL(files.find((one) => one.url.includes('on-demand'))!.url, page);
    };
    const figures = async () => samplesOf(await (await fetch(`${api.url}/metrics`)).text());
    const held = (clients: number) =>
      until(figures, (found) => found.get('wheelmill_on_demand_held_clients') === clients);
    const before = await figures();
    const good = await promised('demandgood');
    const leaving = new AbortController();
    const [one, other] = [fetch(good, { headers }), fetch(good, { headers, signal: leaving.signal })];
    other.catch(() => undefined);
    await held(2);
    leaving.abort();
    t.equal((await one).status, 200, 'it is sent on to the wheel');
    t.equal((await fetch(await promised('demandbroken'), { headers })).status, 424);
    await held(0);
    const after = await until(figures, (found) => found.get('wheelmill_on_demand_ended_total{result="failed"}') === 1);
    const rows: [sample: string, more: number][] = [
      ['wheelmill_on_demand_answers_total{answer="wheel"}', 1],
      ['wheelmill_on_demand_answers_total{answer="failed"}', 1],
      ['wheelmill_on_demand_answers_total{answer="left"}', 1],
      ['wheelmill_on_demand_answers_total{answer="redirect"}', 0],
      ['wheelmill_on_demand_answers_total{answer="refused"}', 0],
      ['wheelmill_on_demand_begun_total', 2],
      ['wheelmill_on_demand_ended_total{result="stored"}', 1],
      ['wheelmill_on_demand_ended_total{result="failed"}', 1],
      ['wheelmill_downloads_total', 1],
    ];
    for (const [sample, more] of rows) t.equal(after.get(sample)! - (before.get(sample) ?? 0), more, sample);
  },
);

t.test('a worker puts the counts of past days together, and they go on to be told', async (t) => {
  await until(
    () => store.head(paths.downloadsUntil('millgood', longAgo.day)),
    (found) => found !== undefined,
  );
  await until(
    async () => store.head(paths.downloadsOfDay('millgood', longAgo.day, longAgo.writer)).then((found) => [found]),
    ([found]) => found === undefined,
  );
  t.match(
    (await cli(t, 'projects', 'millgood')).out,
    /never downloaded\n(.*\n)*3 downloads in all, 0 in the last 30 days\n$/,
  );
});
