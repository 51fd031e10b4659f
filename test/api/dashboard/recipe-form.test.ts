import t from 'tap';
import { fitsForm, readRecipeForm } from '../../../src/api/dashboard/recipe/read-form.ts';
import { typedOfRecipe } from '../../../src/api/dashboard/recipe/typed-recipe.ts';
import type { VersionRecipe } from '../../../src/core/records/project-recipes.ts';
import { readRecipes, writeRecipes } from '../../../src/storage/recipe-records.ts';
import { shippedRecipes } from '../../../src/storage/shipped-recipes.ts';
import { api } from '../harness.ts';

t.setTimeout(120_000);

const { app, store } = await api(t);
const BROWSER = { accept: 'text/html,application/xhtml+xml' };
const PATH = '/dashboard/projects/demo/recipe';

const EVERYTHING: VersionRecipe = {
  versions: '>=2,<3',
  packages: ['liba-dev', 'libb++-dev'],
  buildConstraints: ['setuptools<58', 'cython<3; python_version<"4"'],
  environment: { CFLAGS: '-O2 -DX="a b"', EMPTY: '', SPACED: ' two ' },
  configSettings: { 'cmake.args': ['-DA=1', '-DB=2'], editable_mode: 'strict' },
  imports: ['a', 'a.b'],
  limits: { memory: 8 * 1024 ** 3, disk: 1500 * 1024 ** 2, pids: 99, time: 5_400_000 },
  frontEnd: 'pip',
  libraries: 'apt',
  debugInformation: 'keep',
  note: 'Because <b>it</b> & that.',
};

t.test('what a form shows and gives back is the recipe', (t) => {
  const rows: [recipe: VersionRecipe, fits: boolean][] = [
    [{}, true],
    [EVERYTHING, true],
    [{ packages: [], environment: {} }, true],
    [{ limits: { memory: 20_000_001, time: 1001 } }, true],
    [{ environment: { A: 'one\nB=two' } }, false],
    [{ configSettings: { 'a=b': 'c' } }, false],
    [{ configSettings: { a: ['only'] } }, false],
    [{ imports: [] }, false],
  ];
  for (const [recipe, fits] of rows) t.equal(fitsForm([recipe]), fits, JSON.stringify(recipe));
  for (const [project, recipes] of shippedRecipes()) t.ok(fitsForm(recipes), `the shipped one of ${project}`);
  t.same(readRecipeForm([typedOfRecipe(EVERYTHING)]), { recipes: [EVERYTHING], faults: [] });
  t.end();
});

t.test('faults are told at their fields, all at once', (t) => {
  const { faults } = readRecipeForm([
    { packages: 'libgood-dev UPPER', environment: 'HOME=/x\nno value', memory: 'much', pids: '3' },
    { versions: '=>1', buildConstraints: 'setuptools\n???', frontEnd: 'npm', time: '3 weeks', imports: '1a' },
  ]);
  const rows: [recipe: number, field: string, message: RegExp][] = [
    [1, 'packages', /^"UPPER" must match pattern/],
    [1, 'environment', /^Write NAME=VALUE, not "no value"\.$/],
    [1, 'environment', /^HOME is set by Wheelmill/],
    [1, 'memory', /^It must be a size such as 512MiB/],
    [1, 'pids', /^3 must be >= 16/],
    [2, 'versions', /=>1/],
    [2, 'versions', /Recipe 1 is for all versions/],
    [2, 'buildConstraints', /"setuptools" bounds nothing/],
    [2, 'buildConstraints', /\?\?\?/],
    [2, 'frontEnd', /^"npm" must be/],
    [2, 'time', /^It must be a time such as/],
    [2, 'imports', /^"1a" must match/],
  ];
  for (const [recipe, field, message] of rows)
    t.ok(
      faults.some((one) => one.recipe === recipe && one.field === field && message.test(one.message)),
      `${field}: ${message}`,
    );
  t.end();
});

const post = (fields: Record<string, string>, headers: Record<string, string> = BROWSER) =>
  app.inject({
    ...{ method: 'POST', url: PATH, payload: new URLSearchParams(fields).toString() },
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
const seenIn = (body: string) => /name="seen" value="([^"]*)"/.exec(body)![1]!;
const get = async (note = '') => (await app.inject({ url: PATH + note, headers: BROWSER })).body;

