/*
 * The grammars of `core` against the reference library, `packaging`, which pip uses: the same answers to generated
 * questions and to known corner cases. Where we mean to differ, `DIFFERENCES` says why.
 */
import fc from 'fast-check';
import t from 'tap';
import { CoreError } from '../../src/core/faults.ts';
import { parseRequirement } from '../../src/core/requirement.ts';
import { parseSdistFilename } from '../../src/core/sdist-filename.ts';
import { parseSpecifier, satisfies } from '../../src/core/specifier.ts';
import { compareVersions, parseVersion } from '../../src/core/version.ts';
import { parseWheelFilename } from '../../src/core/wheel-filename.ts';
import { askPackaging } from './packaging-reference.ts';

type Question =
  | ['version', string]
  | ['compare', string, string]
  | ['fits', string, string]
  | ['wheel', string]
  | ['sdist', string]
  | ['requirement', string];

/** Ours on the left, the library's on the right. */
const DIFFERENCES: { question: Question; ours: unknown; theirs: unknown; why: string }[] = [
  {
    question: ['version', '1.12345678901234567890'],
    ours: 'error',
    theirs: '1.12345678901234567890',
    why: 'numbers of 16 digits and more could not be ordered exactly; no release has them',
  },
  {
    question: ['requirement', 'foo_'],
    ours: 'error',
    theirs: ['foo-', [], false],
    why: 'the name specification asks for a letter or digit at the end; the library lets "_" through',
  },
  {
    question: ['requirement', 'foo; os_name === "posix"'],
    ours: 'error',
    theirs: ['foo', [], true],
    why: 'a comparison without meaning is refused when read; the library fails when it evaluates it',
  },
  {
    question: ['fits', '===', '1.0'],
    ours: 'error',
    theirs: false,
    why: 'nothing to compare with is a mistake',
  },
  {
    question: ['wheel', 'é-1-py3-none-any.whl'],
    ours: 'error',
    theirs: ['é', '1', [], ['py3-none-any']],
    why: 'project names are ASCII; the library takes any letter',
  },
  {
    question: ['sdist', 'a_-1.0.tar.gz'],
    ours: 'error',
    theirs: ['a-', '1.0'],
    why: 'the library does not check the name',
  },
];

