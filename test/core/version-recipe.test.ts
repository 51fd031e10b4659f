import t from 'tap';
import { buildKey } from '../../src/core/build-key.ts';
import { recipeFaults } from '../../src/core/recipe-faults.ts';
import type { VersionRecipe } from '../../src/core/records/project-recipes.ts';
import { EMPTY_RECIPE } from '../../src/core/records/recipe.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { parseVersion } from '../../src/core/version.ts';
import { limitsOf, recipeOf } from '../../src/core/version-recipe.ts';

const OLD: VersionRecipe = { versions: '<2', buildConstraints: ['setuptools<58'], limits: { pids: 100 } };
const NEW: VersionRecipe = { versions: '>=2,<3', packages: ['libb-dev', 'liba-dev', 'liba-dev'], note: 'why' };
const REST: VersionRecipe = { environment: { A: '1' } };

t.test('the first that is for a version counts', async (t) => {
  const rows: [recipes: VersionRecipe[], version: string, recipe: object][] = [
    [[], '1.0', {}],
    [[OLD, NEW], '1.0', { buildConstraints: ['setuptools<58'] }],
    [[OLD, NEW], '2.0', { packages: ['liba-dev', 'libb-dev'] }],
    [[OLD, NEW], '2.1rc1', { packages: ['liba-dev', 'libb-dev'] }],
    [[OLD, NEW], '3.0', {}],
    [[OLD, NEW, REST], '3.0', { environment: { A: '1' } }],
    [[REST, OLD], '1.0', { environment: { A: '1' } }],
    [[{ packages: [], environment: {}, buildConstraints: [] }], '1.0', {}],
  ];
  for (const [recipes, version, recipe] of rows) t.same(recipeOf(recipes, parseVersion(version)), recipe, version);
  t.same(limitsOf([OLD], parseVersion('1.0')), { pids: 100 });
  t.same(limitsOf([OLD], parseVersion('2.0')), {});
});

t.test('what changes no bytes changes no key', async (t) => {
  const key = (recipes: VersionRecipe[]) =>
    buildKey({ sdist: sha256Hex('sdist'), image: 'i', procedure: 'p', recipe: recipeOf(recipes, parseVersion('1.0')) });
  t.equal(key([{ limits: { memory: 2 ** 33 }, note: 'large' }]), key([]));
  t.equal(
    key([]),
    buildKey({ sdist: sha256Hex('sdist'), image: 'i', procedure: 'p', recipe: EMPTY_RECIPE }),
    'no recipe is the empty one',
  );
  t.equal(key([{ packages: ['a-dev', 'b-dev'] }]), key([{ packages: ['b-dev', 'a-dev'] }]), 'in any order');
  t.not(key([{ packages: ['a-dev'] }]), key([]));
});

t.test('faults, all at once', async (t) => {
  t.same(recipeFaults([OLD, NEW, REST]), []);
  const faults = recipeFaults([
    { versions: '1.x', environment: { PIP_INDEX_URL: 'x', HOME: '/', CFLAGS: '-O1' } },
    REST,
    { versions: '>1', buildConstraints: ['setuptools', 'cython[x]<3', '-r file', 'numpy<2'] },
  ]);
  t.match(faults, [
    { recipe: 1, field: 'versions', message: /"1\.x" is not a version specifier/ },
    { recipe: 1, field: 'environment', message: /^PIP_INDEX_URL is set by Wheelmill/ },
    { recipe: 1, field: 'environment', message: /^HOME / },
    { recipe: 3, field: 'versions', message: /^Recipe 2 is for all versions/ },
    { recipe: 3, field: 'buildConstraints', message: /"setuptools" bounds nothing/ },
    { recipe: 3, field: 'buildConstraints', message: /"cython\[x\]<3" bounds nothing/ },
    { recipe: 3, field: 'buildConstraints', message: /"-r" is not a project name/ },
  ]);
  t.equal(faults.length, 7);
});
