import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import t from 'tap';
import { checkWheel } from '../../src/check/check-wheel.ts';
import { normalizeName } from '../../src/core/names.ts';
import { sha256Hex } from '../../src/core/sha256.ts';
import { parseVersion } from '../../src/core/version.ts';
import { BuildFailure } from '../../src/errors.ts';
import {
  FILENAME,
  METADATA,
  makeWheel,
  makeZip,
  type RawEntry,
  sha256Of,
  WHEEL_FILE,
  type WheelParts,
} from './zip-maker.ts';

const EXPECT = { project: normalizeName('demo-pkg'), version: parseVersion('1.0') };

type Row = { bytes?: Buffer; parts?: WheelParts; filename?: string; limits?: Record<string, number> };

function check(folder: string, row: Row) {
  return checkWheel({ path: folder, filename: row.filename ?? FILENAME, expect: EXPECT, limits: row.limits ?? {} });
}

const wheelWith = (...entries: RawEntry[]): Row => ({ parts: { entries } });
/** RECORD agrees with the size that the zip file declares, so that the zip file itself is put to the test. */
const sized = (size: number, entry: RawEntry): Row => ({
  parts: {
    entries: [{ ...entry, both: { ...entry.both, size } }],
    record: ([row, ...rows]) => [`${row?.replace(/\d+$/, '')}${size}`, ...rows],
  },
});
const module: RawEntry = { name: 'demo_pkg/__init__.py', data: 'value = 42\n' };
const field = (id: number, data: Buffer) => {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(data.length, 2);
  return Buffer.concat([head, data]);
};
const wide = (...values: number[]) => {
  const data = Buffer.alloc(8 * values.length);
  for (const [at, value] of values.entries()) data.writeBigUInt64LE(BigInt(value), 8 * at);
  return field(1, data);
};
const SEE = 0xffffffff;

const GOOD: Record<string, Row> = {
  'a plain one': {},
  'stored entries': wheelWith({ ...module, stored: true }),
  'an empty file': wheelWith({ name: 'demo_pkg/__init__.py' }, { name: 'demo_pkg/py.typed', stored: true }),
  folders: wheelWith({ name: 'demo_pkg/', mode: 0o40755, stored: true }, module),
  'no Unix modes': wheelWith({ ...module, mode: 0 }),
  'data descriptors': wheelWith({ ...module, descriptor: 'signed' }),
  'bare data descriptors': wheelWith({ ...module, descriptor: 'bare' }),
  'wide data descriptors': wheelWith({ ...module, descriptor: 'wide' }),
  'deflate options in the flags': wheelWith({ ...module, both: { flags: 0b110 } }),
  'zip64 sizes in the directory': wheelWith({ ...module, central: { size: SEE, extra: wide(11) } }),
  'zip64 sizes in the header': wheelWith({ ...module, local: { size: SEE, extra: wide(11) } }),
  'a zip64 end': { parts: { zip: { zip64: true } } },
  'a zip64 end with its own count': { parts: { zip: { zip64: true, count: 0xffff } } },
  'other extra fields': wheelWith({ ...module, both: { extra: field(0x5455, Buffer.alloc(5)) } }),
  'names in UTF-8': wheelWith({ name: 'demo_pkg/größe.py', data: 'x' }),
  'names with quotes and commas': {
    parts: {
      unlisted: [{ name: 'demo_pkg/a,"b".txt', data: 'x' }],
      record: (rows) => [...rows, `"demo_pkg/a,""b"".txt",${sha256Of('x')},1`],
    },
  },
  'known data folders': wheelWith(
    { name: 'demo_pkg-1.0.data/scripts/demo', data: '#!python\n' },
    { name: 'demo_pkg-1.0.data/data/share/x', data: 'x' },
  ),
  'another spelling of its folder': { parts: { distInfo: 'Demo.Pkg-1.0.0.dist-info' } },
  'CRLF in WHEEL': { parts: { wheelFile: WHEEL_FILE.replaceAll('\n', '\r\n') } },
  'a compressed tag set in WHEEL': {
    filename: 'demo_pkg-1.0-py2.py3-none-any.whl',
    parts: { wheelFile: WHEEL_FILE.replace('py3', 'py2.py3') },
  },
  'tags in another order': {
    filename: 'demo_pkg-1.0-py2.py3-none-any.whl',
    parts: { wheelFile: `${WHEEL_FILE}Tag: py2-none-any\n` },
  },
  'a build tag of its own': { filename: 'demo_pkg-1.0-7-py3-none-any.whl' },
  'RECORD that does not list itself': { parts: { record: (rows) => rows.filter((row) => !row.endsWith(',,')) } },
  'CRLF in RECORD': { parts: { record: (rows) => rows.map((row) => `${row}\r`) } },
  'signatures without a hash': {
    parts: {
      unlisted: [{ name: 'demo_pkg-1.0.dist-info/RECORD.jws', data: '{}' }],
      record: (rows) => [...rows, 'demo_pkg-1.0.dist-info/RECORD.jws,,'],
    },
  },
  'signatures that are not listed': { parts: { unlisted: [{ name: 'demo_pkg-1.0.dist-info/RECORD.p7s', data: 'x' }] } },
  'a regular file below the floor of the ratio': wheelWith({ name: 'demo_pkg/zeros', data: Buffer.alloc(5_000_000) }),
};

