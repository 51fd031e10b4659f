import t from 'tap';
import { NO_QUOTAS } from '../../src/access/quotas.ts';
import { watchChanges } from '../../src/api/changes.ts';
import type { Api } from '../../src/api/context.ts';
import { progressText } from '../../src/api/prebuilds/progress-text.ts';
import type { PrebuildViews } from '../../src/api/prebuilds/view.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { closePrebuild } from '../../src/storage/prebuild-records.ts';
import { type PrebuildStatus, readPrebuildStatus } from '../../src/storage/prebuild-status.ts';
import { api, list } from './harness.ts';

const base = 'http://mill.test';
const { app, store, parts } = await api(t, { WHEELMILL_TARGETS: '3.13,3.12' });
const changes = watchChanges(parts.queue);
t.teardown(() => changes.close());
const whole: Api = { quotas: NO_QUOTAS, ...parts, metrics: createMetrics({ version: '1', role: 'api' }), changes };

async function posted(text: string, query = ''): Promise<PrebuildStatus[]> {
  const answer = await app.inject({ ...list(text), url: `/api/v1/prebuilds?target=all${query}` });
  const { prebuilds } = answer.json<PrebuildViews>();
  return Promise.all(prebuilds.map(async ({ id, attempt }) => (await readPrebuildStatus(store, id, attempt))!));
}

/** Ends a prebuild that nobody works on, in a state that somebody who works on it would give it. */
async function end(status: PrebuildStatus, state: 'ready' | 'partial' | 'failed' | 'cancelled'): Promise<void> {
  const items = [
    { project: 'demo', version: '1.0', lines: [{ line: 1 }], kind: 'build' as const, state: 'failed' as const },
  ];
  const failed = state === 'partial' ? items.map((one) => ({ ...one, reason: 'build-error' as const })) : [];
  const { id, attempt, target, pinned, skipped, warnings, requestedAt } = status;
  const about = { schema: 1 as const, id, attempt, target, pinned, skipped, warnings, requestedAt };
  await closePrebuild(store, { ...about, state, items: failed, endedAt: new Date().toISOString() }, '');
  await parts.queue.notify({ kind: 'prebuilds', id, state });
}

t.test('what waits says why, and beats, until it has ended', async (t) => {
  const [one] = await posted('demo==1.0  # waits\n');
  const lines: string[] = [];
  const text = progressText(whole, [one!], { base, signal: new AbortController().signal, heartbeat: 10 });
  for await (const line of text) {
    lines.push(line);
    if (lines.filter((it) => it.startsWith('wheelmill: still')).length === 2) await end(one!, 'ready');
  }
  t.equal(lines[0], `prebuild ${one!.id}: planning\n`);
  t.match(lines[1], /^waiting: No worker is running\./);
  t.equal(lines[2], 'wheelmill: still working, the list is being planned\n');
  t.match(lines.at(-2), new RegExp(`^requirements: ${base}/api/v1/prebuilds/${one!.id}/requirements\\.txt\nwheels: `));
  t.equal(lines.at(-1), `wheelmill: ready ${base}/api/v1/prebuilds/${one!.id}\n`);
});

const ends: [states: ('ready' | 'partial' | 'failed' | 'cancelled')[], state: string][] = [
  [['ready', 'ready'], 'ready'],
  [['partial', 'ready'], 'partial'],
  [['partial', 'cancelled'], 'cancelled'],
  [['failed', 'ready'], 'failed'],
];
for (const [states, state] of ends)
  t.test(`several targets, ${states.join(' and ')}`, async (t) => {
    const both = await posted(`demo==1.0\ndemo-${states.join('-')}==1.0\n`);
    t.equal(both.length, 2);
    for (const [at, one] of both.entries()) await end(one, states[at]!);
    let text = '';
    for await (const line of progressText(whole, both, { base, signal: new AbortController().signal })) text += line;
    for (const [at, { target, id }] of both.entries()) {
      t.match(text, `${target}: prebuild ${id}: ${states[at]}\n`);
      t.match(text, `${target}: ${states[at]}: 0 of ${states[at] === 'partial' ? 1 : 0} wheels\n`);
    }
    if (states.includes('partial')) t.match(text, '\ndemo 1.0: build-error: ');
    const urls = both.map(({ id }) => `${base}/api/v1/prebuilds/${id}`).join(' ');
    t.equal(text.trimEnd().split('\n').at(-1), `wheelmill: ${state} ${urls}`);
  });

t.test('who has gone is told nothing more, and gets no last line', async (t) => {
  const [one] = await posted('demo==1.0  # is left\n');
  const leaving = new AbortController();
  const lines: string[] = [];
  for await (const line of progressText(whole, [one!], { base, signal: leaving.signal, heartbeat: 10 })) {
    lines.push(line);
    if (line.startsWith('wheelmill: still')) leaving.abort();
  }
  t.notMatch(lines.join(''), /^wheelmill: (?!still)/m);
  t.ok(await store.head(paths.openPrebuild(one!.id)), 'the work goes on');
});

t.test('what is refused is a text, too', async (t) => {
  const headers = { accept: 'text/plain' };
  const answer = await app.inject({ ...list('-e .\n'), headers: { 'content-type': 'text/plain', ...headers } });
  t.equal(answer.statusCode, 400);
  t.match(answer.headers['content-type'], /^text\/plain/);
  t.match(answer.body, /^The list has a fault; nothing was started\.\nline 1: [^\n]+\nwheelmill: refused bad-list\n$/);
  const unknown = await app.inject({ url: '/api/v1/prebuilds/0', headers });
  t.match(unknown.body, /\nwheelmill: refused [a-z-]+\n$/);
  t.equal((await app.inject('/api/v1/prebuilds/0')).headers['content-type'], 'application/problem+json');
});
