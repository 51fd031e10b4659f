import t from 'tap';
import { crateIndexPath, crateOfIndexPath, isCrateName, isCrateVersion } from '../../src/core/crate-name.ts';

const NAMES: [name: string, path: string][] = [
  ['a', '1/a'],
  ['Ab', '2/ab'],
  ['Abc', '3/a/abc'],
  ['serde', 'se/rd/serde'],
  ['tikv-jemalloc-sys', 'ti/kv/tikv-jemalloc-sys'],
  ['_x9', '3/_/_x9'],
];

for (const [name, path] of NAMES) {
  t.test(name, async (t) => {
    if (!isCrateName(name)) return t.fail('it is a name');
    t.equal(crateIndexPath(name), path);
    t.equal(crateOfIndexPath(path), name.toLowerCase());
  });
}

for (const path of [
  '',
  'serde',
  'se/rd/',
  'se/rd/Serde',
  'SE/RD/serde',
  '../../se/rd/serde',
  '1/ab',
  '3/b/abc',
  'se/rd/serde/',
  'se/rd/../serde',
  'config.json',
  'se/rd/serde.json',
])
  t.equal(crateOfIndexPath(path), undefined, `${path} is no crate's`);

for (const name of ['', '-a', 'a.b', 'a/b', '..', 'ä', 'a'.repeat(129)])
  t.notOk(isCrateName(name), `${name} is no name`);

const VERSIONS = [
  '1.2.3',
  '0.6.1+5.3.0-1-ge13ca993e8ccb9ba9847cc330696e02839f328f7',
  '1.0.0-rc.1',
  '1.0.0-alpha+x-y.z',
];
for (const version of VERSIONS) t.ok(isCrateVersion(version), `${version} is a version`);
for (const version of ['1.2', '1.2.3/..', '1.2.3-', '..', '1.2.3 ', '1.2.3+a/b', 'v1.2.3'])
  t.notOk(isCrateVersion(version), `${version} is none`);
