import t from 'tap';
import type { OfferedFile } from '../../src/core/choose.ts';
import { otherVersion } from '../../src/core/other-version.ts';
import { parseVersion } from '../../src/core/version.ts';
import { offered, TARGET } from './planning-data.ts';

const wheel = (version: string, tag = 'cp313-cp313-manylinux_2_17_x86_64', more = {}) =>
  offered(`demo-${version}-${tag}.whl`, more);
const sdist = (version: string, requiresPython?: string) =>
  offered(`demo-${version}.tar.gz`, requiresPython === undefined ? {} : { requiresPython });
const OTHER_PYTHON = 'cp39-cp39-manylinux_2_17_x86_64';

const rows: [what: string, files: OfferedFile[], than: string | undefined, sentence: RegExp | undefined][] = [
  ['wheels', [wheel('1.0', OTHER_PYTHON), wheel('2.0'), wheel('3.0')], '1.0', /is 3\.0, the first one was 2\.0\.$/],
  ['one wheel', [wheel('1.0', OTHER_PYTHON), wheel('2.0')], '1.0', /wheel for python-3\.13 is 2\.0\.$/],
  ['older wheels do not help', [wheel('1.0'), wheel('2.0', OTHER_PYTHON)], '2.0', undefined],
  ['older ones do, where nothing is asked for', [wheel('1.0'), wheel('2.0', OTHER_PYTHON)], undefined, /is 1\.0\.$/],
  ['yanked and early ones', [wheel('2.0', undefined, { yanked: true }), wheel('3.0rc1')], '1.0', undefined],
  [
    'an sdist that says so',
    [sdist('2.0', '>=3.9'), sdist('3.0', '>=3.14'), sdist('4.0')],
    '1.0',
    /3\.13\.5 is 2\.0, as an sdist/,
  ],
  ['wheels before sdists', [wheel('2.0'), sdist('3.0', '>=3.9')], '1.0', /wheel for python-3\.13 is 2\.0/],
  ['nothing', [], '1.0', undefined],
];

for (const [what, files, than, sentence] of rows) {
  const found = otherVersion(files, TARGET, than === undefined ? undefined : parseVersion(than));
  if (sentence === undefined) t.equal(found, undefined, what);
  else t.match(found, sentence, what);
}
