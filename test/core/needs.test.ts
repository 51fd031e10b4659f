import t from 'tap';
import { aptCommand, needsInWords, needsOn, packagesOf } from '../../src/core/needs.ts';
import type { SharedLibrary } from '../../src/core/records/libraries.ts';
import type { Target } from '../../src/core/records/target.ts';
import { TARGET } from './planning-data.ts';

const C: SharedLibrary = { soname: 'libc.so.6', package: 'libc6' };
const PQ: SharedLibrary = { soname: 'libpq.so.5', package: 'libpq5' };
const OWN: SharedLibrary = { soname: 'libown.so' };
const GONE: SharedLibrary = { soname: 'libprivate.so', package: 'pulse' };

const slim = { ...TARGET, runtimeHas: { libraries: ['libc.so.6'], packages: { pulse: '17.0' } } };

const rows: [string, Target, SharedLibrary[] | undefined, SharedLibrary[] | undefined][] = [
  ['nobody has looked', slim, undefined, undefined],
  ['pure', slim, [], []],
  ['all there', slim, [C], []],
  ['one is missing', slim, [C, PQ], [PQ]],
  ['one that no package has', slim, [OWN, C], [OWN]],
  ['one in a private folder of a package that is there', slim, [GONE], []],
  ['on the machine that built it', { ...slim, builder: 'process' }, undefined, []],
];
for (const [what, where, libraries, needs] of rows) t.same(needsOn(where, libraries), needs, what);
const { runtimeHas, ...unprobed } = slim;
t.equal(needsOn(unprobed, [C]), undefined, 'an image nobody has looked into');
t.same(needsOn(unprobed, []), [], 'and a wheel that needs nothing of it');
t.ok(runtimeHas);

t.same(packagesOf([PQ, OWN, GONE, PQ]), ['libpq5', 'pulse']);
t.equal(
  aptCommand(['libpq5', 'pulse']),
  'apt-get update && apt-get install -y --no-install-recommends libpq5 pulse && rm -rf /var/lib/apt/lists/*',
);
t.equal(
  needsInWords(slim, [PQ, OWN]),
  `wheelmill: in ${slim.runtime.reference} it needs libpq.so.5 (libpq5), libown.so\n`,
);
