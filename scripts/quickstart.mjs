// npm run quickstart: from a fresh clone to wheels that were built in containers and install in the slim image.
// Runs before `npm install` has: nothing but Node's own modules may be imported here.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findBuildClient, HOW_TO_INSTALL, isEngineAbsent, requireEngine, warnOfClient } from './quickstart/engine.mjs';
import { chooseTarget } from './quickstart/images.mjs';
import { proveHere } from './quickstart/local.mjs';
import { prove } from './quickstart/proof.mjs';
import { startServer } from './quickstart/server.mjs';
import { dataFolder, isDesktop, list, port, publicUrl, root, serverUrl } from './quickstart/settings.mjs';
import { Failure, run, say, stopChildren } from './quickstart/shell.mjs';

const USAGE = `npm run quickstart [-- OPTIONS]
  --install-engine  install and start a Docker engine if none answers (Debian or Ubuntu, as root)
  --exit            end after the proof instead of keeping the server running
`;

/** That of a docker context is found later. */
const givenHost = process.env.DOCKER_HOST;

const OLDEST_NODE = '20.18.1';
/** Exit code of `wheelmill prebuild` (src/cli/exit.ts). */
const SOME_FAILED = 1;

const PLAN = `This quickstart
  1. installs what is missing (the packages of package-lock.json into node_modules; a Docker engine only with
     --install-engine) and compiles Wheelmill into dist
  2. makes sure that the images python:3.13 and python:3.13-slim are on the Docker engine: pulled, or on a Debian machine
     that reaches no registry built as stand-ins from Debian packages (once, about 4 minutes, as root)
  3. starts Wheelmill on ${serverUrl}, everything it keeps being in ${dataFolder}
  4. builds the wheels of ${list} in containers
  5. proves them by a docker build FROM the slim image: no compiler, no apt-get, no copied wheels
`;

const LOCAL_PLAN = `No Docker engine is installed or configured on this machine. To get one:
  ${HOW_TO_INSTALL}
Without it, builds are UNSANDBOXED processes of this machine: strangers' code runs as the user you are. This quickstart
  1. installs what is missing (the packages of package-lock.json into node_modules) and compiles Wheelmill into dist
  2. starts Wheelmill on ${serverUrl}, everything it keeps being in ${dataFolder}
  3. builds the wheels of ${list} as far as this machine has what they need
  4. installs them with --no-index into a fresh virtual environment and imports them; the slim image is NOT proven
`;

async function quickstart({ installEngine, exit }) {
  refuseOldNode();
  const builder = process.env.WHEELMILL_BUILDER;
  const local = builder === 'process' || (isEngineAbsent && !installEngine && builder !== 'docker');
  const server = local ? await buildHere() : await buildInContainers({ installEngine });
  process.stdout.write(againLines(server));
  if (exit) return server.stop();
  process.stdout.write(`Wheelmill stays up on ${serverUrl} until you press Ctrl-C. Its log is ${server.log}
Send a list of your own from another terminal:
  node dist/cli.js prebuild -r requirements.txt${port === 8417 ? '' : ` --server ${serverUrl}`}
`);
  if (!local) process.stdout.write('The image that was built: docker run --rm -it wheelmill-quickstart python\n');
  return server.stayed();
}

/** How a person starts this server again: by itself it would serve another Python and know nothing of these wheels. */
function againLines({ targets }) {
  const settings = [
    `WHEELMILL_DATA_DIR=${quoted(dataFolder)}`,
    ...(targets ? [`WHEELMILL_TARGETS=${quoted(targets)}`] : []),
    ...(port === 8417 ? [] : [`WHEELMILL_PORT=${port}`]),
    ...(isDesktop && targets ? [`WHEELMILL_PUBLIC_URL=${quoted(publicUrl)}`] : []),
    ...(process.env.DOCKER_HOST === givenHost ? [] : [`DOCKER_HOST=${quoted(process.env.DOCKER_HOST)}`]),
  ];
  const without = targets ? ' (without WHEELMILL_TARGETS it builds for python:latest and python:slim)' : '';
  return `To start this server again later, with all that it has built${without}:
  ${settings.join(' ')} node dist/cli.js serve
`;
}

const quoted = (text) => (/^[\w./:=,@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

async function buildInContainers({ installEngine }) {
  process.stdout.write(PLAN);
  say('1. Engine, packages, compilation');
  await requireEngine({ install: installEngine });
  const client = await findBuildClient();
  await warnOfClient(client);
  await compile();

  say('2. Images');
  const targets = await chooseTarget();

  say('3. Server');
  const server = await serve(targets);

  say('4. Wheels');
  const printed = await prebuild({ server, good: [0] });

  say('5. Proof: a docker build of the lines above, whose last step imports everything');
  await prove({ client, printed });

  say('It works');
  return server;
}

/** On a machine without an engine. */
async function buildHere() {
  process.stdout.write(LOCAL_PLAN);
  say('1. Packages, compilation');
  await compile();

  say('2. Server');
  const server = await serve(undefined);

  say('3. Wheels');
  // What lacks a header or a program on this machine is told, and the rest goes on.
  const printed = await prebuild({ server, good: [0, SOME_FAILED] });

  say('4. Proof, as far as it can be had here: a fresh virtual environment');
  const failed = await proveHere({ printed });

  say(failed.length === 0 ? 'It works' : `It works, but for ${failed.length} of the projects`);
  for (const { project, version, reason, message } of failed)
    process.stdout.write(`${project} ${version ?? ''}: ${reason}: ${message}\n`);
  process.stdout.write(`The slim image was NOT proven: these wheels are for the Python of this machine only. For images, get an engine:
  ${HOW_TO_INSTALL}
`);
  return server;
}

async function compile() {
  await run('bash', ['scripts/setup/packages.sh'], { failure: 'the npm packages could not be installed' });
  await run(process.execPath, ['scripts/build.mjs'], { failure: 'Wheelmill could not be compiled' });
}

async function serve(targets) {
  mkdirSync(dataFolder, { recursive: true });
  const server = await startServer({ targets, log: join(dataFolder, 'server.log') });
  await server.probed();
  return { ...server, targets };
}

function prebuild({ server, good }) {
  return run(process.execPath, ['dist/cli.js', 'prebuild', '-r', list, '--server', serverUrl], {
    keep: true,
    good,
    failure: `the wheels could not be built; the server's log is ${server.log}`,
  });
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
