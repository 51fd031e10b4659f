import t from 'tap';
import { normalizeName } from '../../src/core/names.ts';
import { recipeFaults } from '../../src/core/recipe-faults.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { listRecipes, readRecipes, removeRecipes, writeRecipes } from '../../src/storage/recipe-records.ts';
import { shippedRecipes } from '../../src/storage/shipped-recipes.ts';

t.test('what is shipped is whole', async (t) => {
  t.ok(shippedRecipes().size > 0);
  for (const [project, recipes] of shippedRecipes()) {
    t.equal(normalizeName(project), project, `${project} is how the project is called`);
    t.same(recipeFaults(recipes), [], project);
    t.ok(recipes.length > 0 && recipes.every(({ note }) => note), `${project} says why`);
  }
});

t.test('what is set takes the place of what is shipped', async (t) => {
  const store = createFileStore({ folder: t.testdir() });
  const [[project, recipes]] = [...shippedRecipes()] as [[string, readonly object[]]];
  t.match(await readRecipes(store, project), { project, source: 'shipped', recipes });
  t.equal(await readRecipes(store, 'demo'), undefined);

  const updatedAt = '2026-01-01T00:00:00.000Z';
  for (const name of ['demo', project]) {
    await writeRecipes(store, { schema: 1, project: name, recipes: [], updatedAt });
    t.same(await readRecipes(store, name), { project: name, source: 'stored', recipes: [], updatedAt });
  }
  const listed = await listRecipes(store);
  t.same(
    listed.map((one) => one.project),
    [...shippedRecipes().keys(), 'demo'].sort(),
  );
  await removeRecipes(store, project);
  t.match(await readRecipes(store, project), { source: 'shipped' });
});
