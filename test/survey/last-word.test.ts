import t from 'tap';
import { lastWord } from '../../survey/reference/last-word.ts';

t.test('the last line that says something', async (t) => {
  const rows: [string, string][] = [
    [
      [
        '      gcc -c x.c',
        '      x.c:1:10: fatal error: lzo.h: No such file or directory',
        "      error: command '/usr/bin/gcc' failed with exit code 1",
        "      error: Command '['gcc', '-c', 'x.c']' returned non-zero exit status 1.",
        '      [end of output]',
        '  ERROR: Failed building wheel for x',
      ].join('\n'),
      'x.c:1:10: fatal error: lzo.h: No such file or directory',
    ],
    ['  ModuleNotFoundError: No module named a\n  [end of output]\n', 'ModuleNotFoundError: No module named a'],
    ['ERROR: conflict of https://upstream.test/files/x.tar.gz\n', 'ERROR: conflict of …'],
    ['Killed\n\n', 'Killed'],
    ['', ''],
  ];
  for (const [log, word] of rows) t.equal(lastWord(log), word);
});
