import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import type { SharedLibrary } from '../../../src/core/records/libraries.ts';
import { pythonCommand, RUN_SCRIPTS } from '../../../src/workers/run/scripts.ts';
import { makeZip } from '../../check/zip-maker.ts';
import { type ElfOptions, elf, HERE, TAGS } from './elf.ts';
import { folder } from './harness.ts';

const run = promisify(execFile);
const KEEP = JSON.stringify({ how: 'keep', toolbox: '/nowhere', there: [] });
type Files = Record<string, Buffer | string>;

/** What finish.py says of a wheel of these files that is not to be changed, run by this machine's Python with this machine's libraries. */
async function needs(files: Files) {
  const place = folder();
  const wheel = join(place, 'a-1-py3-none-linux_x86_64.whl');
  await writeFile(wheel, makeZip(Object.entries(files).map(([name, data]) => ({ name, data }))));
  const [file = '', ...values] = pythonCommand('python3', RUN_SCRIPTS.finish, [wheel, place, KEEP]);
  await mkdir(join(place, 'tmp'));
  const { stdout, stderr } = await run(file, values, { timeout: 60_000 });
  const { libraries } = JSON.parse(stdout) as { libraries: SharedLibrary[] };
  return { sonames: libraries.map(({ soname }) => soname), libraries, stderr };
}

const MISSING = 'libwheelmill-none.so.1';

t.test('what is asked for', async (t) => {
  const rows: [string, Files, string[]][] = [
    ['no ELF file', { 'a.py': 'x = 1\n', 'b.so': '' }, []],
    ['a library of the system', { 'a.so': elf({ needed: ['libc.so.6'] }) }, ['libc.so.6']],
    ['one that is nowhere', { 'a.so': elf({ needed: [MISSING, 'libc.so.6'] }) }, ['libc.so.6', MISSING]],
    ['by its path', { 'a.so': elf({ needed: [`/build/src/${MISSING}`] }) }, [MISSING]],
    ['by two', { 'a.so': elf({ needed: [MISSING] }), 'b/c.so': elf({ needed: [MISSING] }) }, [MISSING]],
    ['in a program', { 'a-1.data/scripts/tool': elf({ needed: [MISSING] }) }, [MISSING]],
    ['without a dynamic section', { 'a.o': elf({ change: (bytes) => zeroed(bytes, 64 + 56) }) }, []],
    ['of another machine', { 'a.so': elf({ needed: [MISSING], machine: HERE + 1 }) }, []],
    ['of another class', { 'a.so': elf({ needed: [MISSING], bits: 32 }) }, []],
    ['nothing', { 'a.so': elf() }, []],
    [
      'its own, beside it',
      { 'p/a.so': elf({ needed: [MISSING], runpath: '$ORIGIN' }), [`p/${MISSING}`]: elf({ soname: MISSING }) },
      [],
    ],
    [
      'its own, in another folder',
      {
        'p/a.so': elf({ needed: [MISSING], rpath: `/nowhere:\${ORIGIN}/../p.libs` }),
        [`p.libs/${MISSING}`]: elf({ soname: MISSING }),
      },
      [],
    ],
    [
      'its own, though the system has one of that name',
      { 'p/a.so': elf({ needed: ['libc.so.6'], runpath: '$ORIGIN' }), 'p/libc.so.6': elf({ soname: 'libc.so.6' }) },
      [],
    ],
    [
      'one of the system that it also has where nobody looks',
      { 'p/a.so': elf({ needed: ['libc.so.6'] }), 'q/libc.so.6': elf({ soname: 'libc.so.6' }) },
      ['libc.so.6'],
    ],
    [
      'its own, loaded beforehand by itself',
      { 'p/a.so': elf({ needed: [MISSING] }), 'q/bundled.so': elf({ soname: MISSING }) },
      [],
    ],
    [
      'what its own library asks for, looked for by who loads it (DT_RPATH)',
      {
        'p/a.so': elf({ needed: ['libone-none.so'], rpath: '$ORIGIN/libs' }),
        'p/libs/libone-none.so': elf({ needed: [MISSING] }),
        [`p/libs/${MISSING}`]: elf({ needed: ['libtwo-none.so'] }),
      },
      ['libtwo-none.so'],
    ],
    [
      'its own from a scheme of the wheel',
      {
        'a.so': elf({ needed: [MISSING], runpath: '$ORIGIN/../../../lib' }),
        [`a-1.data/data/lib/${MISSING}`]: elf({ soname: MISSING }),
      },
      [],
    ],
    [
      'each other, in a circle',
      {
        'a.so': elf({ needed: ['b.so', 'a.so'], runpath: '$ORIGIN' }),
        'b.so': elf({ needed: ['a.so'], runpath: '$ORIGIN' }),
      },
      [],
    ],
  ];
  for (const [what, files, expected] of rows) {
    const { sonames, stderr } = await needs(files);
    t.same(sonames, expected, what);
    t.equal(stderr, '', what);
  }
});

