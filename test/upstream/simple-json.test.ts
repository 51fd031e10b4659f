import t from 'tap';
import { parseSimpleJson } from '../../src/upstream/simple-json.ts';

const BASE = new URL('https://upstream.test/simple/demo/');
const HASH = 'b'.repeat(64);
const parse = (page: unknown) => parseSimpleJson(Buffer.from(JSON.stringify(page)), BASE);
const FILE = { filename: 'demo-1.0.zip', url: 'https://upstream.test/f/demo-1.0.zip' };

const ROWS: [string, object, object[]][] = [
  ['the least there can be', { ...FILE }, [FILE]],
  [
    'everything that is used, nothing else',
    {
      ...FILE,
      hashes: { sha256: HASH.toUpperCase(), md5: 'x' },
      size: 3,
      'requires-python': '>=3',
      yanked: 'why',
      'core-metadata': { sha256: HASH },
      'upload-time': '2026-01-01T00:00:00Z',
      provenance: 'https://upstream.test/p',
      _own: 1,
    },
    [
      {
        ...FILE,
        sha256: HASH,
        size: 3,
        requiresPython: '>=3',
        yanked: 'why',
        coreMetadata: HASH,
        uploadTime: '2026-01-01T00:00:00Z',
      },
    ],
  ],
  [
    'nulls and wrong kinds count as not given',
    { ...FILE, hashes: { sha256: 'x' }, size: -1, 'requires-python': null, yanked: false, 'core-metadata': false },
    [FILE],
  ],
  [
    'the old name of the metadata key',
    { ...FILE, 'dist-info-metadata': { md5: 'x' } },
    [{ ...FILE, coreMetadata: true }],
  ],
  ['a relative URL with fragment and credentials', { ...FILE, url: '../../f/./demo-1.0.zip#sha256=x' }, [FILE]],
  ['credentials in a URL', { ...FILE, url: 'https://u:p@upstream.test/f/demo-1.0.zip' }, [FILE]],
  ['no URL', { filename: 'demo-1.0.zip' }, []],
  ['no name', { url: 'x' }, []],
];

for (const [name, file, files] of ROWS) {
  t.test(name, async (t) => t.same(parse({ meta: { 'api-version': '1.4' }, files: [file, null, 'x'] }), files));
}

t.test('what is no page', async (t) => {
  for (const page of [
    null,
    [],
    {},
    { files: {} },
    { files: [], meta: { 'api-version': '2.0' } },
    { files: [], meta: { 'api-version': 1 } },
  ]) {
    t.throws(() => parse(page), { name: 'UnfitPage' });
  }
  t.throws(() => parseSimpleJson(Buffer.from('{'), BASE), { name: 'UnfitPage' });
});
