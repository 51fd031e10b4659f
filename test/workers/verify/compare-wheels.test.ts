import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { checkWheel } from '../../../src/check/check-wheel.ts';
import { tagWheel } from '../../../src/check/tag-wheel.ts';
import { normalizeName } from '../../../src/core/names.ts';
import { compareWheels } from '../../../src/workers/verify/compare-wheels.ts';
import { FILENAME, makeWheel, type RawEntry, WHEEL_FILE, type WheelParts } from '../../check/zip-maker.ts';

const DIST_INFO = 'demo_pkg-1.0.dist-info';
const [WHEEL, RECORD] = [`${DIST_INFO}/WHEEL`, `${DIST_INFO}/RECORD`];
const expect = { project: normalizeName('demo-pkg') };

/** Two wheels as they come out of a build, tagged as they are stored, and compared. */
async function compare(t: Test, stored: WheelParts, rebuilt: WheelParts) {
  const files = (parts: WheelParts) => ({ [FILENAME]: makeWheel(parts), out: {} });
  const folder = t.testdir({ stored: files(stored), rebuilt: files(rebuilt) });
  const [one, other] = await Promise.all(
    ['stored', 'rebuilt'].map(async (which) => {
      const path = join(folder, which, FILENAME);
      return tagWheel({ path, folder: join(folder, which, 'out'), checked: await checkWheel({ path, expect }) });
    }),
  );
  const differences = await compareWheels(one!.path, other!.path, DIST_INFO);
  return { same: one!.sha256 === other!.sha256, differences };
}

const a: RawEntry = { name: 'demo_pkg/a.py', data: 'a = 1\n' };
const b: RawEntry = { name: 'demo_pkg/b.py', data: 'b = 1\n' };
const long = 'x = 1\n'.repeat(500);
const base: WheelParts = { entries: [a, b] };

/** As `member kind`, with a `~` before what follows from the others. */
const rows: [what: string, stored: WheelParts, rebuilt: WheelParts, expected: string[]][] = [
  ['nothing', base, base, []],
  [
    'one member',
    base,
    { entries: [{ ...a, data: 'a = 2\n' }, b] },
    ['demo_pkg/a.py content', `~${WHEEL} content`, `~${RECORD} content`],
  ],
  [
    'a member more and one less',
    { entries: [a] },
    { entries: [b] },
    ['demo_pkg/a.py only-stored', 'demo_pkg/b.py only-rebuilt', `~${WHEEL} content`, `~${RECORD} content`],
  ],
  [
    'a mode',
    base,
    { entries: [a, { ...b, mode: 0o100755 }] },
    ['demo_pkg/b.py mode', `~${WHEEL} content`, `~${RECORD} content`],
  ],
  [
    'a time, of WHEEL too',
    base,
    { entries: [{ ...a, both: { time: 0x58432000 } }, b], change: { [WHEEL]: { both: { time: 0x58432000 } } } },
    ['demo_pkg/a.py time', `${WHEEL} time`, `~${WHEEL} content`, `~${RECORD} content`],
  ],
  [
    'how a member is packed',
    { entries: [{ name: a.name, data: long }] },
    { entries: [{ name: a.name, data: long, packed: deflateRawSync(long, { level: 1, strategy: 2 }) }] },
    ['demo_pkg/a.py compression', `~${WHEEL} content`, `~${RECORD} content`],
  ],
  [
    'the order of the members, and with it that of RECORD',
    base,
    { entries: [b, a] },
    [`${RECORD} content`, 'demo_pkg/a.py order', `~${WHEEL} content`],
  ],
  [
    'the order of the members alone',
    base,
    { entries: [b, a], record: (lines) => [lines[1]!, lines[0]!, ...lines.slice(2)] },
    ['demo_pkg/a.py order', `~${WHEEL} content`, `~${RECORD} content`],
  ],
  [
    'WHEEL itself',
    base,
    { ...base, wheelFile: WHEEL_FILE.replace('Generator: test', 'Generator: another') },
    [`${WHEEL} content`, `~${RECORD} content`],
  ],
  [
    'extra fields, which a stored wheel does not keep',
    base,
    { entries: [{ ...a, both: { extra: Buffer.from([0x75, 0x78, 1, 0, 1]) } }, b] },
    [' packing', `~${WHEEL} content`, `~${RECORD} content`],
  ],
];

for (const [what, stored, rebuilt, expected] of rows) {
  t.test(`two wheels that differ in ${what}`, async (t) => {
    const { same, differences } = await compare(t, stored, rebuilt);
    const seen = differences.map(({ member = '', kind, follows }) => `${follows ? '~' : ''}${member} ${kind}`);
    t.same(seen, expected);
    t.equal(same, expected.length === 0, 'there are differences exactly where the bytes differ');
  });
}

t.test('what is compared is told', async (t) => {
  const changed = { entries: [{ ...a, mode: 0o100600, both: { time: 0x58432000 } }, b] };
  const { differences } = await compare(t, base, changed);
  t.match(differences, [
    { member: a.name, kind: 'mode', stored: '100644', rebuilt: '100600' },
    { member: a.name, kind: 'time', stored: '2024-02-03 04:05:06', rebuilt: '2024-02-03 04:00:00' },
  ]);
});
