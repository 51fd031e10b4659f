/*
 * Hostile lists: the work must grow as the list does. Counted are executions of patterns, which all reading goes through:
 * twice the list may take little more than twice as many.
 */
import t from 'tap';
import type { ListFile } from '../../src/core/read-lists.ts';
import { parseRequirementsFiles } from '../../src/core/requirements-files.ts';

const lines = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join('\n');
const list = (text: string): Record<string, string> => ({ 'r.txt': text });

/** By size: the files of a list that is twice as long where the size is. */
const LISTS: Record<string, (size: number) => Record<string, string>> = {
  'one file named by every line': (size) => ({
    'r.txt': lines(size, () => '-r b.txt'),
    'b.txt': lines(size, (at) => `a${at}`),
  }),
  'files that name each the next many times': (size) =>
    Object.fromEntries(
      Array.from({ length: 20 }, (_, file) => [
        `f${file}.txt`,
        file === 19 ? 'a' : lines(size / 4, (at) => `-${at % 2 ? 'r' : 'c'} f${file + 1}.txt`),
      ]),
    ),
  'files that name all behind them': (size) =>
    Object.fromEntries(
      Array.from({ length: 20 }, (_, file) => [
        `f${file}.txt`,
        lines(size / 4, (at) => (file === 19 ? `a${at}` : `-r f${file + 1 + (at % (19 - file))}.txt`)),
      ]),
    ),
  'one project with as many markers': (size) =>
    list(lines(size, (at) => `a>=0.${at} ; python_version >= "3.${at}" and platform_release != "${at}"`)),
  'pins for as many Pythons': (size) =>
    list(lines(size, (at) => `a==1.${at % 8} ; python_full_version == "3.${9 + (at % 8)}.5"`)),
  'a pin that all lines allow': (size) => list(lines(size, (at) => `a==1.0,>=0.${at}`)),
  clauses: (size) => list(lines(size, (at) => `a${at}<1${',<2'.repeat(20)}`)),
  'hashes of one requirement': (size) =>
    list(`a==1 \\\n${lines(size, (at) => `--hash=sha256:${String(at).padStart(64, '0')} \\`)}`),
  'settings of one requirement': (size) => list(`a==1 \\\n${lines(size, (at) => `-C k${at % 9}=v \\`)}`),
  'names of options': (size) =>
    list(`a\n${lines(size / 10, (at) => `--no-binary p${at}${',q'.repeat(500)},:all:,:none:`)}`),
  faults: (size) => list(lines(size, () => '--frob')),
  'files that are missing': (size) => list(lines(size, () => `-r ${'../a/'.repeat(40)}`)),
};

const sent = (files: Record<string, string>): ListFile[] =>
  Object.entries(files).map(([name, text]) => ({ name, bytes: Buffer.from(text), role: 'requirements' }));

/** How often patterns are executed while files are read. */
function work(files: readonly ListFile[]): number {
  const { exec } = RegExp.prototype;
  let count = 0;
  Object.defineProperty(RegExp.prototype, 'exec', {
    configurable: true,
    writable: true,
    value(this: RegExp, text: string) {
      count += 1;
      return exec.call(this, text);
    },
  });
  try {
    parseRequirementsFiles(files);
  } finally {
    Object.defineProperty(RegExp.prototype, 'exec', { configurable: true, writable: true, value: exec });
  }
  return count;
}

t.test('work grows with the list', async (t) => {
  for (const [name, files] of Object.entries(LISTS)) {
    const [once, twice] = [work(sent(files(400))), work(sent(files(800)))];
    t.ok(once > 100, `${name}: ${once} executions are counted`);
    t.ok(twice < 2.2 * once, `${name}: ${twice} for twice the list`);
  }
});

t.test('a posting of many long files is refused before it is judged', async (t) => {
  const files = Array.from({ length: 5 }, (_, file) => [`f${file}.txt`, lines(4500, (at) => `a${at}`)]);
  const { faults } = parseRequirementsFiles(sent(Object.fromEntries(files)));
  t.match(faults, [{ file: 'f4.txt', code: 'list-too-large' }]);
});
