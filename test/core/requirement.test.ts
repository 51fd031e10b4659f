import t from 'tap';
import Value from 'typebox/value';
import { RequirementSchema } from '../../src/core/records/requirement.ts';
import { formatRequirement, parseRequirement } from '../../src/core/requirement.ts';

t.test('requirements are normalised, and their one spelling reads the same', async (t) => {
  const rows: [string, string][] = [
    ['Flask', 'flask'],
    ['  Foo_Bar  ', 'foo-bar'],
    ['foo==1.0', 'foo==1.0'],
    ['foo (>=1.0, <2)', 'foo<2,>=1.0'],
    ['foo[]', 'foo'],
    ['foo [B , a_A,b]==1', 'foo[a-a,b]==1'],
    ['foo;os_name=="a;b"', 'foo ; os_name == "a;b"'],
    ['foo>=1;python_version<"3.9"', 'foo>=1 ; python_version < "3.9"'],
    ['foo[x]~=1.2 ; (extra == "X")', 'foo[x]~=1.2 ; extra == "x"'],
    ['foo===1.0-custom ;os_name=="a"', 'foo===1.0-custom ; os_name == "a"'],
    ['foo>=1,', 'foo>=1'],
  ];
  for (const [text, formatted] of rows) {
    const requirement = { ...parseRequirement(text), hashes: [] };
    t.equal(formatRequirement(requirement), formatted, text);
    t.same({ ...parseRequirement(formatted), hashes: [] }, requirement, formatted);
    t.ok(Value.Check(RequirementSchema, { ...requirement, line: 1 }), text);
  }
});

t.test('hashes follow the marker', async (t) => {
  const requirement = { ...parseRequirement('a==1;os_name=="x"'), hashes: ['sha256:00', 'sha256:11'] };
  t.equal(formatRequirement(requirement), 'a==1 ; os_name == "x" --hash=sha256:00 --hash=sha256:11');
});

t.test('what is no requirement is refused by its fault', async (t) => {
  const rows: [string, string][] = [
    ['', 'invalid-requirement'],
    ['==1.0', 'invalid-requirement'],
    ['foo bar', 'invalid-requirement'],
    ['foo 1.0', 'invalid-requirement'],
    ['foo[a', 'invalid-requirement'],
    ['foo[a,]', 'invalid-requirement'],
    ['foo[a b]', 'invalid-requirement'],
    ['foo[a][b]', 'invalid-requirement'],
    ['foo (>=1', 'invalid-requirement'],
    ['foo>=1,,<2', 'invalid-requirement'],
    [`foo[${Array(101).fill('a').join(',')}]`, 'invalid-requirement'],
    ['-foo', 'invalid-name'],
    ['foo_', 'invalid-name'],
    ['föö==1', 'invalid-name'],
    ['foo/bar', 'invalid-name'],
    ['foo=1', 'invalid-specifier'],
    ['foo^1', 'invalid-name'],
    ['foo ^1', 'invalid-specifier'],
    ['foo>=1 <2', 'invalid-specifier'],
    ['foo==1.0)', 'invalid-specifier'],
    ['foo;', 'invalid-marker'],
    ['foo; os_name', 'invalid-marker'],
    ['foo; os == "a"', 'unknown-marker-variable'],
    ['foo @ https://upstream.test/foo.whl', 'direct-url'],
    ['foo[a]@file:///x', 'direct-url'],
  ];
  for (const [text, code] of rows) t.throws(() => parseRequirement(text), { code }, text.slice(0, 60));
});
