import t from 'tap';
import { writeCursor } from '../../../src/api/cursor.ts';
import { basic, someTokens } from '../../access/some-tokens.ts';
import { api } from '../harness.ts';

t.setTimeout(120_000);

const BROWSER = { accept: 'text/html,application/xhtml+xml' };
const POLICY = /^default-src 'none'; script-src 'self'/;

t.test('what is wrong is a page to browsers, and a problem to programs', async (t) => {
  const { app } = await api(t);
  const rows: [url: string, status: number, says: RegExp][] = [
    ['/dashboard/nowhere', 404, /There is no page \/dashboard\/nowhere\..*To the overview/s],
    ['/dashboard/builds/what/is/this', 404, /There is no page.*To the builds.*To the overview/s],
    [`/dashboard/builds/${'0'.repeat(64)}`, 404, /aria-current="true">Builds.*There is no build.*To the builds/s],
    ['/dashboard/projects/demo', 404, /Nothing is stored of demo.*To the projects/s],
    ['/dashboard?colour=red', 400, /additional properties.*colour/s],
    ['/dashboard/<script>', 404, /There is no page \/dashboard\/%3Cscript%3E\./],
    ['/dashboard/%zz', 400, /<h1>.*To the overview/s],
  ];
  for (const [url, statusCode, body] of rows) {
    const page = await app.inject({ url, headers: BROWSER });
    t.match(page, { statusCode, body }, url);
    t.match(page.headers, {
      'content-type': /^text\/html/,
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
    });
    t.match(page.body, /<nav aria-label="Sections">.*request <code>/s);
    const problem = await app.inject({ url });
    t.equal(problem.statusCode, statusCode);
    t.match(problem.headers['content-type'], 'application/problem+json');
  }
  t.match(await app.inject({ method: 'POST', url: '/dashboard/nowhere', headers: BROWSER }), {
    statusCode: 404,
    body: /There is no POST \/dashboard\/nowhere/,
  });
  for (const note of ['__proto__', 'constructor', 'nonsense']) {
    const page = await app.inject({ url: `/dashboard?note=${note}`, headers: BROWSER });
    t.equal(page.statusCode, 200, note);
    t.notMatch(page.body, 'native code');
  }
  const elsewhere = await app.inject({ url: '/nowhere', headers: BROWSER });
  t.match(elsewhere.headers['content-type'], 'application/problem+json', 'elsewhere nothing is different');
});

t.test('what may be asked of lists', async (t) => {
  const { app } = await api(t);
  const long = writeCursor(`1790000000000/${'x'.repeat(400)}`);
  const rows: [url: string, status: number, says: RegExp][] = [
    ['/dashboard/projects?begins=a%26b', 200, /Nothing is stored of a project that begins with a&amp;b/],
    [`/dashboard/prebuilds?cursor=${long}`, 200, /Prebuilds/],
    [`/dashboard/builds?cursor=${long}`, 200, /Builds/],
    ['/api/v1/prebuilds?state=planning', 400, /state/],
    ['/dashboard/prebuilds?state=working', 200, /under way/],
  ];
  for (const [url, statusCode, body] of rows)
    t.match(await app.inject({ url, headers: BROWSER }), { statusCode, body }, url);
  const ids = [...(await app.inject('/docs/errors')).body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  t.equal(new Set(ids).size, ids.length, 'a link leads to one place');
  t.ok(ids.includes('reason-upstream-unavailable'));
});

t.test('who may not, is told how', async (t) => {
  const { file, secrets } = await someTokens(t, { reader: { scopes: ['read'] } });
  const { app } = await api(t, { WHEELMILL_TOKENS_FILE: file });
  const url = '/dashboard/projects/demo/recipe';
  t.match(await app.inject({ url, headers: BROWSER }), {
    statusCode: 303,
    headers: { location: `/login?next=${encodeURIComponent(url)}` },
  });
  const refused = await app.inject({ url, headers: { ...BROWSER, ...basic(secrets.reader!) } });
  t.match(refused, { statusCode: 403, body: /needs the scope admin.*wheelmill token create.*sign in with it/s });
  t.match(refused.body, /<span>reader<\/span>.*Sign out/s);
  const unknown = await app.inject({ url: '/dashboard/nowhere', headers: BROWSER });
  t.match(unknown, { statusCode: 404, body: /There is no page/ }, 'that there is no such page, everybody may know');
});