const BAD: Record<string, [Row, RegExp]> = {
  'a name of another project': [{ filename: 'other-1.0-py3-none-any.whl' }, /it is of other, and demo-pkg was/],
  'a name of another version': [{ filename: 'demo_pkg-1.1-py3-none-any.whl' }, /it has version 1.1, and 1.0 was/],
  'a local version': [{ filename: 'demo_pkg-1.0+local-py3-none-any.whl' }, /it has version 1.0\+local/],
  'no wheel name': [{ filename: 'demo_pkg-1.0.zip' }, /its file name: .*does not end in "\.whl"/],
  'a path for a name': [{ filename: '../demo_pkg-1.0-py3-none-any.whl' }, /its file name/],
  'an empty file': [{ bytes: Buffer.alloc(0) }, /not a zip file/],
  text: [{ bytes: Buffer.from('<html>this is no wheel at all</html>') }, /not a zip file/],
  'a zip file cut short': [{ bytes: makeWheel().subarray(0, -1) }, /not a zip file/],
  'an empty zip file': [{ bytes: makeZip([]) }, /exactly one .dist-info/],

  'bytes before it': [{ parts: { zip: { prefix: Buffer.from('#!/bin/sh\n') } } }, /belong to no entry/],
  'bytes behind it': [{ parts: { zip: { suffix: Buffer.from('x') } } }, /follows its end/],
  'a comment': [{ parts: { zip: { comment: Buffer.from('hi') } } }, /follows its end/],
  'bytes between entries': [wheelWith({ ...module, gap: Buffer.from('hidden') }), /belong to no entry/],
  'an entry hidden between entries': [wheelWith({ ...module, gap: makeZip([module]) }), /belong to no entry/],
  'two entries with the same bytes': [
    wheelWith(module, { ...module, name: 'demo_pkg/twice.py', central: { offset: 0 } }),
    /differs from the directory/,
  ],
  'a directory elsewhere': [{ parts: { zip: { start: 3 } } }, /directory is not where it belongs/],
  'fewer entries than it says': [{ parts: { zip: { count: 9 } } }, /another number of entries/],
  'more entries than it says': [{ parts: { zip: { count: 1 } } }, /another number of entries/],
  'two end records that differ': [{ parts: { zip: { zip64: true, zip64Count: 3 } } }, /end records differ/],
  'several volumes': [{ parts: { zip: { disk: 1 } } }, /several volumes/],
  'an entry on another volume': [wheelWith({ ...module, central: { disk: 1 } }), /several volumes/],

  'a parent folder': [wheelWith({ name: 'demo_pkg/../../x', data: 'x' }), /empty, "\." or "\.\." part/],
  'a dot folder': [wheelWith({ name: './x', data: 'x' }), /empty, "\." or "\.\." part/],
  'an empty part': [wheelWith({ name: 'demo_pkg//x', data: 'x' }), /empty, "\." or "\.\." part/],
  'an empty name': [wheelWith({ name: '', data: 'x' }), /empty, "\." or "\.\." part/],
  'an absolute name': [wheelWith({ name: '/etc/passwd', data: 'x' }), /absolute name/],
  'a drive letter': [wheelWith({ name: 'C:x', data: 'x' }), /absolute name/],
  'a backslash': [wheelWith({ name: 'demo_pkg\\..\\x', data: 'x' }), /backslash/],
  'a NUL': [wheelWith({ name: 'demo_pkg/x.py\u0000.txt', data: 'x' }), /control characters/],
  'an escape sequence': [wheelWith({ name: 'demo_pkg/\u001b[2J', data: 'x' }), /control characters/],
  'a very long part': [wheelWith({ name: `demo_pkg/${'x'.repeat(300)}`, data: 'x' }), /too long/],
  'a name that is not UTF-8': [
    wheelWith({ name: 'x', both: { name: Buffer.from([0x78, 0xff]), flags: 1 << 11 } }),
    /not UTF-8/,
  ],
  'UTF-8 without saying so': [wheelWith({ name: 'grö', both: { flags: 0 } }), /unknown encoding/],
  'a second name': [wheelWith({ ...module, central: { extra: field(0x7075, Buffer.from('evil')) } }), /second name/],
  'a second name in the header': [
    wheelWith({ ...module, local: { extra: field(0x7075, Buffer.from('evil')) } }),
    /second name/,
  ],
  'one name twice': [wheelWith(module, module), /same file/],
  'names that differ in case': [wheelWith(module, { name: 'demo_pkg/__INIT__.py', data: 'x' }), /same file/],
  'names that differ in Unicode form': [
    wheelWith({ name: 'e\u0301', data: '1' }, { name: '\u00e9', data: '2' }),
    /same file/,
  ],
  'a file that is a folder, others between them': [
    wheelWith(
      { name: 'demo_pkg', data: 'x' },
      { name: 'demo_pkg!', data: 'x' },
      { name: 'demo_pkg-1/x', data: 'x' },
      module,
    ),
    /"demo_pkg" is a file and a folder/,
  ],
  'folders without end': [wheelWith({ name: 'd/'.repeat(2000), mode: 0o40755 }), /too deep/],
  'a file that is a folder': [wheelWith({ name: 'demo_pkg', data: 'x' }, module), /a file and a folder/],

  'a symbolic link': [
    wheelWith({ name: 'demo_pkg/link', data: '/etc/passwd', mode: 0o120777 }),
    /link or a special file/,
  ],
  'a device': [wheelWith({ name: 'demo_pkg/dev', mode: 0o020666 }), /link or a special file/],
  'a folder that claims to be a file': [wheelWith({ name: 'demo_pkg/x', mode: 0o40755 }), /link or a special file/],
  'a folder with content': [wheelWith({ name: 'demo_pkg/x/', data: 'x', mode: 0 }), /has content/],
  encryption: [wheelWith({ ...module, both: { flags: 1 } }), /encrypted/],
  'strong encryption': [wheelWith({ ...module, both: { flags: 1 << 6 } }), /encrypted/],
  'a rare method': [wheelWith({ ...module, both: { method: 14 } }), /method 14/],
  'broken extra fields': [
    wheelWith({ ...module, central: { extra: Buffer.from([1, 0, 9, 0]) } }),
    /broken extra fields/,
  ],
  'two zip64 fields': [
    wheelWith({ ...module, central: { size: SEE, extra: Buffer.concat([wide(11), wide(12)]) } }),
    /two zip64 fields/,
  ],
  'a zip64 size that is missing': [wheelWith({ ...module, central: { size: SEE } }), /no zip64 sizes/],
  'a zip64 size beyond all bounds': [
    wheelWith({ ...module, central: { size: SEE, extra: wide(2 ** 60) } }),
    /far too large/,
  ],

  'another name in the header': [
    wheelWith({ ...module, local: { name: Buffer.from('demo_pkg/__evil__.py') } }),
    /differs from the directory/,
  ],
  'another method in the header': [wheelWith({ ...module, local: { method: 0 } }), /differs from the directory/],
  'other flags in the header': [wheelWith({ ...module, local: { flags: 1 << 11 } }), /differs from the directory/],
  'another size in the header': [wheelWith({ ...module, local: { size: 5 } }), /differs from the directory/],
  'another CRC in the header': [wheelWith({ ...module, local: { crc: 5 } }), /differs from the directory/],
  'another size in the descriptor': [
    wheelWith({ ...module, descriptor: 'signed', descriptorSize: 5 }),
    /differs from the directory/,
  ],
  'bytes behind the descriptor': [
    wheelWith({ ...module, descriptor: 'signed', gap: Buffer.alloc(30) }),
    /differs from the directory/,
  ],

  'a wrong CRC': [wheelWith({ ...module, both: { crc: 5 } }), /CRC it declares/],
  'more bytes than declared': [sized(5, module), /more than it declares/],
  'fewer bytes than declared': [sized(500, module), /less than it declares/],
  'broken compressed data': [wheelWith({ ...module, packed: Buffer.from('not deflate') }), /broken compressed data/],
  'compressed data cut short': [
    wheelWith({ ...module, packed: deflateRawSync(Buffer.from('value = 42\n')).subarray(0, -3) }),
    /broken compressed data/,
  ],
  'bytes behind the compressed data': [
    wheelWith({
      ...module,
      packed: Buffer.concat([deflateRawSync(Buffer.from('value = 42\n')), Buffer.from('hidden')]),
    }),
    /bytes behind its compressed data/,
  ],
  'stored bytes of another size': [wheelWith({ ...module, stored: true, both: { size: 5 } }), /two sizes/],
  'a bomb that hides its size': [
    sized(1000, { name: 'demo_pkg/bomb', packed: deflateRawSync(Buffer.alloc(50_000_000)) }),
    /more than it declares/,
  ],
  'a bomb that says its size': [
    { ...wheelWith({ name: 'demo_pkg/bomb', data: Buffer.alloc(2_000_000) }), limits: { ratioFloor: 1_000_000 } },
    /more than 100 times its size/,
  ],
  'too many bytes': [
    {
      ...wheelWith({ ...module, both: { size: 4_000_000_000 } }),
      limits: { ratioFloor: 2 ** 40, unpackedBytes: 3_000_000_000 },
    },
    /more than 3000000000 bytes/,
  ],
  'too many entries': [{ limits: { entries: 3 } }, /more than 3 entries/],

  'no .dist-info': [{ parts: { distInfo: 'demo_pkg-1.0.egg-info' } }, /exactly one .dist-info/],
  'two .dist-info': [wheelWith({ name: 'other-1.0.dist-info/METADATA', data: METADATA }), /exactly one .dist-info/],
  '.dist-info of another project': [{ parts: { distInfo: 'other-1.0.dist-info' } }, /is not of demo-pkg 1.0/],
  '.dist-info of another version': [{ parts: { distInfo: 'demo_pkg-1.1.dist-info' } }, /is not of demo-pkg 1.0/],
  '.dist-info without a version': [{ parts: { distInfo: 'demo_pkg.dist-info' } }, /is not of demo-pkg 1.0/],
  '.dist-info further down': [{ parts: { distInfo: 'sub/demo_pkg-1.0.dist-info' } }, /exactly one .dist-info/],
  'a data folder of another project': [
    wheelWith({ name: 'other-1.0.data/scripts/x', data: 'x' }),
    /is not of demo-pkg 1.0/,
  ],
  'an unknown data folder': [
    wheelWith({ name: 'demo_pkg-1.0.data/etc/passwd', data: 'x' }),
    /no place to be installed/,
  ],
  'a file in the data folder': [
    wheelWith({ name: 'demo_pkg-1.0.data/scripts', data: 'x' }),
    /no place to be installed/,
  ],

  'no WHEEL': [
    { parts: { change: { 'demo_pkg-1.0.dist-info/WHEEL': { name: 'demo_pkg-1.0.dist-info/W' } } } },
    /no WHEEL/,
  ],
  'a newer wheel format': [{ parts: { wheelFile: WHEEL_FILE.replace('1.0', '2.0') } }, /Wheel-Version is "2.0"/],
  'no wheel format': [{ parts: { wheelFile: WHEEL_FILE.replace(/^.*\n/, '') } }, /Wheel-Version is ""/],
  'a WHEEL file without end': [{ parts: { wheelFile: WHEEL_FILE + 'a:\n'.repeat(60_000) } }, /more than 2000 lines/],
  'a WHEEL file of blanks': [
    { parts: { wheelFile: `Odd: x${' '.repeat(200_000)}x\nWheel-Version: 9` } },
    /Wheel-Version/,
  ],
  'a RECORD that is one name': [{ parts: { record: () => [`"${'x""'.repeat(8_000_000)}",,`] } }, /RECORD/],
  'a RECORD with a quote that never ends': [{ parts: { record: (rows) => [...rows, '"x,,'] } }, /not valid CSV/],
  'a RECORD with a quote in a name': [{ parts: { record: (rows) => [...rows, 'a"b,,'] } }, /not valid CSV/],
  'an unclear purelib': [{ parts: { wheelFile: WHEEL_FILE.replace('true', 'maybe') } }, /Root-Is-Purelib/],
  'other tags in WHEEL': [{ parts: { wheelFile: WHEEL_FILE.replace('py3', 'py2') } }, /other tags/],
  'more tags in WHEEL': [{ parts: { wheelFile: `${WHEEL_FILE}Tag: cp313-cp313-linux_x86_64\n` } }, /other tags/],
  'no tags in WHEEL': [{ parts: { wheelFile: WHEEL_FILE.replace(/Tag.*\n/, '') } }, /other tags/],
  'a broken tag in WHEEL': [{ parts: { wheelFile: `${WHEEL_FILE}Tag: nonsense\n` } }, /its WHEEL file: "nonsense"/],
  'text in WHEEL': [{ parts: { wheelFile: 'not a field at all\n' } }, /line that is no field/],
  'no METADATA': [
    { parts: { change: { 'demo_pkg-1.0.dist-info/METADATA': { name: 'demo_pkg-1.0.dist-info/M' } } } },
    /no METADATA/,
  ],
  'METADATA of another project': [
    { parts: { metadata: METADATA.replace('Demo.Pkg', 'other') } },
    /METADATA is of other 1.0/,
  ],
  'METADATA of another version': [
    { parts: { metadata: METADATA.replace('Version: 1.0\nReq', 'Version: 1.1\nReq') } },
    /METADATA is of demo-pkg 1.1/,
  ],
  'METADATA without a name': [
    { parts: { metadata: 'Metadata-Version: 2.1\nVersion: 1.0\n' } },
    /its METADATA: .*Name is missing/,
  ],

  'no RECORD': [
    { parts: { change: { 'demo_pkg-1.0.dist-info/RECORD': { name: 'demo_pkg-1.0.dist-info/R' } } } },
    /no RECORD/,
  ],
  'a file that RECORD does not list': [
    { parts: { unlisted: [{ name: 'evil.pth', data: 'import os' }] } },
    /does not list "evil.pth"/,
  ],
  'a row without a file': [
    { parts: { record: (rows) => [...rows, `gone.py,${sha256Of('x')},1`] } },
    /lists "gone.py", which is not/,
  ],
  'a row that leaves the wheel': [
    { parts: { record: (rows) => [...rows, '../../etc/passwd,,'] } },
    /which is not in it/,
  ],
  'a row twice': [{ parts: { record: (rows) => [...rows, rows[0] ?? ''] } }, /twice/],
  'a wrong hash': [
    { parts: { record: (rows) => [rows[0]?.replace(/sha256=..../, 'sha256=AAAA') ?? '', ...rows.slice(1)] } },
    /another hash/,
  ],
  'a weak hash': [
    { parts: { record: (rows) => [rows[0]?.replace('sha256', 'md5') ?? '', ...rows.slice(1)] } },
    /no hash of sha256 or stronger/,
  ],
  'no hash': [
    { parts: { record: (rows) => [rows[0]?.replace(/sha256=[^,]*/, '') ?? '', ...rows.slice(1)] } },
    /no hash of sha256 or stronger/,
  ],
  'a wrong size': [
    { parts: { record: (rows) => [rows[0]?.replace(/,11$/, ',12') ?? '', ...rows.slice(1)] } },
    /another size/,
  ],
  'no size': [{ parts: { record: (rows) => [rows[0]?.replace(/,11$/, ',') ?? '', ...rows.slice(1)] } }, /no size/],
  'RECORD with a hash of itself': [
    { parts: { record: (rows) => rows.map((row) => row.replace(/,,$/, `,${sha256Of('x')},1`)) } },
    /hash of itself/,
  ],
  'a row of two fields': [{ parts: { record: (rows) => [...rows, 'a,b'] } }, /without three fields/],
  'a quote that does not end': [{ parts: { record: (rows) => [...rows, '"abc,,'] } }, /not valid CSV/],
};

