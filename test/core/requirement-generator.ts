/** Requirements by chance, mostly good ones in odd spellings. */
import fc from 'fast-check';
import { joined, maybe, pick, several, weighted } from './text-arbitraries.ts';

/** Blanks that pip knows, and what looks like some. */
const blank = weighted(
  [12, pick(' ', '  ', '')],
  [2, pick('\t', ' \t ')],
  [1, pick('\u00a0', '\u3000', '\x1f', '\ufeff')],
);
const gap = weighted([20, pick('', ' ')], [2, pick('\t', '  ')], [1, pick('\u2003', '\x1f')]);

export const name = pick('flask', 'Flask', 'zope.interface', 'ruamel_yaml', 'a', '0x', 'x--y', 'A.-_b', 'numpy');
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

export const requirement = joined(
  name,
  gap,
  maybe(extras),
  gap,
  maybe(weighted([5, specifier], [1, joined('(', specifier, gap, ')')]), 1),
  blank,
  maybe(joined(';', blank, maybe(marker, 0)), 2),
);

/** Sound in itself, so that a list of several is read. */
export const soundRequirement = joined(
  name,
  maybe(pick('[x]', '[Y_z,a]'), 4),
  pick('', '==1.0', ' >= 2', '~=1.4,<2', ' ; python_version > "3.9"', '==1 ; "linux" in sys_platform'),
);
