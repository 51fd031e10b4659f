import t from 'tap';
import { type Config, readConfig } from '../../../src/config.ts';
import type { BuildRecord } from '../../../src/core/records/build.ts';
import { sha256Hex } from '../../../src/core/sha256.ts';
import { FAILURES, type FailureReason } from '../../../src/errors.ts';
import { createFileStore } from '../../../src/storage/file-store.ts';
import { createUpstream } from '../../../src/upstream/client.ts';
import { parseIndexUrl } from '../../../src/upstream/upstream-index.ts';
import type { Builder } from '../../../src/workers/builder.ts';
import { limitsOf } from '../../../src/workers/context.ts';
import { isKnownFailure, limitsKept } from '../../../src/workers/jobs/known-failure.ts';
import { startLocalIndex } from '../../integration/local-index.ts';
import { realWheel } from '../../simple/real-wheel.ts';

const index = await startLocalIndex(t);
const addTool = async (version: string) => {
  const { filename, bytes } = await realWheel('toolmill', version);
  index.addWheel('toolmill', filename, bytes);
};
await addTool('1.0');
const store = createFileStore({ folder: t.testdir() });
const upstream = createUpstream({ indexes: [parseIndexUrl(index.indexUrl)!], store });
t.teardown(() => upstream.close());
const config = readConfig({});
const worker = (settings: Partial<Config> = {}, kind: Builder['kind'] = 'docker') => ({
  ...{ store, upstream, config: { ...config, ...settings } },
  builder: { kind } as Builder,
});

const HOUR = 60 * 60_000;
const now = Date.parse('2026-01-02T12:00:00.000Z');
const record = (change: Partial<BuildRecord> = {}): BuildRecord => ({
  ...{ schema: 1, key: sha256Hex('key'), project: 'demo', version: '1.0', target: 'cp313', image: 'sha256:1' },
  ...{ sdist: { filename: 'demo-1.0.tar.gz', sha256: sha256Hex('sdist') }, recipe: {}, run: 1, attempts: 1 },
  ...{ state: 'failed', reason: 'build-error', limits: limitsKept(limitsOf(config)), phases: {} },
  buildRequirements: [{ name: 'toolmill', version: '1.0' }],
  ...{ requestedAt: '2026-01-02T11:00:00.000Z', startedAt: '2026-01-02T11:00:00.000Z' },
  endedAt: '2026-01-02T11:01:00.000Z',
  ...change,
});
const known = (change: Partial<BuildRecord> = {}, at = now, by = worker()) =>
  isKnownFailure(by, record(change), { now: at, maxAge: 0 });

t.test('a failure is the answer for a day', async (t) => {
  t.equal(await known(), true);
  t.equal(await known({}, now + 22 * HOUR), true);
  t.equal(await known({}, now + 24 * HOUR), false);
  t.equal(await known({}, now - 2 * HOUR), false, 'nor is one of the future: some clock is wrong');
});

t.test('only where a retry cannot help', async (t) => {
  const never: FailureReason[] = ['packages-failed', 'deleted', 'hash-mismatch', 'quarantined', 'proof-failed'];
  for (const reason of Object.keys(FAILURES) as FailureReason[])
    t.equal(await known({ reason }), !FAILURES[reason].retry && !never.includes(reason), reason);
  const { reason, ...stored } = record({ state: 'stored' });
  t.equal(await isKnownFailure(worker(), stored, { now }), false, 'a stored one is no failure');
});

t.test('not with other limits', async (t) => {
  t.equal(await known({ reason: 'out-of-memory' }, now, worker({ buildMemory: config.buildMemory * 2 })), false);
  t.equal(await known({ reason: 'timed-out' }, now, worker({ buildTimeout: config.buildTimeout + 1 })), false);
  const { limits, ...older } = record();
  t.equal(await isKnownFailure(worker(), older, { now }), false, 'nor where nobody knows them');
});

t.test('not on the machine itself, where anything may have been installed', async (t) =>
  t.equal(await known({}, now, worker({}, 'process')), false),
);

t.test('not with a new release of what the build was made with', async (t) => {
  t.equal(
    await known({ buildRequirements: [{ name: 'no-such-mill', version: '1.0' }] }),
    true,
    'what has gone is no news',
  );
  await addTool('1.1');
  t.equal(await known(), false);
});
