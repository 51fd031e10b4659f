/** Requirements lists by chance: mostly good lines in odd spellings, some with a slip, joined and cut in every way. */
import fc from 'fast-check';
import type { ListFile } from '../../src/core/read-lists.ts';
import type { Root } from './pip-reference.ts';
import { name, requirement, soundRequirement } from './requirement-generator.ts';
import { joined, maybe, pick, several, weighted } from './text-arbitraries.ts';

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
