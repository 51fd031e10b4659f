import t from 'tap';
import { normalizeName } from '../../src/core/names.ts';
import { readLists } from '../../src/core/read-lists.ts';
import { parseRequirementsList } from '../../src/core/requirements-list.ts';
import { wantedOn } from '../../src/core/wanted.ts';
import { TARGET } from './planning-data.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

t.test('lines that do not apply are set aside with their marker', async (t) => {
  const list = parseRequirementsList("one==1\ntwo==2; sys_platform == 'win32'\nthree==3; python_version >= '3.9'\n");
  const { wanted, skipped } = wantedOn(list, TARGET.environment);
  t.same(
    wanted.map((one) => one.name),
    ['one', 'three'],
  );
  t.match(skipped, [{ line: 2, text: 'two==2', marker: /sys_platform/ }]);
});

t.test('lines of one project are joined', async (t) => {
  const lines = `demo[b]>=1\nDemo[a]<2; python_version > '3'\n`;
  const [wanted] = wantedOn(parseRequirementsList(lines), TARGET.environment).wanted;
  t.match(wanted, {
    name: 'demo',
    extras: ['a', 'b'],
    specifier: '>=1,<2',
    pin: undefined,
    hashes: undefined,
    lines: [{ line: 1 }, { line: 2 }],
  });
});

t.test('pins and hashes', async (t) => {
  const line = `demo==1.0 --hash=sha256:${A} --hash=sha256:${B}`;
  const [wanted] = wantedOn(parseRequirementsList(line), TARGET.environment).wanted;
  t.equal(wanted?.pin, '1.0');
  t.same([...(wanted?.hashes ?? [])].sort(), [A, B]);
  const [wildcard] = wantedOn(parseRequirementsList('demo==1.*'), TARGET.environment).wanted;
  t.equal(wildcard?.pin, undefined, 'a wildcard is no pin');
});

/** The files of a posting: what is in constraints.txt bounds what is in requirements.txt. */
function posted(requirements: string, constraints: string) {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const { faults, ...lists } = readLists([
    { name: 'requirements.txt', bytes: bytes(requirements), role: 'requirements' },
    { name: 'constraints.txt', bytes: bytes(constraints), role: 'constraints' },
  ]);
  t.same(faults, []);
  return wantedOn(lists, TARGET.environment);
}

t.test('constraints bound what is needed anyway, and ask for nothing', async (t) => {
  const demands = posted('demo>=1\n', `demo==1.5 --hash=sha256:${A}\ndemo==9; os_name == "nt"\nother<2\n`);
  t.match(demands.wanted, [
    {
      ...{ name: 'demo', pin: '1.5', specifier: '>=1,==1.5', hashes: new Set([A]) },
      lines: [{ file: 'requirements.txt', line: 1 }],
      constraints: [{ file: 'constraints.txt', line: 1 }],
    },
  ]);
  t.equal(demands.wanted.length, 1);
  t.same(demands.skipped, [], 'a constraint for elsewhere is no line that was skipped');
  const dependency = demands.dependency(normalizeName('other'));
  t.match(dependency, { specifier: '<2', lines: [], extras: [], constraints: [{ line: 3 }] });
  t.match(demands.dependency(normalizeName('third')), { specifier: '', pin: undefined, constraints: [] });
});

t.test('of the settings of several lines the first counts', async (t) => {
  const lines = 'demo -C one=1\ndemo<2 -C one=2 -C two=a -C two=b\n';
  const [wanted] = wantedOn(parseRequirementsList(lines), TARGET.environment).wanted;
  t.same(wanted?.configSettings, { one: '1', two: ['a', 'b'] });
});
