import t from 'tap';
import { shippedRecipes } from '../../src/storage/shipped-recipes.ts';
import { api } from './harness.ts';

const put = (project: string, recipes: unknown) => ({
  method: 'PUT' as const,
  url: `/api/v1/recipes/${project}`,
  payload: { recipes } as object,
});

t.test('a recipe is set, shown, listed and removed', async (t) => {
  const { app } = await api(t);
  const url = '/api/v1/recipes/demo-thing';
  t.match((await app.inject(url)).json(), { code: 'not-found', detail: /demo-thing/ });

  const recipes = [
    { versions: '<2', packages: ['libldap-dev'], limits: { memory: 2 ** 33 }, note: 'Needs OpenLDAP.' },
    { environment: { CFLAGS: '-O1' }, configSettings: { a: ['1', '2'] }, buildConstraints: ['cython<3'] },
  ];
  const set = await app.inject(put('Demo_Thing', recipes));
  t.match([set.statusCode, set.json()], [200, { project: 'demo-thing', source: 'stored', recipes }]);
  t.match((await app.inject('/api/v1/recipes/demo.thing')).json(), { project: 'demo-thing', recipes });
  const listed = (await app.inject('/api/v1/recipes')).json().items as { project: string }[];
  t.same(
    listed.map(({ project }) => project),
    [...shippedRecipes().keys(), 'demo-thing'].sort(),
  );

  const remove = () => app.inject({ method: 'DELETE', url });
  t.equal((await remove()).statusCode, 204);
  t.match((await remove()).json(), { code: 'not-found' });
  t.match((await app.inject(url)).json(), { code: 'not-found' });
});

t.test('a shipped recipe is turned off, and comes back', async (t) => {
  const { app } = await api(t);
  const [project] = shippedRecipes().keys();
  const url = `/api/v1/recipes/${project}`;
  t.match((await app.inject({ method: 'DELETE', url })).json(), { code: 'not-found' }, 'it cannot be removed');
  t.equal((await app.inject(put(project!, []))).statusCode, 200);
  t.match((await app.inject(url)).json(), { source: 'stored', recipes: [] });
  t.equal((await app.inject({ method: 'DELETE', url })).statusCode, 204);
  t.match((await app.inject(url)).json(), { source: 'shipped' });
});

t.test('what is wrong is refused, all of it at once, and nothing is kept', async (t) => {
  const { app } = await api(t);
  const rows: [what: string, recipes: unknown, code: string, faults: unknown[]][] = [
    ['no list', { packages: [] }, 'bad-request', [{ at: '/recipes' }]],
    ['unknown fields', [{ packges: [] }], 'bad-request', [{ at: '/recipes/0', additionalProperty: 'packges' }]],
    ['names that are no packages', [{ packages: ['a', '-o', 'x;y'] }], 'bad-request', [{}, {}, {}]],
    ['limits that are none', [{ limits: { memory: 1, pids: 1 } }], 'bad-request', [{}, {}]],
    ['bad words', [{ versions: '=1', buildConstraints: ['x'] }], 'bad-recipe', [{ recipe: 1, field: 'versions' }, {}]],
  ];
  for (const [what, recipes, code, faults] of rows) {
    const answer = await app.inject(put('demo', recipes));
    t.match(answer.json(), { status: 400, code, faults }, what);
    t.equal(answer.json().faults.length, faults.length, `${what}: each fault`);
  }
  t.match((await app.inject(put('-', []))).json(), { code: 'bad-request' }, 'no project is called so');
  t.equal((await app.inject('/api/v1/recipes/demo')).statusCode, 404);
  const foreign = { ...put('demo', []), headers: { origin: 'http://elsewhere.test' } };
  t.match((await app.inject(foreign)).json(), { code: 'foreign-origin' });
});
