import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';

t.test('a reader that leaves is no fault', async (t) => {
  const cli = spawn(process.execPath, ['--import=tsx', 'src/cli.ts', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  // As `head` does that has what it wants.
  cli.stdout.destroy();
  let said = '';
  cli.stderr.on('data', (data: Buffer) => {
    said += data;
  });
  const [code] = await once(cli, 'close');
  t.equal(code, 141);
  t.equal(said, '');
});
