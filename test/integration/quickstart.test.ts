import { spawn } from 'node:child_process';
import { once } from 'node:events';
import t from 'tap';
import { freePorts } from '../services/process.ts';
import { stateDir } from '../services/state.ts';

t.setTimeout(600_000);

t.test('the quickstart, from nothing built to a docker build of the lines it prints', async (t) => {
  const [port] = await freePorts(1);
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WHEELMILL_'));
  // As from a person's shell: the test runner puts its own hooks into every Node that is spawned.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, 'scripts/quickstart.mjs', '--exit'], {
    cwd: new URL('../..', import.meta.url).pathname,
    env: {
      ...Object.fromEntries(inherited),
      WHEELMILL_STATE: stateDir,
      WHEELMILL_PORT: String(port),
      WHEELMILL_DATA_DIR: t.testdir(),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = await once(child, 'close');
  t.equal(code, 0, output.slice(-3000));
  t.match(output, /ready: 9 of 9 wheels \(7 built, 2 mirrored, 0 already there\)/);
  t.match(output, new RegExp(`ARG WHEELMILL=http://127\\.0\\.0\\.1:${port}`), 'the lines for a Dockerfile');
  t.match(output, /Successfully installed berkeleydb-18\.1\.17/, 'pip installs them in the slim image');
  t.match(output, /RUN python -c "import feedparser, .*berkeleydb/, 'and its last step imports them all');
  t.match(output, /== It works/);
});
