import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';

t.test('a reader that leaves is no fault', async (t) => {
  const rows = [
    ['--help', 'stdout', 'stderr'],
    ['bild', 'stderr', 'stdout'],
  ] as const;
  for (const [args, written, other] of rows) {
    const cli = spawn(process.execPath, ['--import=tsx', 'src/cli.ts', args], { stdio: ['ignore', 'pipe', 'pipe'] });
    // As `head` does that has what it wants.
    cli[written].destroy();
    let said = '';
    cli[other].on('data', (data: Buffer) => {
      said += data;
    });
    const [code] = await once(cli, 'close');
    t.equal(code, 141, written);
    t.equal(said, '');
  }
});
