import t from 'tap';
import { normalizeName } from '../../src/core/names.ts';
import { parseSimpleJson } from '../../src/upstream/simple-json.ts';

const BASE = new URL('https://upstream.test/simple/demo/');
const HASH = 'b'.repeat(64);
const demo = normalizeName('demo');
const parse = (page: unknown) => parseSimpleJson(Buffer.from(JSON.stringify(page)), BASE, demo);
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
        provenance: 'https://upstream.test/p',
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
  t.test(name, async (t) => t.same(parse({ meta: { 'api-version': '1.4' }, files: [file, null, 'x'] }), { files }));
}

t.test('provenance is an absolute https URL or none', async (t) => {
  const bad = [
    '/p',
    '//upstream.test/p',
    'http://upstream.test/p',
    'javascript:x',
    'https://',
    'https://u:p@x.test/',
    7,
  ];
  for (const provenance of [...bad, null, {}]) {
    t.same(parse({ files: [{ ...FILE, provenance }] }).files, [FILE], JSON.stringify(provenance));
  }
});

t.test('half a surrogate pair, which no output could print, is replaced', async (t) => {
  const [file] = parse({ files: [{ ...FILE, yanked: 'a\ud800b', 'requires-python': '\udc00' }] }).files;
  t.match(file, { yanked: 'a\ufffdb', requiresPython: '\ufffd' });
});

t.test('what the page says of the project', async (t) => {
  const rows: [page: object, status: object | undefined][] = [
    [{}, undefined],
    [{ 'project-status': { status: 'active' } }, { status: 'active' }],
    [{ 'project-status': { status: 'archived', reason: 'done' } }, { status: 'archived', reason: 'done' }],
    [{ 'project-status': { status: 'quarantined', reason: null } }, { status: 'quarantined' }],
    [{ 'project-status': { status: 'deprecated', reason: 'x'.repeat(9999) } }, { reason: 'x'.repeat(2000) }],
    [{ 'project-status': { status: 'sleeping', reason: 'x' } }, undefined],
    [{ 'project-status': 'quarantined' }, undefined],
    [{ 'project-status': null }, undefined],
  ];
  for (const [page, status] of rows) t.match(parse({ ...page, files: [] }).status, status, JSON.stringify(page));
  t.same(parse({ versions: ['1.0', '2', null, 3, 'x'.repeat(101)], files: [] }).versions, ['1.0', '2']);
  t.same(parse({ versions: 'x', files: [], 'alternate-locations': ['https://other.test/'] }), { files: [] });
  for (const name of ['demo', 'Demo', 'DEMO', undefined, null]) t.same(parse({ name, files: [] }), { files: [] });
});

t.test('what is no page', async (t) => {
  for (const page of [
    null,
    [],
    {},
    { files: {} },
    { files: [], name: 'other' },
    { files: [], name: '../demo' },
    { files: [], meta: { 'api-version': '2.0' } },
    { files: [], meta: { 'api-version': 1 } },
  ]) {
    t.throws(() => parse(page), { name: 'UnfitPage' });
  }
  t.throws(() => parseSimpleJson(Buffer.from('{'), BASE, demo), { name: 'UnfitPage' });
});
