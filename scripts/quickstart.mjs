// npm run quickstart: from a fresh clone to wheels that were built in containers and install in the slim image.
// Runs before `npm install` has: nothing but Node's own modules may be imported here.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findBuildClient, requireEngine } from './quickstart/engine.mjs';
import { chooseTarget } from './quickstart/images.mjs';
import { prove } from './quickstart/proof.mjs';
import { startServer } from './quickstart/server.mjs';
import { dataFolder, list, port, root, serverUrl } from './quickstart/settings.mjs';
import { Failure, run, say, stopChildren } from './quickstart/shell.mjs';

const USAGE = `npm run quickstart [-- OPTIONS]
  --install-engine  install and start a Docker engine if none answers (Debian or Ubuntu, as root)
  --exit            end after the proof instead of keeping the server running
`;

const OLDEST_NODE = '20.18.1';

const PLAN = `This quickstart
  1. installs what is missing (the packages of package-lock.json into node_modules; a Docker engine only with
     --install-engine) and compiles Wheelmill into dist
  2. makes sure that the images python:3.13 and python:3.13-slim are on the Docker engine: pulled, or on a Debian machine
     that reaches no registry built as stand-ins from Debian packages (once, about 4 minutes, as root)
  3. starts Wheelmill on ${serverUrl}, everything it keeps being in ${dataFolder}
  4. builds the wheels of ${list} in containers
  5. proves them by a docker build FROM the slim image: no compiler, no apt-get, no copied wheels
`;

async function quickstart({ installEngine, exit }) {
  refuseOldNode();
  process.stdout.write(PLAN);

  say('1. Engine, packages, compilation');
  await requireEngine({ install: installEngine });
  const client = await findBuildClient();
  await run('bash', ['scripts/setup/packages.sh'], { failure: 'the npm packages could not be installed' });
  await run(process.execPath, ['scripts/build.mjs'], { failure: 'Wheelmill could not be compiled' });

  say('2. Images');
  const targets = await chooseTarget();

  say('3. Server');
  mkdirSync(dataFolder, { recursive: true });
  const server = await startServer({ targets, log: join(dataFolder, 'server.log') });
  await server.probed();

  say('4. Wheels');
  const printed = await run(process.execPath, ['dist/cli.js', 'prebuild', '-r', list, '--server', serverUrl], {
    keep: true,
    failure: `the wheels could not be built; the server's log is ${server.log}`,
  });

  say('5. Proof: a docker build of the lines above, whose last step imports everything');
  await prove({ client, printed });

  say('It works');
  if (exit) return server.stop();
  process.stdout.write(`Wheelmill stays up on ${serverUrl} until you press Ctrl-C. Its log is ${server.log}
Send a list of your own from another terminal:
  node dist/cli.js prebuild -r requirements.txt${port === 8417 ? '' : ` --server ${serverUrl}`}
The image that was built: docker run --rm -it wheelmill-quickstart python
`);
  return server.stayed();
}

function refuseOldNode() {
  const numbers = (version) => version.split('.').map(Number);
  const [major, minor, patch] = numbers(process.versions.node);
  const [leastMajor, leastMinor, leastPatch] = numbers(OLDEST_NODE);
  const old = major - leastMajor || minor - leastMinor || patch - leastPatch;
  if (old < 0) throw new Failure(`Node ${process.versions.node} is too old. Install Node ${OLDEST_NODE} or newer.`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { 'install-engine': { type: 'boolean' }, exit: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    return { installEngine: values['install-engine'] === true, exit: values.exit === true, help: values.help === true };
  } catch (error) {
    throw new Failure(`${error.message}\n${USAGE}`);
  }
}

process.chdir(root);
try {
  const options = readOptions();
  if (options.help) process.stdout.write(USAGE);
  else await quickstart(options);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`quickstart: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  await stopChildren();
}
