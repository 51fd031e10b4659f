/*
 * Markers against the reference library, `packaging`, which pip uses: the same answer for generated markers in generated
 * environments. Where we mean to differ, `DIFFERENCES` says why.
 */
import fc from 'fast-check';
import t from 'tap';
import { CoreError } from '../../src/core/faults.ts';
import { evaluateMarker, parseMarker } from '../../src/core/marker.ts';
import type { MarkerEnvironment } from '../../src/core/records/marker-environment.ts';
import { askPackaging } from './packaging-reference.ts';
import { joined, pick, weighted } from './text-arbitraries.ts';

type Question =
  | ['marker', string, MarkerEnvironment, extras: string[]]
  | ['lock-marker', string, MarkerEnvironment, extras: string[], groups: string[]];

function ours(question: Question): unknown {
  const [kind, text, environment, extras, dependencyGroups] = question;
  try {
    const marker = parseMarker(text, { ofLockFile: kind === 'lock-marker' });
    return kind === 'marker'
      ? evaluateMarker(marker, environment, new Set(extras))
      : evaluateMarker(marker, environment, '', { extras, dependencyGroups: dependencyGroups ?? [] });
  } catch (error) {
    if (error instanceof CoreError) return 'error';
    throw error;
  }
}

const environment: fc.Arbitrary<MarkerEnvironment> = fc.record({
  os_name: pick('posix', 'nt', 'java', ''),
  sys_platform: pick('linux', 'win32', 'darwin', 'freebsd14'),
  platform_machine: pick('x86_64', 'aarch64', 'arm64', 'AMD64', ''),
  platform_python_implementation: pick('CPython', 'PyPy', 'Jython'),
  platform_release: pick('6.12.0', '6.12.0-1-amd64', '5.15.0+local', '10', 'NT', '', '4.4.0-19041-Microsoft', '1.0rc1'),
  platform_system: pick('Linux', 'Windows', 'Darwin', ''),
  platform_version: pick('#1 SMP', '10.0.19041', '1.0', ''),
  python_version: pick('3.9', '3.10', '3.13', '2.7', '4.0'),
  python_full_version: pick('3.9.18', '3.10.2', '3.13.0rc1', '3.15.0a1+', '3.10.2+', '3.13.0'),
  implementation_name: pick('cpython', 'pypy'),
  implementation_version: pick('3.13.5', '3.10.0', '7.3.13', '3.13.0a2', ''),
});

