import t from 'tap';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { buildRow } from '../../survey/builds/build-row.ts';

const project = { name: 'Two.Words', version: '1.0', backend: 'flit', for: 'a test' };
type Item = PrebuildView['items'][number];
const item: Item = { project: 'two-words', version: '1.0', lines: [], kind: 'build', state: 'stored' };
const dependency: Item = { ...item, project: 'six', kind: 'mirror' };

const ended = (items: Item[], more: Partial<PrebuildView> = {}): PrebuildView => ({
  ...{ id: '0'.repeat(32), attempt: 1, state: 'ready', target: 'python-3.13', url: 'http://127.0.0.1/' },
  ...{ deps: true, pinned: true },
  counts: { hit: 0, mirror: 0, build: 0, stored: 0, failed: 0, total: items.length },
  ...{ items, skipped: [], warnings: [], requestedAt: '2026-01-01T00:00:00.000Z', ...more },
});

t.test('what is stored was built, or healed', async (t) => {
  t.same(buildRow(project, ended([dependency, item], { apt: ['libgl1'] }), 2.4), {
    ...{ name: 'Two.Words', version: '1.0', state: 'built', apt: ['libgl1'], seconds: 2 },
  });
  const healed = buildRow(project, ended([{ ...item, healed: ['libpq-dev'] }]), 1);
  t.match(healed, { state: 'healed', packages: ['libpq-dev'], apt: [] });
});

t.test('how it was proven', async (t) => {
  const proof = { state: 'proven', notImported: [{ project: 'two-words', module: 'words', message: 'No.' }] } as const;
  t.match(buildRow(project, ended([item], { proof: { ...proof, notImported: [...proof.notImported] } }), 1), {
    ...{ proof: 'proven', notImported: ['words'] },
  });
  t.match(buildRow(project, ended([item], { proof: { state: 'not-done', message: 'Too large.' } }), 1), {
    ...{ state: 'built', proof: 'not-done', message: 'Too large.' },
  });
  t.match(buildRow(project, ended([item], { slimReady: true }), 1), { proof: 'proven', notImported: undefined });
  t.match(buildRow(project, ended([item], { slimReady: false }), 1), { proof: undefined });
});

t.test('what is not has a reason, its own or that of the whole list', async (t) => {
  const failed: Item = { ...item, state: 'failed', reason: 'missing-tool', message: 'Of https://upstream.test/x: no.' };
  t.match(buildRow(project, ended([failed]), 1), {
    state: 'failed',
    reason: 'missing-tool',
    message: 'Of …: no.',
  });
  const failure = { reason: 'resolve-failed', message: 'No set of versions.' } as const;
  t.match(buildRow(project, ended([], { state: 'failed', failure }), 1), { state: 'failed', ...failure });
  t.match(buildRow(project, ended([dependency]), 1), { state: 'failed', reason: undefined });
});
