import { once } from 'node:events';
import { PGlite } from '@electric-sql/pglite';
import t from 'tap';
import { pgliteAsPool } from '../../../src/workers/queue/pglite-pool.ts';

const database = await PGlite.create();
t.teardown(() => database.close());
const pool = pgliteAsPool(database);
await pool.query('CREATE TABLE things (id int PRIMARY KEY, doc jsonb); CREATE TABLE more (id int)');

t.test('answers have the shape of pg', async (t) => {
  t.same(await pool.query('INSERT INTO things VALUES ($1, $2), (2, $3)', [1, '{"a":[1]}', null]), {
    rows: [],
    rowCount: 2,
  });
  t.same((await pool.query('SELECT * FROM things WHERE id = ANY($1::int[]) ORDER BY id', [[1, 2]])).rows, [
    { id: 1, doc: { a: [1] } },
    { id: 2, doc: null },
  ]);
  await t.rejects(pool.query('INSERT INTO things VALUES ($1)', [1]), { code: '23505' }, 'codes of PostgreSQL pass');
  t.same((await pool.query('SELECT 1 AS one')).rows, [{ one: 1 }], 'and the next query runs');
});

t.test('a transaction of one client keeps the others waiting, whether it ends well or not', async (t) => {
  for (const [end, kept] of [
    ['COMMIT', 1],
    ['ROLLBACK', 0],
  ] as const) {
    await pool.query('DELETE FROM more');
    const client = await pool.connect();
    await client.query('BEGIN');
    const order: string[] = [];
    const others = Promise.all([
      pool.query('SELECT count(*)::int AS n FROM more').then(({ rows }) => order.push(`sees ${rows[0]?.n}`)),
      pool
        .connect()
        .then((other) => other.query('SELECT 1'))
        .then(() => order.push('other client')),
    ]);
    await client.query('INSERT INTO more VALUES ($1)', [1]);
    await t.rejects(end === 'COMMIT' ? Promise.reject(new Error('none')) : client.query('SELECT nonsense'));
    order.push(end);
    await client.query(end);
    await others;
    t.same(order, [end, `sees ${kept}`, 'other client']);
  }
});

t.test('clients hear notifications until they are released', async (t) => {
  const [one, two] = [await pool.connect(), await pool.connect()];
  await one.query('LISTEN news');
  const heard: unknown[] = [];
  two.on('notification', (message) => heard.push(message));
  two.release();
  const notified = once(one, 'notification');
  await pool.query(`SELECT pg_notify('news', 'payload')`);
  t.same(await notified, [{ channel: 'news', payload: 'payload' }]);
  t.same(heard, []);
  one.release();
});

t.test('the event loop turns between queries', async (t) => {
  let turns = 0;
  let counting = true;
  const turn = () => {
    turns++;
    if (counting) setImmediate(turn);
  };
  setImmediate(turn);
  for (let n = 0; n < 50; n++) await pool.query('SELECT $1::int', [n]);
  counting = false;
  t.ok(turns >= 50, `${turns} turns in 50 queries`);
});
