import { join } from 'node:path';
import t from 'tap';
import { readMetadata } from '../../src/check/read-metadata.ts';
import { FILENAME, METADATA, makeWheel, makeZip, type RawEntry } from './zip-maker.ts';

const entry = (name: string, data: string = METADATA): RawEntry => ({ name, data });

t.test('reads METADATA of wheels as installers do', async (t) => {
  const rows: Record<string, Buffer> = {
    'a plain wheel': makeWheel(),
    'a comment and bytes before it': makeZip([entry('demo_pkg-1.0.dist-info/METADATA')], {
      comment: Buffer.from('made by x'),
    }),
    'another spelling of the folder': makeZip([entry('Demo.Pkg-1.0.0.dist-info/METADATA')]),
    'a folder that fits no file name': makeZip([entry('demopkg-1.dist-info/METADATA')]),
    'a vendored one beside it': makeZip([
      entry('other-2.0.dist-info/METADATA', 'x'),
      entry('demo_pkg-1.0.dist-info/METADATA'),
    ]),
    'one further down': makeZip([
      entry('v/other-2.0.dist-info/METADATA', 'x'),
      entry('demo_pkg-1.0.dist-info/METADATA'),
    ]),
  };
  for (const [name, bytes] of Object.entries(rows)) {
    const folder = t.testdir({ wheel: bytes });
    t.equal((await readMetadata(join(folder, 'wheel'), FILENAME)).toString(), METADATA, name);
  }
});

t.test('refuses what it cannot read', async (t) => {
  const rows: [string, Buffer, RegExp][] = [
    ['text', Buffer.from('<html>'), /cannot be read/],
    ['no METADATA', makeZip([entry('demo_pkg-1.0.dist-info/WHEEL')]), /exactly one METADATA/],
    [
      'two of strangers',
      makeZip([entry('a-1.dist-info/METADATA'), entry('b-1.dist-info/METADATA')]),
      /exactly one METADATA/,
    ],
    ['a huge one', makeZip([{ ...entry('demo_pkg-1.0.dist-info/METADATA'), both: { size: 5_000_000 } }]), /too large/],
    ['a lying one', makeZip([{ ...entry('demo_pkg-1.0.dist-info/METADATA'), both: { size: 5 } }]), /cannot be read/],
    [
      'broken data',
      makeZip([{ ...entry('demo_pkg-1.0.dist-info/METADATA'), packed: Buffer.from('broken') }]),
      /cannot be read/,
    ],
  ];
  for (const [name, bytes, message] of rows) {
    const folder = t.testdir({ wheel: bytes });
    const failure = { name: 'BuildFailure', reason: 'bad-wheel', message };
    await t.rejects(readMetadata(join(folder, 'wheel'), FILENAME), failure, name);
  }
  await t.rejects(readMetadata('any', 'no-wheel.zip'), { message: /file name/ });
  await t.rejects(
    readMetadata(join(t.testdir(), 'none'), FILENAME),
    { code: 'ENOENT' },
    'a missing file is no bad wheel',
  );
});
