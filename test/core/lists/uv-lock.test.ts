import t from 'tap';
import { read, said, sha } from './read.ts';

const registry = 'source = { registry = "https://upstream.test/simple" }';
const files = `sdist = { url = "https://upstream.test/x.tar.gz", hash = "sha256:${sha('a')}" }`;
const HASH = `--hash=sha256:${sha('a')}`;
const pkg = (name: string, version: string, more = '') =>
  `[[package]]\nname = "${name}"\nversion = "${version}"\n${registry}\n${more}\n${files}\n`;
const lock = (...parts: string[]) => `version = 1\nrevision = 3\nrequires-python = ">=3.10"\n\n${parts.join('\n')}`;
const demo = (more: string, source = 'editable = "."') =>
  `[[package]]\nname = "demo"\nversion = "1.0"\nsource = { ${source} }\n${more}\n`;

/** Requirements without their lines and hashes. */
const needs = (text: string, selection = {}): string[] => {
  const { requirements, faults } = read('uv.lock', text, selection);
  return faults.length > 0
    ? faults.map((one) => `${one.code}: ${one.message}`)
    : requirements.map(
        ({ name, specifier, marker }) => `${name}${specifier}${marker === undefined ? '' : ` ; ${marker}`}`,
      );
};

t.test('markers follow from the ways to a package', async (t) => {
  const rows: [what: string, text: string, expected: string[]][] = [
    [
      'a dependency of a dependency has both markers',
      lock(
        demo(`dependencies = [{ name = "a", marker = "sys_platform == 'linux'" }]`),
        pkg('a', '1', `dependencies = [{ name = "b", marker = "python_full_version < '3.12'" }]`),
        pkg('b', '2'),
      ),
      ['a==1 ; sys_platform == "linux"', 'b==2 ; python_full_version < "3.12" and sys_platform == "linux"'],
    ],
    [
      'one of several ways will do',
      lock(
        demo(
          `dependencies = [{ name = "a", marker = "sys_platform == 'linux'" }, { name = "b", marker = "os_name == 'nt'" }, { name = "c" }]`,
        ),
        pkg('a', '1', 'dependencies = [{ name = "d" }]'),
        pkg('b', '1', 'dependencies = [{ name = "d" }]'),
        pkg('c', '1', `dependencies = [{ name = "e", marker = "os_name == 'nt'" }]`),
        pkg('d', '1', 'dependencies = [{ name = "e" }]'),
        pkg('e', '1'),
      ),
      [
        'a==1 ; sys_platform == "linux"',
        'b==1 ; os_name == "nt"',
        'c==1',
        'd==1 ; sys_platform == "linux" or os_name == "nt"',
        'e==1 ; os_name == "nt" or sys_platform == "linux"',
      ],
    ],
    [
      'a cycle',
      lock(
        demo(`dependencies = [{ name = "a", marker = "os_name == 'posix'" }]`),
        pkg('a', '1', 'dependencies = [{ name = "b" }]'),
        pkg('b', '1', `dependencies = [{ name = "a", marker = "sys_platform == 'linux'" }]`),
      ),
      ['a==1 ; os_name == "posix"', 'b==1 ; os_name == "posix"'],
    ],
    [
      'versions of a fork',
      lock(
        demo(
          `dependencies = [{ name = "a", version = "1", ${registry}, marker = "python_full_version < '3.11'" }, { name = "a", version = "2", ${registry}, marker = "python_full_version >= '3.11'" }]`,
        ),
        pkg('a', '1', `resolution-markers = ["python_full_version < '3.11'"]`),
        pkg('a', '2', `resolution-markers = ["python_full_version >= '3.11'"]`),
      ),
      ['a==1 ; python_full_version < "3.11"', 'a==2 ; python_full_version >= "3.11"'],
    ],
    [
      'an extra of a dependency',
      lock(
        demo('dependencies = [{ name = "a", extra = ["X_y"] }]'),
        pkg('a', '1', 'dependencies = [{ name = "b" }]').replace(
          files,
          `${files}\n[package.optional-dependencies]\nx-y = [{ name = "c" }]\nother = [{ name = "d" }]\n`,
        ),
        pkg('b', '1'),
        pkg('c', '1'),
        pkg('d', '1'),
      ),
      ['a==1', 'b==1', 'c==1'],
    ],
    [
      'a workspace whose root is no project',
      `${lock()}[manifest]\nmembers = ["one", "two"]\n[manifest.dependency-groups]\ndev = [{ name = "c" }]\n${demo('dependencies = [{ name = "a" }]', 'editable = "one"').replace('demo', 'one')}${demo('dependencies = [{ name = "b" }]', 'virtual = "two"').replace('demo', 'two')}${pkg('a', '1')}${pkg('b', '1')}${pkg('c', '1')}`,
      ['a==1', 'b==1', 'c==1'],
    ],
    [
      'the lock of a script',
      `${lock()}[manifest]\nrequirements = [{ name = "a", specifier = ">=1" }]\n${pkg('a', '1')}${pkg('b', '1')}`,
      ['a==1'],
    ],
  ];
  for (const [what, text, expected] of rows) t.same(needs(text), expected, what);
});