/** Kinds of generated questions that fall under a difference above. */
const EXEMPT: { kind: Question[0]; text: RegExp; why: string }[] = [
  { kind: 'wheel', text: /^[_.]|^[^-]*[_.]-/, why: 'a name that begins or ends with punctuation' },
  { kind: 'requirement', text: /^[^[;<>=!~]*_\s*([[;<>=!~(]|$)/, why: 'a name that ends with "_"' },
  {
    kind: 'requirement',
    text: /;.*(===|~=)/,
    why: 'a comparison without meaning: the library sees it when evaluating',
  },
];

function answer(question: Question): unknown {
  switch (question[0]) {
    case 'version':
      return parseVersion(question[1]);
    case 'compare':
      return Math.sign(compareVersions(parseVersion(question[1]), parseVersion(question[2])));
    case 'fits':
      return satisfies(parseVersion(question[2]), parseSpecifier(question[1]), { prereleases: true });
    case 'wheel': {
      const { name, version, build, tags } = parseWheelFilename(question[1]);
      return [name, version, build === undefined ? [] : [build.number, build.suffix], [...tags].sort()];
    }
    case 'sdist': {
      const { name, version } = parseSdistFilename(question[1]);
      return [name, version];
    }
    case 'requirement': {
      const { name, extras, marker } = parseRequirement(question[1]);
      return [name, extras, marker !== undefined];
    }
  }
}

function ours(question: Question): unknown {
  try {
    return answer(question);
  } catch (error) {
    if (error instanceof CoreError) return 'error';
    throw error;
  }
}

const number = fc.constantFrom('0', '1', '2', '10', '03');
const maybe = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(fc.constant(''), fc.constant(''), arbitrary);
const joined = (...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((all) => all.join(''));
const dots = fc.array(number, { minLength: 1, maxLength: 3 }).map((numbers) => numbers.join('.'));
const suffix = (...words: string[]): fc.Arbitrary<string> =>
  joined(fc.constantFrom('', '.', '-', '_'), fc.constantFrom(...words), fc.constantFrom('', '.', '-'), maybe(number));
const local = fc.array(fc.constantFrom('a', '1', '10', 'B', '1e5', '007', '0x1'), { minLength: 1, maxLength: 3 });

/** Mostly versions, in odd spellings too. */
const version = joined(
  maybe(fc.constantFrom('v', 'V')),
  maybe(fc.constantFrom('0!', '1!')),
  dots,
  maybe(suffix('a', 'beta', 'RC', 'c', 'preview')),
  maybe(fc.oneof(suffix('post', 'r', 'REV'), fc.constantFrom('-1', '-'))),
  maybe(suffix('dev')),
  maybe(fc.tuple(local, fc.constantFrom('.', '-', '_')).map(([parts, by]) => `+${parts.join(by)}`)),
);
/** Versions near one another, so that comparisons have something to decide. */
const near = joined(
  maybe(fc.constant('1!')),
  fc.constantFrom('1', '1.0', '1.1', '1.0.1', '2'),
  maybe(fc.constantFrom('a1', 'rc1')),
  maybe(fc.constantFrom('.post1', '.post2')),
  maybe(fc.constantFrom('.dev0', '.dev1')),
  maybe(fc.constantFrom('+a', '+1')),
);
const operator = fc.constantFrom('==', '!=', '<=', '>=', '<', '>', '~=', '===');
const clause = joined(operator, maybe(fc.constant(' ')), fc.oneof(near, near, version), maybe(fc.constant('.*')));
const specifier = fc.array(clause, { minLength: 1, maxLength: 3 }).map((clauses) => clauses.join(' ,'));

const versionTest = joined(
  fc.constantFrom('python_version', 'python_full_version', 'implementation_version'),
  fc.constantFrom(' >= ', '<', '==', ' != ', '>', '<=', ' in ', ' not in '),
  fc.constantFrom('"3.9"', "'3.10'", '"3.10.2"', '"3.*"', '"3.10.2rc1"', '"3.9 3.10"', '"4"'),
);
const reversedTest = joined(
  fc.constantFrom('"3.9"', '"3.10"', '"3.10.2"', '"4"'),
  fc.constantFrom('<', '<=', '==', '>'),
  fc.constantFrom('python_version', 'implementation_version'),
);
const stringTest = joined(
  fc.constantFrom('os_name', 'sys.platform', 'platform_machine', 'python_implementation', 'extra', 'platform_system'),
  fc.constantFrom('==', ' != ', ' in ', '   not in '),
  fc.constantFrom('"posix"', "'linux'", '"test-X"', '"x86_64 arm64"', '""', '"CPython"'),
);
const memberTest = joined(
  fc.constantFrom('"linux"', '"in"', '"x86"'),
  fc.constantFrom(' in ', ' not in '),
  fc.constantFrom('sys_platform', 'platform_machine'),
);
const { marker } = fc.letrec<{ marker: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small' },
    versionTest,
    stringTest,
    reversedTest,
    memberTest,
    tie('marker').map((inner) => `(${inner} )`),
  ),
  marker: fc
    .tuple(tie('atom'), fc.array(fc.tuple(fc.constantFrom(' and ', ' or '), tie('atom')), { maxLength: 3 }))
    .map(([first, rest]) => first + rest.flat().join('')),
}));

const tagPart = (...words: string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 2 }).map((parts) => parts.join('.'));
const wheel = fc
  .tuple(
    fc.constantFrom('a', 'My.Dist', 'a_b', 'a__b', 'A1'),
    fc.oneof(
      version.map((text) => text.replaceAll('-', '_')),
      fc.constant('x'),
    ),
    fc.constantFrom('', '-1', '-1_ab', '-b', '-02'),
    tagPart('py3', 'cp313', 'py2'),
    tagPart('none', 'abi3', 'cp313t'),
    tagPart('any', 'manylinux_2_17_x86_64', 'linux_x86_64'),
    fc.constantFrom('.whl', '.whl', '.whl', '.zip'),
  )
  .map(([name, release, build, py, abi, platform, end]) => `${name}-${release}${build}-${py}-${abi}-${platform}${end}`);
