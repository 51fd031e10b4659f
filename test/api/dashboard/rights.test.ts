import { gzipSync } from 'node:zlib';
import t from 'tap';
import type { BuildRecord } from '../../../src/core/records/build.ts';
import { paths } from '../../../src/storage/bucket-paths.ts';
import { closeBuild } from '../../../src/storage/build-records.ts';
import { readRecipes } from '../../../src/storage/recipe-records.ts';
import { publishWheel } from '../../../src/storage/wheel-records.ts';
import { basic, someTokens } from '../../access/some-tokens.ts';
import { someWheel } from '../../storage/wheel.ts';
import { api } from '../harness.ts';

t.setTimeout(120_000);

const KEY = 'a'.repeat(64);
const BROWSER = { accept: 'text/html,application/xhtml+xml' };

/** A build that was healed with a package nobody has accepted. */
function healed(project: string): BuildRecord {
  const now = new Date().toISOString();
  return {
    ...{ schema: 1, key: KEY, project, version: '1.0', target: 'python-3.13', image: 'image', recipe: {} },
    sdist: { filename: `${project}-1.0.tar.gz`, sha256: KEY },
    ...{ run: 1, attempts: 1, state: 'stored', visibility: 'prebuild', phases: { building: 61_000 } },
    healed: {
      packages: ['libpq-dev'],
      rounds: [{ missing: { kind: 'program', name: 'pg_config' }, packages: ['libpq-dev'] }],
    },
    ...{ requestedAt: now, startedAt: now, endedAt: now },
  };
}

t.test('who may do what is offered that, and nothing else', async (t) => {
  const { file, secrets } = await someTokens(t, {
    reader: { scopes: ['read'] },
    builder: { scopes: ['prebuild'] },
    boss: { scopes: ['admin'] },
  });
  const { app, store, scratch } = await api(t, { WHEELMILL_TOKENS_FILE: file });
  const wheel = await someWheel(scratch);
  await publishWheel(store, wheel);
  const { project } = wheel.record;
  await closeBuild(store, healed(project));
  await store.put(paths.buildLog(KEY), gzipSync('one\ntwo\n'));
  const as = (who: string) => ({ ...BROWSER, ...basic(secrets[who]!) });
  const get = async (url: string, who: string) => (await app.inject({ url, headers: as(who) })).body;

  const away = await app.inject({ url: '/dashboard/builds?state=failed', headers: BROWSER });
  t.match(away, { statusCode: 303, headers: { location: '/login?next=%2Fdashboard%2Fbuilds%3Fstate%3Dfailed' } });
  t.notOk(away.headers['www-authenticate'], 'no window of the browser comes up');
  t.equal((await app.inject({ url: '/dashboard' })).statusCode, 401, 'a program is told');
  t.match(await app.inject({ url: '/', headers: BROWSER }), { statusCode: 302, headers: { location: '/dashboard' } });

  for (const [who, retries, accepts] of [
    ['reader', false, false],
    ['builder', true, false],
    ['boss', true, true],
  ] as const) {
    const build = await get(`/dashboard/builds/${KEY}`, who);
    t.equal(/action="[^"]*\/verify"/.test(build), retries, `${who} verifies`);
    t.equal(/action="[^"]*\/recipe"/.test(build), accepts, `${who} accepts`);
    t.match(build, /pg_config.*libpq-dev/s, 'everybody sees what was found');
    t.equal(/action="[^"]*\/yank"/.test(await get(`/dashboard/projects/${project}`, who)), accepts, `${who} yanks`);
    t.match(build, new RegExp(`<span>${who}</span>.*Sign out`, 's'));
  }
  const form = { ...as('builder'), 'content-type': 'application/x-www-form-urlencoded' };
  const refused = await app.inject({
    ...{ method: 'POST', url: `/dashboard/projects/${project}/yank`, headers: form, payload: 'version=1.0' },
  });
  t.match(refused, { statusCode: 403, body: /<h1>The token may not do this<\/h1>/ });

  t.match(await get('/dashboard', 'boss'), /1\.0 was built with libpq-dev, which Wheelmill found by itself/);
  const boss = { ...form, ...basic(secrets.boss!) };
  const accepted = await app.inject({
    ...{ method: 'POST', url: `/dashboard/builds/${KEY}/recipe`, headers: boss, payload: 'back=overview' },
  });
  t.match(accepted, { statusCode: 303, headers: { location: '/dashboard?note=accepted' } });
  t.match((await readRecipes(store, project))?.recipes, [{ packages: ['libpq-dev'] }]);
  t.notMatch(await get('/dashboard', 'boss'), /libpq-dev/, 'it needs nobody any more, at once');
  t.match(await get(`/dashboard/projects/${project}`, 'boss'), /<code>libpq-dev<\/code>/);
  const strange = await app.inject({
    ...{ method: 'POST', url: `/dashboard/builds/${KEY}/recipe`, headers: boss, payload: 'back=//evil.test' },
  });
  t.equal(strange.statusCode, 400, 'it leads to its own pages only');
});

t.test('a log longer than a page', async (t) => {
  const { app, store } = await api(t);
  await closeBuild(store, { ...healed('long'), state: 'failed', reason: 'build-error' });
  const lines = Array.from({ length: 10_000 }, (_, at) => (at === 1500 ? 'a.c:1:1: error: <here>' : `line ${at}`));
  await store.put(paths.buildLog(KEY), gzipSync(`${lines.join('\n')}\n`));
  const get = async (query: string) =>
    (await app.inject({ url: `/dashboard/builds/${KEY}${query}`, headers: BROWSER })).body;
  const end = await get('');
  t.match(end, 'Lines 6,001 to 10,000 of 10,000.');
  t.match(end, `href="/dashboard/builds/${KEY}?from=1500#L1501"`, 'the first error is another part away');
  t.match(end, 'a.c:1:1: error: &lt;here&gt;', 'and shown all the same');
  const part = await get('?from=1500');
  t.match(part, 'id="L1501" class="line error"');
  t.match(part, 'Lines 1,451 to 5,450 of 10,000.');
  const found = await get('?find=LINE+999');
  t.match(
    found,
    `<li value="1000"><a href="/dashboard/builds/${KEY}?from=999#L1000"><code><mark>line 999</mark></code>`,
  );
  t.match(found, '11 lines</output>');
  for (const query of ['?from=-1', '?from=1e3', '?colour=red'])
    t.equal((await app.inject({ url: `/dashboard/builds/${KEY}${query}` })).statusCode, 400, query);
});