t.test('extras and groups', async (t) => {
  const text = lock(
    demo(
      `dependencies = [{ name = "a" }]\n[package.optional-dependencies]\nHttp = [{ name = "b" }]\n[package.dev-dependencies]\ndev = [{ name = "c" }]\ndocs = [{ name = "d" }]\n[package.metadata]\nprovides-extras = ["http", "none"]\n`,
    ),
    ...['a', 'b', 'c', 'd'].map((name) => pkg(name, '1')),
  );
  t.same(needs(text), ['a==1', 'c==1'], 'the project and "dev", as uv sync does');
  t.same(needs(text, { withoutGroups: ['dev'] }), ['a==1']);
  t.same(needs(text, { extras: ['http', 'none'], groups: ['docs'] }), ['a==1', 'b==1', 'c==1', 'd==1']);
  t.match(needs(text, { groups: ['tests'] }), [/There is no group "tests"\. There are: dev, docs\./]);
});

t.test('what is refused, and what is left out', async (t) => {
  const rows: [what: string, text: string, expected: string[]][] = [
    ['lines', lock(demo('dependencies = [{ name = "a" }]'), pkg('a', '1')), [`12: a==1 ${HASH}`]],
    ['another version', lock(pkg('a', '1')).replace('version = 1', 'version = 2'), ['1: unsupported-lock']],
    [
      'conflicts',
      `conflicts = [[{ package = "demo", extra = "a" }, { package = "demo", extra = "b" }]]\n${lock(demo(''))}`,
      ['1: unsupported-lock'],
    ],
    ['no project', lock(pkg('a', '1')), ['1: invalid-lock']],
    [
      'other sources',
      lock(
        demo('dependencies = [{ name = "g" }, { name = "u" }, { name = "p" }, { name = "d" }]'),
        ...[
          'git = "https://upstream.test/g"',
          'url = "https://upstream.test/u.whl"',
          'path = "p.whl"',
          'directory = "d"',
        ].map((source, at) => pkg('gupd'[at]!, '1').replace(registry, `source = { ${source} }`)),
      ),
      ['12: version-control', '19: direct-url', '26: local-path', '33: local-path'],
    ],
    [
      'but not of what is not needed',
      lock(
        demo('dependencies = [{ name = "a" }]'),
        pkg('a', '1'),
        pkg('g', '1').replace(registry, 'source = { git = "g" }'),
      ),
      [`12: a==1 ${HASH}`],
    ],
    [
      'a member of the workspace',
      `${lock()}[manifest]\nmembers = ["demo", "m"]\n${demo('dependencies = [{ name = "m" }]')}${pkg('m', '1', 'dependencies = [{ name = "a" }]').replace(registry, 'source = { editable = "m" }')}${pkg('a', '1')}`,
      [`19: a==1 ${HASH}`, '13: warning project-skipped'],
    ],
    [
      'a dependency that is not locked',
      lock(demo('dependencies = [{ name = "a" }, { version = "1" }]')),
      ['6: invalid-lock', '6: invalid-lock'],
    ],
    [
      'a bad marker',
      lock(demo(`dependencies = [{ name = "a", marker = "nothing" }]`), pkg('a', '1')),
      ['6: unknown-marker-variable'],
    ],
    [
      'more ways than a marker has room for',
      lock(
        demo(
          `dependencies = [${Array.from({ length: 40 }, (_, at) => `{ name = "a", marker = "platform_release == '${at}'" }`).join(', ')}]`,
        ),
        pkg('a', '1'),
      ),
      ['1: unsupported-lock'],
    ],
  ];
  for (const [what, text, expected] of rows) t.same(said('uv.lock', text), expected, what);
});
