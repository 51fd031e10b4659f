import t from 'tap';
import { type RecipeOptions, recipeFrom, recipesFromFile } from '../../src/cli/recipe-options.ts';

const rows: [given: RecipeOptions, recipe: object | RegExp][] = [
  [{ env: ['A=1', 'B=x=y', 'A=2'] }, { environment: { A: '2', B: 'x=y' } }],
  [{ configSetting: ['k=1', 'k=2', 'l='] }, { configSettings: { k: ['1', '2'], l: '' } }],
  [
    { versions: '<2', buildConstraint: ['cython<3'], note: 'Why.' },
    { versions: '<2', buildConstraints: ['cython<3'], note: 'Why.' },
  ],
  [
    { memory: '8GiB', disk: '512MiB', pids: '100', time: '3h', frontEnd: 'pip' },
    { frontEnd: 'pip', limits: { memory: 2 ** 33, disk: 2 ** 29, pids: 100, time: 10_800_000 } },
  ],
  [{ package: ['libldap-dev'] }, { packages: ['libldap-dev'] }],
  [{ libraries: 'apt' }, { libraries: 'apt' }],
  [{ debugInformation: 'keep' }, { debugInformation: 'keep' }],
  [{ import: ['ldap', 'ldap.asyncsearch'] }, { imports: ['ldap', 'ldap.asyncsearch'] }],
  [{ versions: '<2' }, /Say what the recipe is/],
  [{ env: ['A'] }, /--env needs NAME=VALUE, not "A"/],
  [{ memory: 'much' }, /--memory must be a size such as/],
  [{ time: '3 years' }, /--time must be a time such as/],
];

for (const [given, recipe] of rows) {
  if (recipe instanceof RegExp) t.throws(() => recipeFrom(given), { code: 'bad-request', message: recipe });
  else t.same(recipeFrom(given), recipe);
}

t.test('files', async (t) => {
  const folder = t.testdir({
    'good.toml': '[[recipe]]\nversions = "<2"\npackages = ["libldap-dev"]\n\n[[recipe]]\nfrontEnd = "pip"\n',
    'empty.toml': '',
    'other.toml': '[recipes]\n',
    'broken.toml': 'packages = [',
  });
  t.same(recipesFromFile(`${folder}/good.toml`), [{ versions: '<2', packages: ['libldap-dev'] }, { frontEnd: 'pip' }]);
  t.same(recipesFromFile(`${folder}/empty.toml`), []);
  t.throws(() => recipesFromFile(`${folder}/other.toml`), {
    message: /other\.toml has recipes; .* \[\[recipe\]\] only/,
  });
  t.throws(() => recipesFromFile(`${folder}/broken.toml`), { message: /broken\.toml cannot be read as a recipe: / });
  t.throws(() => recipesFromFile(`${folder}/none.toml`), { message: /none\.toml cannot be read/ });
});