t.test('takes good wheels', async (t) => {
  for (const [name, row] of Object.entries(GOOD)) {
    const bytes = row.bytes ?? makeWheel(row.parts);
    const folder = t.testdir({ wheel: bytes });
    const checked = await check(join(folder, 'wheel'), row);
    t.match(
      checked,
      { size: bytes.length, sha256: sha256Hex(bytes), purelib: true, metadata: { name: 'demo-pkg' } },
      name,
    );
    t.same(checked.tags.toSorted(), checked.filename.tags.toSorted(), `${name}: tags`);
  }
});

t.test('refuses bad wheels, each with its reason', async (t) => {
  for (const [name, [row, message]] of Object.entries(BAD)) {
    const folder = t.testdir({ wheel: row.bytes ?? makeWheel(row.parts) });
    const refused = { name: 'BuildFailure', reason: 'bad-wheel', message };
    await t.rejects(check(join(folder, 'wheel'), row), refused, name);
  }
});

t.test('any one byte changed: refused, or the same wheel to every reader', async (t) => {
  const bytes = makeWheel({ entries: [{ ...module, descriptor: 'signed' }] });
  const path = join(t.testdir(), 'wheel');
  const wrong: unknown[] = [];
  let refused = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 0x55;
    await writeFile(path, changed);
    try {
      const { metadataBytes } = await check(path, {});
      if (metadataBytes.toString() !== METADATA) wrong.push(at);
    } catch (error) {
      refused += 1;
      if (!(error instanceof BuildFailure)) wrong.push(error);
    }
  }
  t.same(wrong, []);
  // Times, versions and permissions may change; they are some 15 bytes an entry.
  t.ok(refused > bytes.length - 4 * 20 * 2, `${refused} of ${bytes.length} refused`);
});

