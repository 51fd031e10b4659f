/** Requirements lists by chance: mostly good lines in odd spellings, some with a slip, joined and cut in every way. */
import fc from 'fast-check';
import type { ListFile } from '../../src/core/read-lists.ts';
import type { Root } from './pip-reference.ts';

const pick = (...texts: string[]): fc.Arbitrary<string> => fc.constantFrom(...texts);
const joined = (...parts: (fc.Arbitrary<string> | string)[]): fc.Arbitrary<string> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((all) => all.join(''));
/** Something or, mostly, nothing. */
const maybe = (part: fc.Arbitrary<string>, nothing = 2): fc.Arbitrary<string> =>
  fc.oneof({ weight: nothing, arbitrary: fc.constant('') }, { weight: 1, arbitrary: part });
const several = (part: fc.Arbitrary<string>, by: string, most = 3): fc.Arbitrary<string> =>
  fc.array(part, { minLength: 1, maxLength: most }).map((all) => all.join(by));
const weighted = (...rows: [number, fc.Arbitrary<string>][]): fc.Arbitrary<string> =>
  fc.oneof(...rows.map(([weight, arbitrary]) => ({ weight, arbitrary })));

/** Blanks that pip knows, and what looks like some. */
const blank = weighted(
  [12, pick(' ', '  ', '')],
  [2, pick('\t', ' \t ')],
  [1, pick('\u00a0', '\u3000', '\x1f', '\ufeff')],
);
const gap = weighted([20, pick('', ' ')], [2, pick('\t', '  ')], [1, pick('\u2003', '\x1f')]);

const name = pick('flask', 'Flask', 'zope.interface', 'ruamel_yaml', 'a', '0x', 'x--y', 'A.-_b', 'numpy');
const number = pick('0', '1', '2', '10', '03', '2024');
const version = joined(
  maybe(pick('v', 'V', '1!'), 8),
  several(number, '.'),
  maybe(pick('a1', 'b', 'rc1', '.ALPHA2', '-beta.3', 'c0', '_pre')),
  maybe(pick('.post1', '-1', 'post', '.r4', '-rev2'), 4),
  maybe(pick('.dev0', 'dev', '-dev3'), 4),
  maybe(pick('+cpu', '+Local_1', '+1.2-3'), 6),
);
const clause = joined(pick('==', '!=', '<=', '>=', '<', '>', '~=', '==='), gap, version, maybe(pick('.*'), 12));
/** Mostly sound, since every part of a line must be for a line to be read. */
const sound = pick('==1.0', '>=1,<2', '==1.*', '~= 1.4', '!=1,>0', '===1.0', '==1.0+Cpu_1', '>=1.0rc1');
const specifier = joined(weighted([2, sound], [1, several(clause, ',', 3)]), maybe(pick(',', ' , >= 1'), 8));
const extras = joined('[', gap, maybe(several(pick('x', 'Y_z', 'a-b', 'c.d'), ','), 0), gap, ']');

const string = pick(
  '"3.9"',
  "'3.10'",
  '"3.10.2"',
  '"linux"',
  "'posix'",
  '"x86_64 arm64"',
  '""',
  '"3.*"',
  `'a"b'`,
  '"a b"',
  '"é"',
  '"#"',
);
const variable = pick(
  ...['os_name', 'sys_platform', 'platform_machine', 'platform_python_implementation', 'platform_release'],
  ...['platform_system', 'platform_version', 'python_version', 'python_full_version', 'implementation_name'],
  ...['implementation_version', 'extra', 'os.name', 'sys.platform', 'platform.version', 'platform.machine'],
  ...['platform.python_implementation', 'python_implementation', 'python_version', 'sys_platform'],
);
const comparison = weighted(
  [8, joined(variable, gap, pick('==', '!=', '<', '<=', '>', '>='), gap, string)],
  [2, joined(variable, ' ', pick('in', 'not in', 'not  in'), ' ', string)],
  [2, joined(string, ' ', pick('in', 'not in', '==', '<', '>='), ' ', variable)],
  [1, joined(pick('python_version', 'python_full_version'), gap, pick('~=', '==='), gap, pick('"3.9"', "'3.10.1'"))],
  [
    1,
    joined(
      pick('"x"', 'extra', 'os_name', '"a"', 'extras'),
      pick('==', ' in ', ' == '),
      pick('"y"', 'extra', 'os_name', 'extras', '"b"'),
    ),
  ],
);
const { marker } = fc.letrec<{ marker: string; atom: string }>((tie) => ({
  atom: fc.oneof({ depthSize: 'small' }, comparison, comparison, joined('(', gap, tie('marker'), gap, ')')),
  marker: fc
    .tuple(tie('atom'), fc.array(fc.tuple(pick(' and ', ' or ', '  and\t'), tie('atom')), { maxLength: 2 }))
    .map(([first, rest]) => first + rest.flat().join('')),
}));