function zeroed(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt32LE(0, at);
  return bytes;
}

/** Of a good file that asks for something: its bytes as written over at a place. */
const broken = (change: (bytes: Buffer) => Buffer, more: ElfOptions = {}) =>
  elf({ needed: [MISSING], ...more, change });
const set64 = (at: number, value: bigint) => (bytes: Buffer) => {
  bytes.writeBigUInt64LE(value, at);
  return bytes;
};
const set16 = (at: number, value: number) => (bytes: Buffer) => {
  bytes.writeUInt16LE(value, at);
  return bytes;
};

t.test('hostile files are told of and change nothing for the others', async (t) => {
  const rows: [string, Buffer][] = [
    ['a header that ends early', Buffer.from('\x7fELF', 'latin1')],
    ['a class that there is not', broken(set16(4, 0x0107))],
    ['cut in its program headers', broken((bytes) => bytes.subarray(0, 100))],
    ['cut in its dynamic section', broken((bytes) => bytes.subarray(0, 64 + 2 * 56 + 20))],
    ['cut in its strings', broken((bytes) => bytes.subarray(0, bytes.length - 4))],
    ['program headers beyond its end', broken(set64(32, 0xffff_ffff_ffff_fff0n))],
    ['65535 program headers', broken(set16(56, 0xffff))],
    ['program headers of no size', broken(set16(54, 0))],
    ['a dynamic section beyond its end', broken(set64(64 + 56 + 8, 0x7fff_ffff_ffff_fff0n))],
    ['a dynamic section that does not end', broken((bytes) => bytes, { ended: false })],
    [
      'a dynamic section of 100,000 entries',
      broken((bytes) => bytes, { tags: Array.from({ length: 100_000 }, () => [0x6fff, 1n] as const) }),
    ],
    ['strings nowhere', broken((bytes) => bytes, { tags: [] }).fill(0xff, 64 + 2 * 56 + 24, 64 + 2 * 56 + 32)],
    ['a string beyond its end', elf({ tags: [[TAGS.needed, 0xffff_ffff_ffffn]] })],
    ['a string beyond everything', elf({ tags: [[TAGS.needed, 0xffff_ffff_ffff_ffffn]] })],
    ['10,000 libraries', elf({ needed: Array.from({ length: 10_000 }, (_, at) => `lib${at}.so`) })],
    ['noise', Buffer.concat([elf().subarray(0, 20), Buffer.from('ab'.repeat(4000))])],
  ];
  const bad = Object.fromEntries(rows.map(([what, bytes]) => [`${what}.so`, bytes]));
  const { sonames, stderr } = await needs({ ...bad, 'good.so': elf({ needed: ['libc.so.6'] }) });
  t.same(sonames, ['libc.so.6']);
  t.same(
    stderr.trimEnd().split('\n'),
    rows.map(([what]) => `'${what}.so' is no ELF file that can be read`),
  );
});

t.test('names that no library has are not told on', async (t) => {
  const names = ['$(reboot)', 'a b.so', '--option', 'é.so', 'x'.repeat(200), ' ', 'lib;rm.so', '\u001b[1m.so'];
  const { sonames, stderr } = await needs({ 'a.so': elf({ needed: [...names, MISSING] }) });
  t.same(sonames, [MISSING]);
  t.match(stderr, `${names.length} names of libraries are none`);
  const hostileFile = await needs({ 'a\u001b[1m\n.so': Buffer.from('\x7fELF', 'latin1') });
  t.notMatch(hostileFile.stderr, '\u001b');
});

t.test('folders that lead to devices are not read', async (t) => {
  const { sonames } = await needs({
    'a.so': elf({ needed: ['stdin', 'zero', MISSING], runpath: '/dev:/proc/self/fd' }),
  });
  t.same(sonames, [MISSING, 'stdin', 'zero'].sort());
});

t.test('more libraries than any wheel asks for', async (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 6 }, (_, file) => [
      `${file}.so`,
      elf({ needed: Array.from({ length: 1000 }, (_, at) => `lib${file}-${at}.so`) }),
    ]),
  );
  await t.rejects(needs(files), { message: /more than 4096 libraries/ });
});