t.test('gives METADATA byte for byte, and takes any version when none was asked for', async (t) => {
  const path = join(t.testdir({ [FILENAME]: makeWheel() }), FILENAME);
  const { metadataBytes, metadata, distInfo } = await checkWheel({ path, expect: { project: EXPECT.project } });
  t.equal(metadataBytes.toString(), METADATA);
  t.equal(metadata.requiresPython, '>=3.8');
  t.equal(distInfo, 'demo_pkg-1.0.dist-info');
});

t.test('a wheel is pure where its tags say so and no file has machine code', async (t) => {
  const native = FILENAME.replace('py3-none-any', 'py3-none-linux_x86_64');
  const elf = Buffer.from('\x7fELF\x02\x01\x01', 'latin1');
  const rows: [what: string, row: Row, pure: boolean][] = [
    ['plain', {}, true],
    ['with data that is no program', wheelWith(module, { name: 'demo_pkg/a.so', data: 'text' }), true],
    ['with a library', wheelWith(module, { name: 'demo_pkg/data.bin', data: elf }), false],
    ['with one stored as it is', wheelWith(module, { name: 'demo_pkg/data.bin', data: elf, stored: true }), false],
    ['with a static library', wheelWith(module, { name: 'demo_pkg/a', data: '!<arch>\n…' }), false],
    [
      'for one platform',
      { filename: native, parts: { wheelFile: WHEEL_FILE.replace('py3-none-any', 'py3-none-linux_x86_64') } },
      false,
    ],
  ];
  for (const [what, row, pure] of rows) {
    const path = join(t.testdir({ wheel: makeWheel(row.parts) }), 'wheel');
    t.equal((await check(path, row)).pure, pure, what);
  }
});

t.test('a file that is not there is no bad wheel', async (t) => {
  await t.rejects(check(join(t.testdir(), 'none'), {}), { code: 'ENOENT' });
});
