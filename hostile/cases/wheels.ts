import { makeWheel, type RawEntry, sha256Of, type WheelParts } from '../../test/check/zip-maker.ts';
import type { HostileCase } from '../hostile-case.ts';

const VERSION = '1.0';

/** An sdist whose build writes these bytes as its wheel. */
function wheel(
  name: string,
  what: string,
  message: RegExp,
  parts: WheelParts,
  filename = `${name}-${VERSION}-py3-none-any.whl`,
): HostileCase {
  const metadata = parts.metadata ?? `Metadata-Version: 2.1\nName: ${name}\nVersion: ${VERSION}\n`;
  const bytes = makeWheel({ distInfo: `${name}-${VERSION}.dist-info`, ...parts, metadata });
  return {
    ...{ name, what },
    sdist: {
      backend: `
import base64
with open(os.path.join(out, '${filename}'), 'wb') as wheel:
    wheel.write(base64.b64decode('${bytes.toString('base64')}'))
return '${filename}'
`,
    },
    expected: { reason: 'bad-wheel', message },
  };
}

const entries = (...all: RawEntry[]): WheelParts => ({
  entries: [{ name: 'pkg/__init__.py', data: 'x = 1\n' }, ...all],
});

/** Builds whose wheel is an attack on whoever reads or installs it. */
export const wheels: readonly HostileCase[] = [
  {
    ...wheel('dotdot', 'a wheel with `..` in a path', /\.\./, entries({ name: '../../evil.py', data: 'x' })),
    inCheck: true,
  },
  wheel('absolute', 'a wheel with an absolute path', /evil/, entries({ name: '/etc/cron.d/evil', data: 'x' })),
  wheel('backslash', 'a wheel with a path of Windows', /evil/, entries({ name: '..\\evil.py', data: 'x' })),
  wheel(
    'linked',
    'a wheel with a symbolic link',
    /link|regular/,
    entries({ name: 'pkg/link', data: '/etc/passwd', mode: 0o120777 }),
  ),
  wheel(
    'twice',
    'a wheel with one path twice',
    /twice|two|more than once|same/,
    entries({ name: 'pkg/__init__.py', data: 'y' }),
  ),
  wheel(
    'casetwin',
    'a wheel with paths that are one where case does not count',
    /pkg/i,
    entries({ name: 'PKG/__init__.py', data: 'y' }),
  ),
  wheel('bomb', 'a wheel whose entry says it is small and is not', /\w/, {
    entries: [{ name: 'pkg/__init__.py', data: Buffer.alloc(8 << 20), both: { size: 10 } }],
    record: ([, ...rows]) => [`pkg/__init__.py,${sha256Of(Buffer.alloc(8 << 20))},10`, ...rows],
  }),
  wheel(
    'overlap',
    'a wheel whose entries share their bytes',
    /\w/,
    entries({ name: 'pkg/b.py', data: 'x = 1\n', central: { offset: 0 } }),
  ),
  wheel('swapped', 'a wheel whose RECORD is of other bytes', /RECORD|hash|digest/i, {
    ...entries(),
    record: (rows) => rows.map((row) => row.replace(/sha256=[^,]+/, sha256Of('other'))),
  }),
  wheel('unrecorded', 'a wheel with a file that RECORD does not know', /evil/, {
    ...entries(),
    unlisted: [{ name: 'evil.py', data: 'x' }],
  }),
  wheel(
    'othername',
    'a wheel of another project',
    /six/,
    { ...entries(), distInfo: 'six-1.0.dist-info', metadata: 'Metadata-Version: 2.1\nName: six\nVersion: 1.0\n' },
    'six-1.0-py3-none-any.whl',
  ),
  wheel('otherversion', 'a wheel whose METADATA has another version', /9\.9/, {
    ...entries(),
    metadata: 'Metadata-Version: 2.1\nName: otherversion\nVersion: 9.9\n',
  }),
  wheel('lyingname', 'a wheel whose METADATA has another name', /six/, {
    ...entries(),
    metadata: `Metadata-Version: 2.1\nName: six\nVersion: ${VERSION}\n`,
  }),
  wheel('hugeheaders', 'a wheel with megabytes of metadata', /\w/, {
    ...entries(),
    metadata: `Metadata-Version: 2.1\nName: hugeheaders\nVersion: ${VERSION}\n${'Keywords: x\n'.repeat(2_000_000)}`,
  }),
  wheel('lyingtags', 'a wheel whose file name has other tags than its WHEEL file', /tags/, {
    ...entries(),
    wheelFile: 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: cp27-none-any\n',
  }),
  wheel('futurewheel', 'a wheel of a version of the format that does not exist', /\w/, {
    ...entries(),
    wheelFile: 'Wheel-Version: 9.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  }),
  {
    name: 'wheellink',
    what: "a symbolic link in the wheel's place",
    sdist: {
      backend: `os.symlink('/etc/passwd', os.path.join(out, 'wheellink-1.0-py3-none-any.whl'))\nreturn 'wheellink-1.0-py3-none-any.whl'\n`,
    },
    expected: { reason: 'bad-wheel', message: /not a regular file|no wheel/ },
  },
  {
    name: 'wheelpipe',
    what: "a pipe in the wheel's place, which nobody ever writes to",
    sdist: {
      backend: `os.mkfifo(os.path.join(out, 'wheelpipe-1.0-py3-none-any.whl'))\nreturn 'wheelpipe-1.0-py3-none-any.whl'\n`,
    },
    expected: { reason: 'bad-wheel', message: /not a regular file|no wheel/ },
  },
];
