import t from 'tap';
import { isProjectName, normalizeName } from '../../src/core/names.ts';

t.test('names are normalised as PEP 503 says', async (t) => {
  const rows: [string, string][] = [
    ['Flask', 'flask'],
    ['ruamel.yaml.clib', 'ruamel-yaml-clib'],
    ['a-_.-b', 'a-b'],
    ['zope.interface', 'zope-interface'],
    ['A', 'a'],
    ['0', '0'],
    ['x'.repeat(128), 'x'.repeat(128)],
  ];
  for (const [text, normalized] of rows) t.equal(normalizeName(text), normalized, text);
});

t.test('what is no name is refused', async (t) => {
  const rows = ['', ' ', '-a', 'a-', '_a', 'a.', 'a b', 'a/b', '../a', 'é', 'ſ', 'a\n', 'a\0', 'x'.repeat(129)];
  for (const text of rows) {
    t.notOk(isProjectName(text), JSON.stringify(text));
    t.throws(() => normalizeName(text), { code: 'invalid-name' }, JSON.stringify(text));
  }
});
