import t from 'tap';
import { judgeProof, missedLibraries, needsComparison } from '../../src/core/judge-proof.ts';
import type { Found, ModuleFinding } from '../../src/core/proof-findings.ts';

const found = (more: Partial<Found> = {}): Found => ({
  installed: 2,
  uninstallable: [],
  conflicts: [],
  unresolved: [],
  modules: [],
  libraries: {},
  owners: {},
  ...more,
});

const BUILT = { project: 'built', filename: 'built-1.0.whl', isSubject: true };
const OTHER = { project: 'other', filename: 'other-1.0.whl', isSubject: true };
const MIRRORED = { project: 'mirrored', filename: 'mirrored-1.0.whl', isSubject: false };
const WHEELS = [BUILT, OTHER, MIRRORED];

const failing = (message: string, more: Partial<ModuleFinding> = {}): ModuleFinding => ({
  wheel: BUILT.filename,
  module: 'built',
  outcome: 'failed',
  exception: 'OSError',
  message,
  ...more,
});
const judged = (here: Partial<Found>, there?: Partial<Found>) =>
  judgeProof('slim', WHEELS, found(here), there && found(there));

t.test('what fails the proof', async (t) => {
  const cases: [string, Partial<Found>, Partial<Found> | undefined, object][] = [
    [
      'a library that the loader does not find, once however many files ask for it',
      {
        unresolved: ['a.so', 'b.so'].map((file) => ({ wheel: BUILT.filename, file, library: 'libx.so.1' })),
      },
      { owners: { 'libx.so.1': 'libx1' } },
      {
        library: 'libx.so.1',
        package: 'libx1',
        message:
          'a.so of built-1.0.whl asks for libx.so.1, which slim does not have. The Debian package libx1 has libx.so.1.',
      },
    ],
    [
      'an import that works in the build image',
      { modules: [failing('libx.so.1: cannot open shared object file')] },
      { modules: [{ ...failing(''), outcome: 'imported' }] },
      {
        module: 'built',
        library: 'libx.so.1',
        message:
          'built of built-1.0.whl cannot be imported in slim: OSError: libx.so.1: cannot open shared object file.',
      },
    ],
    [
      'an import that fails in the build image in another way',
      { modules: [failing('one')] },
      { modules: [failing('another')] },
      { module: 'built' },
    ],
    [
      'a crash, wherever',
      { modules: [failing('', { outcome: 'crashed', signal: 'SIGSEGV' })] },
      { modules: [failing('', { outcome: 'crashed', signal: 'SIGSEGV' })] },
      { message: 'built of built-1.0.whl cannot be imported in slim: it crashed (SIGSEGV).' },
    ],
    [
      'an undefined symbol, wherever',
      { modules: [failing('b.so: undefined symbol: call')] },
      { modules: [failing('b.so: undefined symbol: call')] },
      { module: 'built' },
    ],
    [
      'an extension module that another wheel is not to blame for',
      { modules: [failing('x', { within: BUILT.filename, through: [OTHER.filename] })] },
      undefined,
      { module: 'built' },
    ],
    [
      'a wheel that cannot be installed',
      { uninstallable: [{ wheel: BUILT.filename, message: 'ERROR: it is broken' }] },
      undefined,
      { message: 'built-1.0.whl cannot be installed in slim: ERROR: it is broken.' },
    ],
  ];
  for (const [name, here, there, expected] of cases)
    await t.test(name, async (t) => {
      const { failures, notImported } = judged(here, there);
      t.match(failures, [{ project: 'built', filename: BUILT.filename, ...expected }]);
      t.equal(failures.length, 1);
      t.same(notImported, []);
    });
});

t.test('what passes, and is named', async (t) => {
  const same = (here: ModuleFinding, there = here) => judged({ modules: [here] }, { modules: [there] });
  t.match(same(failing('settings are missing')), {
    failures: [],
    notImported: [{ message: /settings/, because: undefined }],
  });
  t.match(same(failing('<A at 0x7f01>'), failing('<A at 0x7f02>')).failures, [], 'addresses differ');
  t.match(same(failing('', { outcome: 'slow' })).notImported, [{ message: 'it took too long' }]);
  const blamed = [
    failing('x', { through: [OTHER.filename] }),
    failing('x', { wheel: OTHER.filename, module: 'other' }),
  ];
  t.match(judged({ modules: blamed }), {
    failures: [{ project: 'other' }],
    notImported: [{ project: 'built', because: OTHER.filename }],
  });
  t.match(judged({ modules: [failing('x', { within: MIRRORED.filename })] }), {
    failures: [],
    notImported: [{ because: MIRRORED.filename }],
  });
  t.match(judged({ modules: [failing('x', { within: OTHER.filename })] }), {
    failures: [{ project: 'other', module: 'built' }],
    notImported: [{ project: 'built', because: OTHER.filename }],
  });
  const through = judged({ modules: [failing('x', { through: [MIRRORED.filename] })] });
  t.equal(through.failures.length, 1, 'who only passes on what it was told is not to blame');
});

t.test('the first faults of each wheel are kept', async (t) => {
  const unresolved = [BUILT, OTHER].flatMap(({ filename }) =>
    Array.from({ length: 50 }, (_, at) => ({ wheel: filename, file: 'a.so', library: `lib${at}.so` })),
  );
  const { failures } = judged({ unresolved });
  t.same([...new Set(failures.map((one) => one.project))], ['built', 'other']);
  t.equal(failures.length, 10);
});

t.test('what was not built here cannot fail, and may keep all from being proven', async (t) => {
  const unresolved = [{ wheel: MIRRORED.filename, file: 'm.so', library: 'libx.so.1' }];
  t.same(judged({ unresolved }), { failures: [], notImported: [] });
  const uninstallable = [{ wheel: MIRRORED.filename, message: 'ERROR: no' }];
  t.equal(judged({ uninstallable }).unprovable, 'mirrored-1.0.whl cannot be installed in slim: ERROR: no.');
});

t.test('what the kernel kills is not to blame', async (t) => {
  const modules = [failing('', { outcome: 'crashed', signal: 'SIGKILL' })];
  t.match(judged({ modules }).unprovable, /built was killed .* memory/);
});

t.test('the build image is asked only where it may say something', async (t) => {
  t.equal(needsComparison(found({ modules: [{ ...failing(''), outcome: 'imported' }] })), false);
  t.equal(needsComparison(found({ modules: [failing('', { outcome: 'crashed' })] })), false);
  t.equal(needsComparison(found({ modules: [failing('x')] })), true);
  const modules = [
    failing('liba.so.1: cannot open shared object file'),
    failing("cannot load library 'libb.so': libb.so: cannot open"),
    failing('no library'),
  ];
  t.same(missedLibraries(found({ modules })), ['liba.so.1', 'libb.so']);
});