const quoted = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(texts, fc.boolean()).map(([text, double]) => (double && !text.includes('"') ? `"${text}"` : `'${text}'`));
const versionText = pick(
  ...[
    '3.9',
    '3.10',
    '3.10.0',
    '3.10.2',
    '3.13',
    '3',
    '4',
    '3.*',
    '3.10.*',
    '3.13.0rc1',
    '3.13.0a2',
    '3.15.0a1',
    '2.7',
    '10',
  ],
  ...[
    '6.12',
    '6.12.0-1',
    '7.3.13',
    '1!3.9',
    'v3.10',
    ' 3.10',
    '3.10 ',
    '03.9',
    '3.9.post1',
    '3.10.2+local',
    '3.9.dev0',
  ],
  ...['3.9, 3.10', '3.9 3.10', '3.x', 'abc', '', '>=3', '3.10,'],
);
const plainText = pick(
  ...[
    'posix',
    'nt',
    'linux',
    'win32',
    'darwin',
    'x86_64',
    'aarch64',
    'x86_64 aarch64',
    'CPython',
    'cpython',
    'PyPy',
    'Linux',
  ],
  ...['Windows', '#1 SMP', '10.0.19041', '1.0', '', ' ', 'in', 'LINUX', 'a"b', 'é', 'linux2'],
);
const versionVariable = pick('python_version', 'python_full_version', 'implementation_version', 'platform_release');
const plainVariable = pick(
  ...[
    'os_name',
    'sys_platform',
    'platform_machine',
    'platform_python_implementation',
    'platform_system',
    'platform_version',
  ],
  ...['implementation_name', 'os.name', 'sys.platform', 'platform.version', 'platform.machine'],
  ...['platform.python_implementation', 'python_implementation'],
);
const gap = pick('', ' ', '  ', '\t');
const order = pick('==', '!=', '<', '<=', '>', '>=');
const within = pick(' in ', ' not in ', '\tnot  in ');
const either = (variable: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  weighted(
    [6, joined(variable, gap, order, gap, value)],
    [4, joined(value, gap, order, gap, variable)],
    [3, joined(variable, within, value)],
    [3, joined(value, within, variable)],
  );
const comparison = weighted(
  [24, either(versionVariable, quoted(versionText))],
  [15, either(plainVariable, quoted(plainText))],
  [3, either(versionVariable, quoted(plainText))],
  [3, either(plainVariable, quoted(versionText))],
  [4, joined(versionVariable, gap, pick('~=', '==='), gap, quoted(versionText))],
  [1, joined(quoted(versionText), gap, pick('~=', '==='), gap, versionVariable)],
  [1, joined(plainVariable, pick('~=', '==='), quoted(plainText))],
);
const extraTest = either(
  fc.constant('extra'),
  quoted(pick('test', 'Test_X', 'te.st-x', 'a', '', 'test a', 'b--c', 'B.C')),
);
const listTest = joined(
  quoted(pick('test', 'Test_X', 'dev', 'a', '', 'b--c', 'B.C')),
  within,
  pick('extras', 'dependency_groups'),
);

/** Comparisons put together in every way. */
const nested = (comparisons: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.letrec<{ marker: string; atom: string }>((tie) => ({
    atom: fc.oneof(
      { depthSize: 'small' },
      comparisons,
      comparisons,
      joined('(', gap, tie('marker'), gap, ')'),
      joined('((', tie('marker'), '))'),
    ),
    marker: fc
      .tuple(tie('atom'), fc.array(fc.tuple(pick(' and ', ' or ', '\tand  '), tie('atom')), { maxLength: 3 }))
      .map(([first, rest]) => first + rest.flat().join('')),
  })).marker;

/** Removes, doubles or changes one character now and then. */
const withSlips = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(texts, fc.nat(), fc.nat(40), pick('(', ')', '"', "'", '=', ' ', 'x', ';', '~'))
    .map(([text, at, kind, slip]) => {
      const place = at % Math.max(text.length, 1);
      if (kind === 0) return text.slice(0, place) + text.slice(place + 1);
      if (kind === 1) return text.slice(0, place) + text.slice(Math.max(place - 1, 0));
      return kind === 2 ? text.slice(0, place) + slip + text.slice(place) : text;
    });

const names = fc.array(pick('test', 'test-x', 'Test.X', 'a', 'dev', 'b_c', ''), { maxLength: 3 });
const QUESTIONS: [number, fc.Arbitrary<Question>][] = [
  [
    6000,
    fc
      .tuple(withSlips(nested(weighted([5, comparison], [1, extraTest]))), environment, names)
      .map(([text, where, extras]): Question => ['marker', text, where, extras]),
  ],
  [
    600,
    fc
      .tuple(nested(extraTest), environment, names)
      .map(([text, where, extras]): Question => ['marker', text, where, extras]),
  ],
  [
    1400,
    fc
      .tuple(withSlips(nested(weighted([3, comparison], [9, listTest], [1, extraTest]))), environment, names, names)
      .map(([text, where, extras, groups]): Question => ['lock-marker', text, where, extras, groups]),
  ],
];

const HERE: MarkerEnvironment = {
  os_name: 'posix',
  sys_platform: 'linux',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '6.12.0-amd64',
  platform_system: 'Linux',
  platform_version: '#1 SMP',
  python_version: '3.10',
  python_full_version: '3.10.2+',
  implementation_name: 'cpython',
  implementation_version: '3.10.2',
};

/** Ours on the left, the library's on the right. */
const DIFFERENCES: { marker: string; ours: unknown; theirs: unknown; why: string }[] = [
  {
    marker: 'os_name == "a\\\\b"',
    ours: 'error',
    theirs: false,
    why: 'the grammar has no backslash in strings; the library reads Python escapes',
  },
  {
    marker: 'os_name == sys_platform',
    ours: 'error',
    theirs: false,
    why: 'the library takes the name of the second variable for a string',
  },
  {
    marker: '"6.0" ~= platform_release',
    ours: false,
    theirs: 'undefined',
    why: 'where the environment has no version the comparison does not hold; the library fails when it evaluates it',
  },
];

t.test('generated markers hold in the same environments', async (t) => {
  const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.comment(`to repeat: FC_SEED=${seed}`);
  const questions = QUESTIONS.flatMap(([numRuns, arbitrary]) => fc.sample(arbitrary, { numRuns, seed }));
  const answers = askPackaging(questions);
  const pairs = questions.map((question, at) => ({ question, ours: ours(question), theirs: answers[at] }));
  // Refused when read, or the last of the differences below.
  const isUndefined = pairs.filter(({ theirs }) => theirs === 'undefined');
  t.same(
    isUndefined.filter(({ question: [, text] }) => !/~=|===/.test(text)),
    [],
    'only "~=" and "===" can be undefined',
  );
  const compared = pairs.filter(({ theirs }) => theirs !== 'undefined');
  t.same(
    compared.filter((one) => one.ours !== one.theirs),
    [],
    `seed ${seed}`,
  );
  const counts = [true, false, 'error'].map((answer) => compared.filter(({ theirs }) => theirs === answer).length);
  t.comment(`held, did not, refused: ${counts.join(', ')}; undefined: ${isUndefined.length}`);
  t.ok(compared.length >= 5000, 'five thousand pairs were compared');
  t.ok(
    counts.every((count) => count > 200),
    'good and bad ones were asked',
  );
});

t.test('where we differ', async (t) => {
  const questions = DIFFERENCES.map(({ marker }): Question => ['marker', marker, HERE, []]);
  const answers = askPackaging(questions);
  for (const [at, question] of questions.entries()) {
    t.same(ours(question), DIFFERENCES[at]?.ours, `ours: ${DIFFERENCES[at]?.why}`);
    t.same(answers[at], DIFFERENCES[at]?.theirs, `theirs: ${DIFFERENCES[at]?.why}`);
  }
});
