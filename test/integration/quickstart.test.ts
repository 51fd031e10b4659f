import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { freePorts } from '../services/process.ts';
import { stateDir } from '../services/state.ts';
import { engineIn, withoutEngine } from '../services/without-engine.ts';

t.setTimeout(1_200_000);

/** As from a person's shell: the test runner puts its own hooks into every Node that is spawned. */
async function quickstart(t: Test, wrap: (command: string[]) => string[] = (command) => command) {
  const [port] = await freePorts(1);
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('WHEELMILL_'));
  const command = ['env', '-u', 'NODE_OPTIONS', process.execPath, 'scripts/quickstart.mjs', '--exit'];
  const [file, ...args] = wrap(command);
  const child = spawn(file as string, args, {
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
  return { code, output, port };
}

t.test('the quickstart, from nothing built to a docker build of the lines it prints', async (t) => {
  const { code, output, port } = await quickstart(t);
  t.equal(code, 0, output.slice(-3000));
  t.match(output, /ready: 9 of 9 wheels \(7 built, 2 mirrored, 0 already there\)/);
  t.match(output, new RegExp(`ARG WHEELMILL=http://127\\.0\\.0\\.1:${port}`), 'the lines for a Dockerfile');
  t.match(output, /Successfully installed berkeleydb-18\.1\.17/, 'pip installs them in the slim image');
  t.match(output, /RUN python -c "import feedparser, .*berkeleydb/, 'and its last step imports them all');
  t.match(output, /== It works/);
  const [, again, pair] =
    /^ {2}(WHEELMILL_DATA_DIR=\S+ WHEELMILL_TARGETS=(\S+) .*) node dist\/cli\.js serve$/m.exec(output) ?? [];
  t.match(again, `WHEELMILL_PORT=${port}`, 'how to start the server again');
  t.match(output, `FROM ${pair?.split('=').at(-1)}\n`, 'with the images that the lines are for');
  t.match(output, 'DOCKER_BUILDKIT=1 docker build --network=host .');
});

t.test('the quickstart on a machine without an engine', async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'wheelmill-without-engine-'));
  t.teardown(() => rmSync(scratch, { recursive: true, force: true }));
  t.equal(engineIn(scratch), '', 'nothing of the engine can be seen');
  const { code, output } = await quickstart(t, (command) => withoutEngine(scratch, command));
  t.equal(code, 0, output.slice(-3000));
  t.match(output, /^No Docker engine is installed.*\n {2}npm run quickstart -- --install-engine/m, 'how to get one');
  const [, stored, built] = /: (\d) of 9 wheels \((\d) built, 2 mirrored, 0 already there\)/.exec(output) ?? [];
  t.ok(
    Number(stored) >= 8 && Number(built) === Number(stored) - 2,
    `as much as this machine has the headers for: ${stored}`,
  );
  t.match(output, /imported: .*\bnetifaces\b.*\bsix\b/, 'installed without an index, and imported');
  if (stored !== '9') t.match(output, /^berkeleydb 18\.1\.17: \S+: .*libdb-dev/m, 'what is missing, and where it is');
  t.match(output, /== It works/);
  t.match(output, /slim image was NOT proven/);
  t.match(output, /^ {2}WHEELMILL_DATA_DIR=\S+ WHEELMILL_PORT=\d+ node dist\/cli\.js serve$/m);
});