const requirement = joined(
  name,
  gap,
  maybe(extras),
  gap,
  maybe(weighted([5, specifier], [1, joined('(', specifier, gap, ')')]), 1),
  blank,
  maybe(joined(';', blank, maybe(marker, 0)), 2),
);

/** Sound in itself, so that a list of several is read. */
const soundRequirement = joined(
  name,
  maybe(pick('[x]', '[Y_z,a]'), 4),
  pick('', '==1.0', ' >= 2', '~=1.4,<2', ' ; python_version > "3.9"', '==1 ; "linux" in sys_platform'),
);

const digits = fc.constantFrom('a', '0', 'F').map((digit) => digit.repeat(64));
const hash = joined(
  pick('--hash=', '--hash ', '--has=', '--h '),
  maybe(pick('"', "'"), 8),
  weighted([8, joined('sha256:', digits)], [1, pick('sha512:', 'md5:a', 'sha256', 'SHA256:a')]),
);
const setting = joined(
  pick('-C', '-C ', '--config-settings=', '--config-settings ', '--conf '),
  weighted(
    [6, pick('a=b', 'a=c', '=', 'x=y=z', 'k=')],
    [2, pick("'a=b c'", '"a=\\"q\\""', 'a\\=b', 'a="b"')],
    [1, pick('a', '""')],
  ),
);
const withOptions = joined(
  requirement,
  ' ',
  several(
    weighted([3, hash], [2, setting], [1, pick('--pre', '-r x', 'word', '-', '--', '-e .', '--no-binary a')]),
    ' ',
  ),
);

const projects = weighted(
  [6, several(weighted([6, name], [2, pick(':all:', ':none:')], [1, pick('', 'a b', '_')]), ',')],
  [1, pick('""', '"flask,a"', "'a'", 'fl\\ask', '-a')],
);
const control = joined(
  pick('--no-binary', '--only-binary', '--all-releases', '--only-final', '--no-b', '--only-b', '--all', '--only-f'),
  pick(' ', '=', ' ', '\t'),
  projects,
);
const soundControl = joined(
  pick('--no-binary', '--only-binary', '--all-releases', '--only-final'),
  ' ',
  several(weighted([6, name], [2, pick(':all:', ':none:')]), ','),
);
const flag = pick(
  '--pre',
  '--prefer-binary',
  '--require-hashes',
  '--no-require-hashes',
  '--pref',
  '--no-req',
  '--require-h',
  '--pre',
  '--no-index',
  '--re',
  '--no-',
  '--only',
  '--pre=1',
);
const index = pick(
  ...[
    '-i https://upstream.test/simple',
    '--index-url=https://upstream.test',
    '--extra https://upstream.test',
    '-f ./x',
  ],
  ...[
    '--find-links "a b"',
    '--trusted-host upstream.test',
    '--use-feature=fast-deps',
    '--use-feature warp',
    '-fx',
    '--pypi-url x',
  ],
);
const optionLine = several(
  weighted(
    [5, control],
    [3, flag],
    [2, index],
    [1, hash],
    [1, setting],
    [1, pick('word', '--', '-', '-q', '--frob', '-e .')],
  ),
  ' ',
  3,
);

const elsewhere = pick(
  ...[
    '-e .',
    './x',
    'git+https://upstream.test/x',
    'x @ https://upstream.test/x.zip',
    'https://upstream.test/x.whl',
    'x.whl',
  ],
  ...[
    'x===1.zip',
    '-r missing.txt',
    '-c /x',
    '.',
    'x/y',
    'file:x',
    'x@y',
    'svn:x',
    'ftp:x',
    'x.tar.gz[a] ; os_name == "a"',
  ],
);
const variableLine = pick(
  'flask==$' + '{V}',
  'flask ; os_name == "$x"',
  'flask ; os_name == "$' + '{v}"',
  '-i https://$' + '{T}@upstream.test',
);
const comment = joined(pick('#', ' #', '\t# ', '# coding'), pick('', 'via x', 'a \\', '# b', '"', ' -r x'));