const sdist = joined(
  fc.constantFrom('a', 'My.Dist', 'a_b', 'a-b'),
  fc.constantFrom('-', '-', ''),
  version.map((text) => text.replaceAll('-', '.')),
  fc.constantFrom('.tar.gz', '.zip', '.rar'),
);
const requirement = joined(
  fc.constantFrom('a', 'Foo.Bar', ' x-1 ', '-a', 'a b'),
  maybe(fc.constantFrom('[]', '[x]', '[ X , y-z,x]', '[x,]', '[x y]', '[x')),
  maybe(fc.constantFrom(' ', '\t')),
  maybe(
    fc.oneof(
      specifier,
      specifier.map((text) => `(${text} )`),
      fc.constantFrom('1.0', '=1', '@ https://upstream.test/a'),
    ),
  ),
  maybe(marker.map((text) => ` ; ${text}`)),
  maybe(fc.constantFrom(';', ' ;x', ')')),
);

/** Removes or doubles one character now and then: the faults that people make. */
const withSlips = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(arbitrary, fc.nat(), fc.nat(7)).map(([text, at, kind]) => {
    const place = at % Math.max(text.length, 1);
    if (kind === 0) return text.slice(0, place) + text.slice(place + 1);
    return kind === 1 ? text.slice(0, place) + text.slice(place - 1) : text;
  });

const QUESTIONS: [number, fc.Arbitrary<Question>][] = [
  [300, withSlips(version).map((text): Question => ['version', text])],
  [300, fc.tuple(near, near).map(([a, b]): Question => ['compare', a, b])],
  [200, fc.tuple(version, version).map(([a, b]): Question => ['compare', a, b])],
  [600, fc.tuple(specifier, near).map(([a, b]): Question => ['fits', a, b])],
  [200, withSlips(wheel).map((text): Question => ['wheel', text])],
  [100, sdist.map((text): Question => ['sdist', text])],
  [300, withSlips(requirement).map((text): Question => ['requirement', text])],
];

t.test('generated questions have the same answers', async (t) => {
  const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.comment(`to repeat: FC_SEED=${seed}`);
  const questions = QUESTIONS.flatMap(([numRuns, arbitrary]) => fc.sample(arbitrary, { numRuns, seed })).filter(
    ([kind, text]) => !EXEMPT.some((exempt) => exempt.kind === kind && exempt.text.test(text)),
  );
  const answers = askPackaging(questions);
  t.equal(answers.length, questions.length);
  for (const kind of ['version', 'compare', 'fits', 'wheel', 'sdist', 'requirement']) {
    const different = questions
      .map((question, at) => ({ question: question.slice(0, 3), ours: ours(question), theirs: answers[at] }))
      .filter((one) => one.question[0] === kind && JSON.stringify(one.ours) !== JSON.stringify(one.theirs));
    t.same(different, [], `${kind}, seed ${seed}`);
  }
  t.ok(answers.some((one) => one === 'error') && answers.some((one) => one === true), 'good and bad ones were asked');
});

t.test('where we differ', async (t) => {
  const answers = askPackaging(DIFFERENCES.map(({ question }) => question));
  for (const [at, difference] of DIFFERENCES.entries()) {
    t.same(ours(difference.question), difference.ours, `ours: ${difference.why}`);
    t.same(answers[at], difference.theirs, `theirs: ${difference.why}`);
  }
});
