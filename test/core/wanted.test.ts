import t from 'tap';
import { parseRequirementsList } from '../../src/core/requirements-list.ts';
import { wantedOn } from '../../src/core/wanted.ts';
import { TARGET } from './planning-data.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

t.test('lines that do not apply are set aside with their marker', async (t) => {
  const { requirements } = parseRequirementsList(
    "one==1\ntwo==2; sys_platform == 'win32'\nthree==3; python_version >= '3.9'\n",
  );
  const { wanted, skipped } = wantedOn(requirements, TARGET.environment);
  t.same(
    wanted.map((one) => one.name),
    ['one', 'three'],
  );
  t.match(skipped, [{ line: 2, text: 'two==2', marker: /sys_platform/ }]);
});

t.test('lines of one project are joined', async (t) => {
  const lines = `demo[b]>=1\nDemo[a]<2; python_version > '3'\n`;
  const [wanted] = wantedOn(parseRequirementsList(lines).requirements, TARGET.environment).wanted;
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
  const [wanted] = wantedOn(parseRequirementsList(line).requirements, TARGET.environment).wanted;
  t.equal(wanted?.pin, '1.0');
  t.same([...(wanted?.hashes ?? [])].sort(), [A, B]);
  const [wildcard] = wantedOn(parseRequirementsList('demo==1.*').requirements, TARGET.environment).wanted;
  t.equal(wildcard?.pin, undefined, 'a wildcard is no pin');
});
