import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { makeToken } from '../../src/access/token.ts';
import { type Finding, ok, runCheck, together, warning, wrong } from '../../src/cli/doctor/check.ts';
import { type Clock, clockCheck } from '../../src/cli/doctor/clock.ts';
import { diskCheck } from '../../src/cli/doctor/disk.ts';
import { memoryCheck } from '../../src/cli/doctor/memory.ts';
import { isEnough, nodeCheck } from '../../src/cli/doctor/node.ts';
import { tokensCheck } from '../../src/cli/doctor/tokens.ts';
import { WheelmillError } from '../../src/errors.ts';

t.test('a check always ends, with a finding', async (t) => {
  const rows: [what: string, look: (signal: AbortSignal) => Promise<Finding>, expected: object][] = [
    ['what it found', async () => ok('fine'), { level: 'ok', found: 'fine' }],
    [
      'an error of ours',
      () => Promise.reject(new WheelmillError('store-denied', 'No.\nDo it.')),
      { found: 'No. Do it.' },
    ],
    ['any other', () => Promise.reject(new Error('broken\n  at stack')), { level: 'wrong', found: 'broken' }],
    ['none', () => new Promise(() => {}), { level: 'wrong', found: 'no answer within 0.05 s', advice: String }],
  ];
  for (const [what, look, expected] of rows)
    t.match(await runCheck({ name: 'one', seconds: 0.05, look }), { check: 'one', ...expected }, what);
  let seen: AbortSignal | undefined;
  await runCheck({
    name: 'late',
    seconds: 0.01,
    look: (signal) => {
      seen = signal;
      return new Promise(() => {});
    },
  });
  t.ok(seen?.aborted, 'one that is given up is told');
});

t.test('several findings are as bad as the worst', async (t) => {
  t.same(together([ok('a'), ok('b')]), { level: 'ok', found: 'a; b' });
  t.same(together([warning('a', 'Do.'), wrong('b', 'Mend.'), warning('c', 'Do.')]), {
    level: 'wrong',
    found: 'a; b; c',
    advice: 'Do. Mend.',
  });
});

t.test('versions of Node.js', async (t) => {
  const rows: [version: string, least: string, enough: boolean][] = [
    ['v20.18.1', '20.18.1', true],
    ['v20.20.0', '20.18.1', true],
    ['v22.0.0', '20.18.1', true],
    ['v20.18.0', '20.18.1', false],
    ['v18.99.99', '20.18.1', false],
  ];
  for (const [version, least, enough] of rows) t.equal(isEnough(version, least), enough, version);
  t.match(await runCheck(nodeCheck('v18.0.0')), { level: 'wrong', found: /too old/, advice: /20\.\d+\.\d+ or newer/ });
  t.match(await runCheck(nodeCheck()), { level: 'ok' });
});

t.test('clocks', async (t) => {
  const off = (seconds: number, limit?: number): Clock => ({
    name: 'one',
    read: async () => Date.now() + seconds * 1000,
    ...(limit !== undefined && { limit: limit * 1000 }),
  });
  const rows: [clock: Clock, expected: object][] = [
    [off(1), { level: 'ok', found: 'one agrees' }],
    [off(40), { level: 'warning', found: 'one is 40 s ahead', advice: /NTP/ }],
    [off(-40, 900), { level: 'warning', found: 'one is 40 s behind' }],
    [off(-1000, 900), { level: 'wrong', found: /one is 1000 s behind: it refuses requests/ }],
    [
      { name: 'away', read: () => Promise.reject(new Error('away')) },
      { level: 'ok', found: /nothing to compare/ },
    ],
    [
      { name: 'dumb', read: async () => undefined },
      { level: 'ok', found: /nothing to compare/ },
    ],
  ];
  for (const [clock, expected] of rows) t.match(await runCheck(clockCheck(async () => [clock])), expected);
});

t.test('memory', async (t) => {
  const look = (memory: number, buildMemory: number, concurrency: number) =>
    runCheck(
      memoryCheck({
        config: { buildMemory, concurrency },
        builder: { about: async () => ({ memory }) },
      } as Parameters<typeof memoryCheck>[0]),
    );
  const gib = 1024 ** 3;
  t.match(await look(16 * gib, 6 * gib, 2), { level: 'ok', found: '16 GiB; 2 builds at once may take 6 GiB each' });
  t.match(await look(8 * gib, 6 * gib, 4), { level: 'warning', found: /so only 1 runs$/, advice: /CONCURRENCY=1,/ });
  t.match(await look(4 * gib, 6 * gib, 1), {
    level: 'warning',
    found: /not even one/,
    advice: /WHEELMILL_BUILD_MEMORY/,
  });
});

t.test('disk: a folder that is not there yet is looked at where it will be', async (t) => {
  const room = (need: number) => ({ name: 'it', path: `${t.testdir()}/not/there`, need, advice: 'Free some.' });
  t.match(await runCheck(diskCheck(async () => [room(0)])), { level: 'ok', found: /^it \/.* free$/ });
  t.match(await runCheck(diskCheck(async () => [room(1e18)])), { level: 'warning', found: /one build may need/ });
});

t.test('tokens', async (t) => {
  const folder = t.testdir();
  const { token } = makeToken({ name: 'anna', scopes: ['read'] });
  const inDays = (days: number) => new Date(Date.now() + days * 24 * 3_600_000).toISOString();
  const alone = { host: '127.0.0.1', auth: 'auto' as const, tokensFile: '', firstToken: undefined };
  const open = { ...alone, host: '0.0.0.0' };
  const rows: [what: string, settings: typeof alone | typeof open, tokens: object[] | undefined, expected: object][] = [
    ['alone', alone, undefined, { level: 'ok', found: /none are needed/ }],
    ['reached by others', open, undefined, { level: 'wrong', advice: /wheelmill token create/ }],
    ['with one', open, [token], { level: 'ok', found: /^1 of 1 in .* count$/ }],
    ['revoked', open, [{ ...token, revoked: inDays(-1) }], { level: 'warning', found: /0 of 1 .*: nobody gets in/ }],
    ['ending', open, [{ ...token, expires: inDays(3) }], { level: 'warning', found: /anna end within a week/ }],
    ['lasting', open, [{ ...token, expires: inDays(30) }], { level: 'ok' }],
    ['broken', open, [{ ...token, scopes: ['all'] }], { level: 'wrong', found: /line 1: its scopes is not valid/ }],
  ];
  for (const [what, settings, tokens, expected] of rows) {
    const tokensFile = join(folder, what);
    if (tokens) await writeFile(tokensFile, tokens.map((one) => JSON.stringify(one)).join('\n'), { mode: 0o600 });
    t.match(await runCheck(tokensCheck({ ...settings, tokensFile })), { check: 'tokens', ...expected }, what);
  }
  await chmod(join(folder, 'with one'), 0o640);
  const found = await runCheck(tokensCheck({ ...open, tokensFile: join(folder, 'with one') }));
  t.match(found, { level: 'wrong', found: /has the mode 0640/, advice: /^chmod 600 / });
});
