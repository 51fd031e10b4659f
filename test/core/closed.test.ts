import t from 'tap';
import { firstOpenRequirement, type Pinned } from '../../src/core/closed.ts';
import { parseCoreMetadata } from '../../src/core/core-metadata.ts';
import { normalizeName } from '../../src/core/names.ts';
import { parseVersion } from '../../src/core/version.ts';
import { TARGET } from './planning-data.ts';

function pinned(name: string, version: string, requires: string[], extras: string[] = []): Pinned {
  const lines = [
    `Metadata-Version: 2.1`,
    `Name: ${name}`,
    `Version: ${version}`,
    ...requires.map((one) => `Requires-Dist: ${one}`),
  ];
  const metadata = parseCoreMetadata(Buffer.from(`${lines.join('\n')}\n`));
  return { name: normalizeName(name), version: parseVersion(version), extras, metadata };
}

const rows: [what: string, Pinned[], open: string | undefined][] = [
  ['nothing needed', [pinned('a', '1', [])], undefined],
  ['needed and there', [pinned('a', '1', ['B>=2']), pinned('b', '2', [])], undefined],
  ['needed and missing', [pinned('a', '1', ['b>=2'])], 'b>=2 (for a 1)'],
  ['there in a version that does not do', [pinned('a', '1', ['b>=2']), pinned('b', '1', [])], 'b>=2 (for a 1)'],
  ['a pinned pre-release does', [pinned('a', '1', ['b>=2']), pinned('b', '2.1rc1', [])], undefined],
  ['not needed on this target', [pinned('a', '1', ["b; sys_platform == 'win32'"])], undefined],
  ['needed for an extra nobody asks for', [pinned('a', '1', ["b; extra == 'x'"])], undefined],
  ['needed for an extra of the list', [pinned('a', '1', ["b; extra == 'x'"], ['x'])], 'b (for a 1)'],
  [
    'needed for an extra of another project',
    [pinned('a', '1', ["c; extra == 'x'"]), pinned('b', '1', ['a[x]'])],
    'c (for a 1)',
  ],
  ['a circle', [pinned('a', '1', ['b']), pinned('b', '1', ['a'])], undefined],
  [
    'a direct URL is left to the resolver',
    [pinned('a', '1', ['b @ https://example.com/b.whl'])],
    'b @ https://example.com/b.whl (for a 1; not readable)',
  ],
];

t.test('firstOpenRequirement', async (t) => {
  for (const [what, list, open] of rows) t.equal(firstOpenRequirement(list, TARGET.environment), open, what);
});
