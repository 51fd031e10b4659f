import t, { type Test } from 'tap';
import { api } from '../api/harness.ts';
import { someTokens } from './some-tokens.ts';

t.setTimeout(120_000);

async function site(t: Test, settings: Record<string, string> = {}) {
  const { file, secrets } = await someTokens(t, {
    anna: { scopes: ['read'] },
    gone: { scopes: ['admin'], change: { revoked: '2026-01-01T00:00:00Z' } },
  });
  const { app } = await api(t, { WHEELMILL_TOKENS_FILE: file, ...settings });
  const post = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: new URLSearchParams(fields).toString(),
    });
  return { app, post, secret: secrets.anna!, gone: secrets.gone! };
}

t.test('signing in, looking, signing out', async (t) => {
  const { app, post, secret, gone } = await site(t);
  const form = await app.inject('/login');
  t.match(form, { statusCode: 200, body: /<form method="post" action="\/login"/ });
  t.match(form.headers['content-security-policy'], /default-src 'none'; .*form-action 'self'/);
  for (const token of ['', 'nonsense', gone]) {
    const answer = await post('/login', { token });
    t.match(answer, { statusCode: 401, body: /not known here, expired or revoked/ });
    t.notOk(answer.headers['set-cookie']);
  }
  const answer = await post('/login', { token: ` ${secret} `, next: '/docs' });
  t.match(answer, { statusCode: 303, headers: { location: '/docs' } });
  const cookie = String(answer.headers['set-cookie']);
  t.match(cookie, /^wheelmill_token=wm_\w+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  const headers = { cookie: cookie.split(';')[0]! };
  for (const [url, control] of [
    ['/api/v1/projects', 'private, no-cache'],
    ['/simple/', 'private, no-cache'],
    ['/api/v1/status', 'no-store'],
  ] as const)
    t.match(await app.inject({ url, headers }), { statusCode: 200, headers: { 'cache-control': control } }, url);
  t.match((await app.inject({ url: '/login', headers })).body, /Signed in with the token anna: read\./);
  const out = await post('/logout', {}, headers);
  t.match(out, { statusCode: 303, headers: { 'set-cookie': /^wheelmill_token=; .*Max-Age=0/ } });
  t.equal((await post('/login', { token: secret }, { origin: 'https://evil.example.com' })).statusCode, 403);

  const shapeless: [payload: unknown, status: number][] = [
    [{ token: 5 }, 401],
    [{ token: null }, 401],
    [{ token: {} }, 400],
    [[], 400],
    ['x', 400],
  ];
  for (const [payload, status] of shapeless) {
    const headers = { 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/login', payload: JSON.stringify(payload), headers });
    t.equal(answer.statusCode, status, JSON.stringify(payload));
  }
  t.equal((await app.inject('/login?next=a&next=b')).statusCode, 400);

  const places: [next: string, location: string][] = [
    ['/api/v1/projects?limit=1', '/api/v1/projects?limit=1'],
    ['//evil.example.com/', '/dashboard'],
    ['/\\evil.example.com', '/dashboard'],
    ['https://evil.example.com', '/dashboard'],
    ['/x\r\nset-cookie: a=b', '/dashboard'],
    ['/"><script>', '/dashboard'],
    ['', '/dashboard'],
  ];
  for (const [next, location] of places) {
    t.equal((await post('/login', { token: secret, next })).headers.location, location, next);
    const { body } = await app.inject({ url: `/login?${new URLSearchParams({ next })}` });
    t.notMatch(body, /evil|<script>/, next);
  }
});

t.test('over HTTPS the cookie goes nowhere else', async (t) => {
  const { post, secret } = await site(t, { WHEELMILL_PUBLIC_URL: 'https://wheels.example.com' });
  t.match((await post('/login', { token: secret })).headers['set-cookie'], /; Secure$/);
});
