import { createHash } from 'node:crypto';
import t from 'tap';
import { prebuildOf } from '../../src/api/list-target.ts';
import type { PrebuildView, PrebuildViews } from '../../src/api/prebuilds/view.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { settleJob } from '../../src/workers/jobs/settle-job.ts';
import { api, list } from './harness.ts';

const TARGETS = { WHEELMILL_TARGETS: '3.13,web@python:3.12=web:7,3.13@linux/arm64' };
const ALL = ['python-3.13', 'web', 'python-3.13-arm64'];
const TEXT = 'demo==1.0\n';
const BOUNDARY = 'multipart/form-data; boundary=b';
const part = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const form = (...parts: string[]) => list(`${parts.join('')}--b--\r\n`, { 'content-type': BOUNDARY });
const jsonList = (target: unknown) =>
  list(JSON.stringify({ requirements: TEXT, target }), { 'content-type': 'application/json' });
const query = (text: string) => ({ ...list(TEXT), url: `/api/v1/prebuilds?${text}` });

t.test('one list goes to several targets in one call', async (t) => {
  const { app, queue } = await api(t, TARGETS);
  const rows: [what: string, sent: ReturnType<typeof list>, targets: string[]][] = [
    ['in the query, twice', query('target=web&target=python-3.13'), ['web', 'python-3.13']],
    ['with a comma', query('target=web,python-3.13'), ['web', 'python-3.13']],
    ['all of them', query('target=all'), ALL],
    ['by an image, each once', query('target=web:7,web,python-3.13-arm64'), ['web', 'python-3.13-arm64']],
    [
      'in a form',
      form(part('requirements', TEXT), part('target', 'web'), part('target', 'python-3.13')),
      ['web', 'python-3.13'],
    ],
    ['in JSON', jsonList(['python-3.13', 'web']), ['python-3.13', 'web']],
    ['in JSON, as text', jsonList('python-3.13, web'), ['python-3.13', 'web']],
  ];
  const ids = new Map<string, string>();
  for (const [what, sent, targets] of rows) {
    const answer = await app.inject(sent);
    t.equal(answer.statusCode, 202, `${what}: ${answer.body.slice(0, 200)}`);
    const { prebuilds } = answer.json<PrebuildViews>();
    t.same(
      prebuilds.map((one) => one.target),
      targets,
      what,
    );
    for (const one of prebuilds) {
      t.match(one, { id: /^[0-9a-f]{32}$/, state: 'planning', attempt: 1, url: /\/api\/v1\/prebuilds\// });
      t.equal(ids.get(one.target) ?? one.id, one.id, `${what}: posting it again finds the prebuild of ${one.target}`);
      ids.set(one.target, one.id);
    }
  }
  t.equal(new Set(ids.values()).size, ALL.length, 'each target has a prebuild of its own');
  const counts = await queue.counts(ALL.map((name) => `prebuilds.${name}` as const));
  t.same(
    counts.map((one) => one.waiting + one.running + one.delayed),
    ALL.map(() => 1),
    'and each waits in the lane of its target',
  );
});

t.test('for one target the answer is that prebuild', async (t) => {
  const { app } = await api(t, TARGETS);
  for (const [sent, target] of [
    [list(TEXT), 'python-3.13'],
    [query('target=web'), 'web'],
    [query('target=web,'), 'web'],
    [jsonList('web'), 'web'],
    [jsonList(['web']), 'web'],
  ] as const) {
    const answer = await app.inject(sent);
    t.match(answer.json<PrebuildView>(), { target, state: 'planning' });
    t.equal(answer.headers.location, answer.json<PrebuildView>().url);
  }
});

t.test('one unknown target refuses them all, and all unknown ones are named', async (t) => {
  const { app, store } = await api(t, TARGETS);
  const answer = await app.inject(query('target=web&target=python-9,nowhere'));
  t.equal(answer.statusCode, 400);
  t.match(answer.json(), {
    code: 'unknown-target',
    detail:
      'There are no targets "python-9", "nowhere"; nothing was started. There are: python-3.13, web, python-3.13-arm64.',
  });
  t.match((await app.inject(query(`target=${'web,'.repeat(51)}`))).json(), {
    code: 'bad-request',
    detail: /50 targets/,
  });
  for await (const key of store.list('')) t.match(key, /^targets\//, 'nothing was stored');
});

t.test('a dry run for several targets answers for each', async (t) => {
  const { app, store } = await api(t, TARGETS);
  const answer = await app.inject(query('target=all&dry-run=true'));
  t.equal(answer.statusCode, 200);
  t.match(answer.json(), { dryRuns: ALL.map((target) => ({ dryRun: true, target, lines: [{ text: 'demo==1.0' }] })) });
  for await (const key of store.list('')) t.notMatch(key, /prebuilds/, 'nothing was started');
});

t.test('a list that is there for several targets', async (t) => {
  const { app, store } = await api(t, TARGETS);
  await app.inject(query('target=all'));
  const sha256 = createHash('sha256').update(TEXT).digest('hex');
  const locked = await app.inject(`/lists/${sha256}/requirements.txt`);
  t.equal(locked.statusCode, 400, 'has no one locked list');
  t.match(
    locked.raw.res.statusMessage,
    /several targets; add \?target= with one of python-3.13, python-3.13-arm64, web/,
  );
  t.equal((await app.inject(`/lists/${sha256}/requirements.txt?target=nowhere`)).statusCode, 404);
  t.equal((await app.inject(`/lists/${sha256}/wheels/`)).statusCode, 200, 'has one page of all wheels');
  t.equal((await app.inject(`/lists/${sha256}/wheels/?target=web`)).statusCode, 200, 'and one of each target');
  t.match((await app.inject(`/lists/${sha256}/wheels/?target=nowhere`)).json(), {
    code: 'not-found',
    detail: /python-3.13/,
  });
  const known: string[] = [];
  for await (const key of store.list(paths.listsOf(sha256))) known.push(key);
  t.equal(known.length, ALL.length);
});

t.test('a list that was sent for a target that there is no more, or was cancelled for one', async (t) => {
  const { app, parts } = await api(t, TARGETS);
  t.teardown(await parts.queue.serve('settles', 1, settleJob(parts)));
  const { prebuilds } = (await app.inject(query('target=all'))).json<PrebuildViews>();
  const all = prebuilds.map(({ id, attempt, target, requestedAt }) => ({ id, attempt, target, requestedAt }));
  await t.rejects(prebuildOf(parts, all, undefined), { code: 'bad-request' });

  const { config, store } = parts;
  const targets = config.targets.filter(({ name }) => name === 'web');
  const { target } = await prebuildOf({ store, config: { ...config, targets } }, all, undefined);
  t.equal(target, 'web', 'the only one that is still served');

  for (const { id } of all.filter((one) => one.target !== 'python-3.13'))
    await app.inject({ method: 'DELETE', url: `/api/v1/prebuilds/${id}` });
  t.equal((await prebuildOf(parts, all, undefined)).target, 'python-3.13', 'the only one that was not cancelled');
  t.equal((await prebuildOf(parts, all, 'web')).target, 'web', 'who names one gets it');
});
