import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { firstError, isErrorLine } from '../../src/core/first-error.ts';

const LOGS = new URL('../workers/run/logs/', import.meta.url);

/** Of real builds: the line that somebody has to read first. */
const rows: [log: string, line: RegExp][] = [
  ['aiohttp-3.8.1', /fatal error: longintrepr\.h: No such file/],
  ['dbus-python-1.3.2', /ERROR: Dependency "dbus-1" not found/],
  ['blosc-1.10.6', /^CMake Error at blosc/],
  ['pyscard-2.2.2', /error: unknown type name ‘\$function’/],
  ['sentencepiece-0.1.99', /cmake: not found/],
  ['ruff-0.12.0', /^error: failed to get `salsa`/],
  ['gdal-3.10.0', /^FileNotFoundError/],
  ['pillow-8.0.1', /^Traceback/],
  ['pymssql-2.3.4', /^Error compiling Cython file/],
];

t.test('the first error of real logs', async (t) => {
  for (const file of readdirSync(LOGS)) {
    const lines = readFileSync(new URL(file, LOGS), 'utf8').split('\n');
    const at = firstError(lines);
    t.not(at, undefined, `${file} has one`);
    const row = rows.find(([log]) => `${log}.log` === file);
    if (row) t.match(lines[at!], row[1], file);
  }
});

t.test('what only sounds like one', async (t) => {
  for (const line of [
    'gcc -Werror=format-security -Wl,-z,relro -c a.c',
    'checking for strerror... yes',
    'warning: spurious network error (3 tries remaining): could not resolve',
    'copying errors.py -> build/lib/errors.py',
    '  adding six/exceptions.py',
    'Building wheel...',
  ])
    t.notOk(isErrorLine(line), line);
  t.equal(firstError(['all', 'is', 'well']), undefined);
});
