import t from 'tap';
import { isBinding, parseCoreMetadata } from '../../src/core/core-metadata.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const HEAD = 'Metadata-Version: 2.1\nName: My.Dist\nVersion: 1.0-a1\n';

t.test('the fields installers need', async (t) => {
  const text = [
    'Metadata-Version: 2.4',
    'name: My.Dist',
    'VERSION: 1.0',
    'Summary: Füße',
    'License: long',
    'License-Expression: MIT',
    'Requires-Python: >=3.9',
    'Requires-Dist: a>=1;',
    '        python_version < "3.12"',
    'Requires-Dist: b ; extra == "x"',
    'Provides-Extra: x',
    'Dynamic: Requires-Dist',
    '',
    'Requires-Dist: body',
  ];
  const expected = {
    metadataVersion: '2.4',
    name: 'my-dist',
    version: '1.0',
    summary: 'Füße',
    license: 'MIT',
    requiresPython: '>=3.9',
    requiresDist: ['a>=1; python_version < "3.12"', 'b ; extra == "x"'],
    providesExtra: ['x'],
    dynamic: ['requires-dist'],
  };
  t.same(parseCoreMetadata(bytes(text.join('\n'))), expected);
  t.same(parseCoreMetadata(bytes(text.join('\r\n'))), expected, 'with CRLF');
});

t.test('the least', async (t) => {
  const least = {
    metadataVersion: '2.1',
    name: 'my-dist',
    version: '1.0a1',
    requiresDist: [],
    providesExtra: [],
    dynamic: [],
  };
  t.same(parseCoreMetadata(bytes(HEAD)), least);
  t.same(parseCoreMetadata(bytes(`${HEAD}Summary: UNKNOWN\nLicense:\n`)), least, 'old spellings of nothing');
  t.same(parseCoreMetadata(bytes(`${HEAD}no header\nRequires-Dist: a\n`)), least, "Python's parser stops there too");
  t.equal(parseCoreMetadata(Buffer.concat([bytes(`${HEAD}Summary: `), Buffer.from([0xe9])])).summary, '\ufffd');
});

t.test('what cannot be used is refused', async (t) => {
  const rows = [
    '',
    'Name: a\nVersion: 1\n',
    'Metadata-Version: 2.1\nVersion: 1\n',
    'Metadata-Version: 2.1\nName: a\n',
    'Metadata-Version: 2.1\n\nName: a\nVersion: 1\n',
    `${HEAD}Name: other\n`,
    `${HEAD}version: 2\n`,
    'Metadata-Version: 2.1\nName: ../a\nVersion: 1\n',
    'Metadata-Version: 2.1\nName: a\nVersion: latest\n',
    `${HEAD}${'Requires-Dist: a\n'.repeat(5001)}`,
    `${HEAD}\n${' '.repeat(4 * 1024 * 1024)}`,
  ];
  for (const text of rows) {
    t.throws(() => parseCoreMetadata(bytes(text)), { code: 'invalid-metadata' }, JSON.stringify(text.slice(0, 60)));
  }
});

t.test('what binds the wheels of an sdist', async (t) => {
  const rows: [what: string, header: string, isBinding: boolean][] = [
    ['2.2, nothing dynamic', '2.2', true],
    ['2.10', '2.10', true],
    ['3.0', '3.0', true],
    ['2.1', '2.1', false],
    ['1.2', '1.2', false],
    ['no number', 'new', false],
    ['a field that nobody resolves by', '2.4\nDynamic: License-File', true],
    ['its requirements', '2.4\nDynamic: requires-dist', false],
    ['its Python', '2.4\nDynamic: License-File\nDynamic: Requires-Python', false],
    ['its extras', '2.4\nDynamic: Provides-Extra', false],
  ];
  for (const [what, header, expected] of rows) {
    const metadata = parseCoreMetadata(Buffer.from(`Metadata-Version: ${header}\nName: demo\nVersion: 1.0\n`));
    t.equal(isBinding(metadata), expected, what);
  }
});
