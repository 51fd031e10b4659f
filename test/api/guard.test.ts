import t from 'tap';
import { api, list } from './harness.ts';

const hosts: [host: string | undefined, status: number][] = [
  ['localhost', 200],
  ['localhost:8417', 200],
  ['LOCALHOST:8417', 200],
  ['127.0.0.1:8417', 200],
  ['10.1.2.3', 200],
  ['[::1]:8417', 200],
  ['host.docker.internal:8417', 200],
  ['wheels.example.com', 200],
  ['mill.example.com:8080', 200],
  ['evil.example.com', 421],
  ['localhost.evil.example.com', 421],
  ['localhost:8417@evil.example.com', 421],
];

t.test('only known hosts are answered', async (t) => {
  const { app } = await api(t, {
    WHEELMILL_ALLOWED_HOSTS: 'mill.example.com',
    WHEELMILL_PUBLIC_URL: 'https://wheels.example.com',
  });
  for (const [host, status] of hosts) {
    const answer = await app.inject({ url: '/live', headers: { host } });
    t.equal(answer.statusCode, status, String(host));
    if (status === 421) t.match(answer.json(), { code: 'unknown-host', detail: /WHEELMILL_ALLOWED_HOSTS/ });
  }
});

const origins: [what: string, headers: Record<string, string>, status: number][] = [
  ['curl', {}, 202],
  ['our own page', { origin: 'http://localhost:8417', 'sec-fetch-site': 'same-origin' }, 202],
  ['the public address', { origin: 'https://wheels.example.com' }, 202],
  ['typed into the address bar', { 'sec-fetch-site': 'none' }, 202],
  ['a page elsewhere', { origin: 'https://evil.example.com' }, 403],
  ['a page elsewhere, by form', { 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain' }, 403],
  ['another port of this machine', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }, 403],
  ['a sandboxed frame', { origin: 'null' }, 403],
];

t.test('a web page of another origin starts no work', async (t) => {
  const { app, store } = await api(t, { WHEELMILL_PUBLIC_URL: 'https://wheels.example.com' });
  for (const [what, headers, status] of origins) {
    const answer = await app.inject(list('demo==1.0\n', { host: 'localhost:8417', ...headers }));
    t.equal(answer.statusCode, status, what);
  }
  const opened: string[] = [];
  for await (const key of store.list('open/prebuilds/')) opened.push(key);
  t.equal(opened.length, 1, 'only the allowed ones opened their (one and the same) prebuild');
});

t.test('a foreign page alone opens nothing', async (t) => {
  const { app, store } = await api(t);
  await app.inject(list('demo==1.0\n', { host: 'localhost', origin: 'https://evil.example.com' }));
  for await (const key of store.list('')) t.notMatch(key, /^(open|prebuilds|lists)\//);
});
