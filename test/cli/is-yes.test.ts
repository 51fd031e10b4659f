import { PassThrough } from 'node:stream';
import t from 'tap';
import { isYes } from '../../src/cli/is-yes.ts';

t.test('what a person says to a question', async (t) => {
  const rows: [keys: string, answer: boolean][] = [
    ['y\r', true],
    [' Yes \r', true],
    ['\r', false],
    ['yesterday\r', false],
    ['n\r', false],
    ['\u0003', false],
    ['\u0004', false],
  ];
  for (const [keys, answer] of rows) {
    const input = new PassThrough();
    // What makes readline take Ctrl-C and Ctrl-D for keys.
    const output = Object.assign(new PassThrough(), { isTTY: true });
    const said = isYes('Delete it? [y/N] ', { input, output });
    input.write(keys);
    t.equal(await said, answer, JSON.stringify(keys));
    t.match(String(output.read()), 'Delete it? [y/N] ');
  }
});