t.test('a recipe is written, changed, and removed', async (t) => {
  t.match(await get(), /It has none: it is built as it is\./);
  const set = await post({
    do: 'save',
    seen: 'none',
    '1.packages': 'libx-dev, liby-dev',
    '1.versions': '',
    '2.note': ' ',
  });
  t.match(set, { statusCode: 303, headers: { location: `${PATH}?note=recipe-set` } });
  t.same((await readRecipes(store, 'demo'))?.recipes, [{ packages: ['libx-dev', 'liby-dev'] }]);
  const page = await get('?note=recipe-set');
  t.match(page, 'It is set, and counts from the next build on.');
  t.match(page, 'value="libx-dev liby-dev"');

  const seen = seenIn(page);
  const more = { do: 'save', seen, '1.versions': '<2', '1.packages': 'libx-dev', '3.environment': 'A=1\r\nB=2\r\n' };
  t.equal((await post(more)).statusCode, 303);
  const both = [{ versions: '<2', packages: ['libx-dev'] }, { environment: { A: '1', B: '2' } }];
  t.same((await readRecipes(store, 'demo'))?.recipes, both, 'what was left empty is left out');

  const late = await post({ do: 'save', seen, '1.note': 'mine' });
  t.match(late, { statusCode: 409, body: /Somebody has changed the recipe/ });
  t.match(late.body, 'value="mine"', 'nothing that was typed is lost');
  t.same((await readRecipes(store, 'demo'))?.recipes, both);
  t.equal(
    (await post({ do: 'save', seen: seenIn(late.body), '1.note': 'mine' })).statusCode,
    303,
    'and it may be insisted on',
  );

  const unseen = await post({ do: 'remove', seen });
  t.match(unseen, { statusCode: 409, body: /nothing was removed.*value="mine"|value="mine".*nothing was removed/s });
  t.ok(await readRecipes(store, 'demo'));
  t.equal((await post({ do: 'remove', seen: seenIn(unseen.body) })).statusCode, 303);
  t.equal(await readRecipes(store, 'demo'), undefined);
  t.match(await post({ do: 'remove', seen: 'none' }), {
    statusCode: 404,
    body: /No recipe was set for demo\..*To the projects/s,
  });
});

t.test('what has faults is shown again as it was typed', async (t) => {
  const typed = { '1.versions': '<b>', '1.environment': 'HOME=/x\nA', '2.packages': 'NO', '2.memory': 'x' };
  const answer = await post({ do: 'save', seen: 'none', ...typed });
  t.equal(answer.statusCode, 400);
  t.match(answer.body, /role="alert"><p>Nothing was saved: the recipe has faults\.<\/p><ul>(<li>.*<\/li>){5,}<\/ul>/);
  t.match(
    answer.body,
    'id="1.versions" name="1.versions" aria-describedby="1.versions-hint 1.versions-faults" aria-invalid="true" value="&lt;b&gt;"',
  );
  t.match(answer.body, />\nHOME=\/x\nA<\/textarea>/);
  t.match(answer.body, 'value="NO"');
  t.match(
    answer.body,
    /<details open><summary>Limits.*id="2\.memory"/s,
    'what is hidden at first is opened where it has a fault',
  );
  t.equal(await readRecipes(store, 'demo'), undefined, 'nothing is stored');

  t.match(await post({ do: 'save', seen: 'none', '1.colour': 'red' }), { statusCode: 400, body: /no 1\.colour/ });
  t.match((await post({ do: 'dance', seen: 'none' }, {})).json(), { code: 'bad-request' });
  t.equal((await post({ do: 'save', seen: 'none', '1.note': 'x'.repeat(100_000) })).statusCode, 400, 'and not cut');
  const many = Array.from({ length: 101 }, (_, at) => [`${at + 1}.versions`, `==${at}`]);
  const tooMany = await post({ do: 'save', seen: 'none', ...Object.fromEntries(many) });
  t.match(tooMany, { statusCode: 400, body: /must not have more than 100 items/ });
});

t.test('one that the form cannot show is left alone', async (t) => {
  const recipes = [{ environment: { A: 'one\nB=two' } }];
  await writeRecipes(store, { schema: 1, project: 'demo', recipes, updatedAt: new Date().toISOString() });
  const page = await get();
  t.match(page, /cannot show.*--file FILE/s);
  t.notMatch(page, '<fieldset');
});
