import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { LiveLog } from '../../../src/workers/jobs/live-log.ts';
import { printable } from '../../../src/workers/printable.ts';

const rows: [what: string, text: string, expected: string][] = [
  ['plain text', 'gcc -c x.c\n\tok\n', 'gcc -c x.c\n\tok\n'],
  ['colours', '\u001b[1;31merror\u001b[0m', 'error'],
  ['a window title', '\u001b]0;pwned\u0007text', 'text'],
  ['a hyperlink', '\u001b]8;;http://evil.example.com\u001b\\text\u001b]8;;\u001b\\', 'text'],
  ['progress bars', '10%\r50%\r\ndone', '10%\n50%\ndone'],
  ['control characters', 'a\u0000b\u0008c\u009b31md', 'abc31md'],
  ['other scripts', 'größer ≥ 日本', 'größer ≥ 日本'],
];

t.test('only printable text leaves a log', async (t) => {
  for (const [what, text, expected] of rows) t.equal(printable(text), expected, what);
});

t.test('a log is sent on, kept whole, and has a tail', async (t) => {
  const sent: string[] = [];
  const log = new LiveLog(async (text) => void sent.push(text));
  for (let line = 0; line < 100; line++) await log.write(Buffer.from(`line ${line}\n`));
  await log.write(Buffer.from('größ').subarray(0, 4));
  await log.write(Buffer.from('größ').subarray(4));
  const whole = gunzipSync(await log.end()).toString();
  t.equal(whole, sent.join(''), 'what was sent is what is kept');
  t.match(whole, /^line 0\n[\s\S]*line 99\ngröß$/, 'characters cut between chunks are whole');
  t.match(log.tail, /^line 61\n/, 'the tail is the last 40 lines');
});

t.test('watchers being away does not fail a build', async (t) => {
  const log = new LiveLog(() => Promise.reject(new Error('no queue')));
  await log.write(Buffer.alloc(200_000, 'x'));
  t.equal(gunzipSync(await log.end()).length, 200_000);
});

t.test('an escape sequence cut between chunks is one all the same', async (t) => {
  const log = new LiveLog(async () => {});
  for (const part of ['red: \u001b[3', '1mtext\u001b', '[0m\n']) await log.write(Buffer.from(part));
  t.equal(gunzipSync(await log.end()).toString(), 'red: text\n');
});