const line = weighted(
  [8, soundRequirement],
  [4, soundControl],
  [
    3,
    joined(
      soundRequirement,
      ' ',
      several(joined('--hash=sha256:', digits), ' '),
      maybe(pick(' -C a=b', " -C 'a=b c'")),
    ),
  ],
  [6, requirement],
  [2, withOptions],
  [2, optionLine],
  [1, elsewhere],
  [1, variableLine],
  [3, comment],
  [2, pick('', '  ', '\t')],
);
const finished = joined(
  maybe(pick(' ', '\t', '  '), 6),
  line,
  maybe(weighted([3, joined(pick(' ', '', '\t', '\u00a0'), comment)], [1, pick(' \\', '\\', ' ', '\\\\')]), 4),
);

/** Breaks a line somewhere, at a blank or within a word. */
const broken = fc.tuple(finished, fc.nat(), fc.nat(9)).map(([text, at, kind]) => {
  const place = at % (text.length + 1);
  const blankAt = text.indexOf(' ', place);
  if (kind === 0) return `${text.slice(0, place)}\\\n${text.slice(place)}`;
  if (kind < 3 && blankAt > 0) return `${text.slice(0, blankAt)} \\\n  ${text.slice(blankAt)}`;
  return text;
});

const SLIPS = [
  ...'-=;,[]()"\'#\\ @:/.*!<>~$',
  '\t',
  '\u00a0',
  '\n',
  '\r',
  '\x85',
  '\u2028',
  '\x1e',
  '\x1f',
  '\ufeff',
  '--',
  'é',
];

/** Removes, doubles, swaps or adds a character now and then: the faults that people make. */
const slipped = fc.tuple(broken, fc.nat(), fc.nat(60), fc.constantFrom(...SLIPS)).map(([text, at, kind, slip]) => {
  const place = at % Math.max(text.length, 1);
  if (kind === 0) return text.slice(0, place) + text.slice(place + 1);
  if (kind === 1) return text.slice(0, place) + text.slice(Math.max(place - 1, 0));
  if (kind < 4) return text.slice(0, place) + slip + text.slice(place);
  if (kind === 4) return text.slice(0, place) + slip + text.slice(place + 1);
  return text;
});

const lineEnd = weighted(
  [20, fc.constant('\n')],
  [3, fc.constant('\r\n')],
  [1, pick('\r', '\f', '\x85', '\u2028', '\n\n')],
);

const textOf = (lines: fc.Arbitrary<string>, most: number): fc.Arbitrary<string> =>
  fc.array(joined(lines, lineEnd), { maxLength: most }).map((all) => all.join(''));

/** One list. */
export const generatedList = fc.oneof(
  { weight: 4, arbitrary: textOf(slipped, 2) },
  { weight: 3, arbitrary: textOf(broken, 3) },
  { weight: 1, arbitrary: joined('\ufeff', textOf(broken, 2)) },
);

const NAMES = ['requirements.txt', 'a.txt', 'req/b.txt', 'req/c.txt', 'deep/er/d.txt'];

/** How a file names another: by a path from its own folder. */
function pathTo(from: string, to: string): string {
  return '../'.repeat(from.split('/').length - 1) + to;
}

/** Files of which each may name those behind it, once or twice, by `-r` and `-c`. Those that none names are the roots. */
export const generatedFiles = fc
  .array(
    fc.tuple(
      fc.array(
        weighted(
          [8, soundRequirement],
          [6, soundControl],
          [2, pick('--pre', '--prefer-binary', '--require-hashes')],
          [1, requirement],
          [1, comment],
        ),
        { maxLength: 3 },
      ),
      fc.array(fc.tuple(fc.nat(9), fc.nat(9), pick('-r ', '-r', '-c ', '--requirement=', '--constraint ')), {
        maxLength: 3,
      }),
    ),
    { minLength: 2, maxLength: NAMES.length },
  )
  .map((drafts) => {
    const named = new Set<string>();
    const files = drafts.map(([lines, includes], file): ListFile => {
      const from = NAMES[file] as string;
      const text = [...lines];
      for (const [target, place, option] of includes) {
        const to = NAMES[file + 1 + (target % (drafts.length - file))];
        if (to === undefined || file + 1 + (target % (drafts.length - file)) >= drafts.length) continue;
        named.add(to);
        text.splice(place % (text.length + 1), 0, `${option}${pathTo(from, to)}`);
      }
      return { name: from, bytes: Buffer.from(text.join('\n')), role: 'requirements' };
    });
    const roots = files.flatMap(({ name: path }): Root[] => (named.has(path) ? [] : [[path, 'requirements']]));
    return { files, roots };
  });
