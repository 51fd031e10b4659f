import t from 'tap';
import {
  baseWithoutLocal,
  compareVersions,
  isPrerelease,
  isVersion,
  parseVersion,
  type Version,
} from '../../src/core/version.ts';

t.test('versions are normalised', async (t) => {
  const rows: [string, string][] = [
    ['1.0', '1.0'],
    ['  v1.0\n', '1.0'],
    ['01.002', '1.2'],
    ['1.0-ALPHA_2', '1.0a2'],
    ['1.0c', '1.0rc0'],
    ['1.0-1', '1.0.post1'],
    ['1.0rev3', '1.0.post3'],
    ['1.0.DEV', '1.0.dev0'],
    ['0!1', '1'],
    ['2!1.0b1.post2.dev3', '2!1.0b1.post2.dev3'],
    ['1.0+Ubuntu-1_2', '1.0+ubuntu.1.2'],
    ['1.0+007', '1.0+7'],
    ['1.0+1e5', '1.0+1e5'],
    ['1.0+0x10', '1.0+0x10'],
    ['20230101123456', '20230101123456'],
  ];
  for (const [text, version] of rows) t.equal(parseVersion(text), version, text);
});

t.test('what is no version is refused', async (t) => {
  const rows = ['', 'latest', '1.0.*', '1..0', '1.0+', '1.0+a+b', '1.0-', '1,0', '1.0 2', '٣.0', '1.0a1b2'];
  for (const text of [...rows, '1.'.repeat(64), '1.1234567890123456']) {
    t.notOk(isVersion(text), text);
    t.throws(() => parseVersion(text), { code: 'invalid-version' }, text);
  }
});

t.test('the order of PEP 440', async (t) => {
  const ordered = [
    ...['1.dev0', '1.0a1.dev1', '1.0a1', '1.0a1.post1', '1.0b2', '1.0rc1', '1.0', '1.0+1e5', '1.0+abc', '1.0+abc.5'],
    ...['1.0+abc.10', '1.0+2', '1.0+2.a', '1.0+10', '1.0.post1.dev1', '1.0.post1', '1.0.1', '1.1', '1.10', '1!0.1'],
  ].map(parseVersion);
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) {
      t.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} and ${b}`);
    }
  }
  t.equal(compareVersions('1' as Version, '1.0.0' as Version), 0);
  t.equal(compareVersions('1.0+a' as Version, '1+a' as Version), 0);
});

t.test('parts', async (t) => {
  t.equal(baseWithoutLocal(parseVersion('1.0rc1+cpu')), '1.0rc1');
  for (const text of ['1a1', '1.dev1', '1.post1.dev1', '1rc1+x']) t.ok(isPrerelease(parseVersion(text)), text);
  for (const text of ['1', '1.post1', '1+dev']) t.notOk(isPrerelease(parseVersion(text)), text);
});
