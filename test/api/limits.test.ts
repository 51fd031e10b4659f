import t from 'tap';
import { countOpenBuilds } from '../../src/storage/build-records.ts';
import { api, list } from './harness.ts';

const WEIGHED = { WHEELMILL_MAX_OPEN_PREBUILDS: '4', WHEELMILL_MAX_CLIENT_PREBUILDS: '2' };

t.test('so many prebuilds of a client, and so many altogether', async (t) => {
  const { app, store } = await api(t, WEIGHED);
  const post = (name: string, client = '') => {
    const query = client && `?client=${client}`;
    return app.inject({ ...list(`${name}==1.0\n`), url: `/api/v1/prebuilds${query}` });
  };
  const refused = async (code: string, status: number, ...args: Parameters<typeof post>) => {
    const answer = await post(...args);
    t.match([answer.statusCode, answer.json().code, answer.headers['retry-after']], [status, code, /^\d+$/]);
    t.match(answer.json().detail, /WHEELMILL_MAX_/, 'the setting is named');
    const keys: string[] = [];
    for await (const key of store.list('')) keys.push(key);
    t.same(
      keys.filter((key) => key.includes(answer.json().id)),
      [],
    );
    return keys.length;
  };
  for (const name of ['one', 'two']) t.equal((await post(name)).statusCode, 202);
  const objects = await refused('too-many-prebuilds', 429, 'three');
  t.equal((await post('two')).statusCode, 202, 'one under way is no further one');
  t.equal(await refused('too-many-prebuilds', 429, 'four'), objects, 'nothing of it is stored');
  t.equal((await post('three', 'ci')).statusCode, 202, 'a name makes another client of the same address');
  t.equal((await post('four', 'cron')).statusCode, 202);
  await refused('queue-full', 503, 'five', 'night');
  const { id } = (await post('one')).json();
  t.equal((await app.inject(`/api/v1/prebuilds/${id}`)).statusCode, 200, 'all the rest goes on');
});

t.test('so many builds altogether', async (t) => {
  const { app, store } = await api(t, { WHEELMILL_MAX_OPEN_BUILDS: '2' });
  for (const key of ['a', 'b', 'c']) await store.put(`open/builds/${key.repeat(64)}`, '');
  t.equal(await countOpenBuilds(store, 2), 2, 'counted no further');
  t.match((await app.inject(list('demo==1.0\n'))).json(), { code: 'queue-full', detail: /2 builds are under way/ });
});

t.test('so many requirements in a list', async (t) => {
  const { app } = await api(t, { WHEELMILL_MAX_LIST_REQUIREMENTS: '3' });
  const lines = (count: number) => Array.from({ length: count }, (_, n) => `demo${n}==1.0\n`).join('');
  t.equal((await app.inject(list(lines(3)))).statusCode, 202);
  t.match((await app.inject(list(lines(4)))).json(), { code: 'list-too-large', detail: /has 4 requirements/ });
});

const misuses: [query: string, detail: RegExp][] = [
  ['priority=high', /priority must be interactive or batch, not "high"/],
  ['client=two%20words', /client may have 64 letters/],
];
for (const [query, detail] of misuses)
  t.test(query, async (t) => {
    const { app } = await api(t);
    const answer = await app.inject({ ...list('demo==1.0\n'), url: `/api/v1/prebuilds?${query}` });
    t.match(answer.json(), { code: 'bad-request', detail });
  });
