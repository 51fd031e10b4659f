// The server of the quickstart: `wheelmill serve`, everything embedded.
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { dataFolder, publicUrl, serverUrl } from './settings.mjs';
import { ended, Failure, start, stop } from './shell.mjs';

// Fetching both images of a pair over a slow line takes its time.
const READY_WITHIN = 60_000;
const PROBED_WITHIN = 20 * 60_000;
const LOOK_EVERY = 200;
const SHOWN_LOG_LINES = 5;

// Set for other servers of this machine, perhaps; the quickstart needs nothing but its folder.
const NOT_HERE = [
  'WHEELMILL_TARGETS',
  'WHEELMILL_DEBIAN_MIRROR',
  'WHEELMILL_QUEUE_URL',
  'WHEELMILL_S3_ENDPOINT',
  'WHEELMILL_S3_BUCKET',
  'WHEELMILL_S3_REGION',
];

/**
 * Starts the server and returns once it answers. Throws Failure with the end of its log when it does not. Without
 * `targets` it builds on this machine itself.
 */
export async function startServer({ targets, log }) {
  if (await get('/live'))
    throw new Failure(`a server answers on ${serverUrl} already. Stop it, or set WHEELMILL_PORT to another port.`);
  const env = { ...process.env, WHEELMILL_DATA_DIR: dataFolder };
  for (const name of NOT_HERE) delete env[name];
  if (targets) env.WHEELMILL_TARGETS = targets;
  else env.WHEELMILL_HOST = '127.0.0.1';
  if (publicUrl && targets) env.WHEELMILL_PUBLIC_URL = publicUrl;
  const file = createWriteStream(log, { flags: 'w' });
  await once(file, 'open');
  const child = start(process.execPath, ['dist/cli.js', 'serve'], { stdio: ['ignore', file, file], env });

  const until = async (what, look, within) => {
    for (const end = Date.now() + within; ; await after(LOOK_EVERY)) {
      if (child.exitCode !== null) throw new Failure(`the server ended: ${logTail(log)}`);
      if (await look()) return;
      if (Date.now() > end) throw new Failure(`${what}; the server's log, ${log}, ends with:\n${logTail(log)}`);
    }
  };
  await until('the server does not answer', () => get('/ready'), READY_WITHIN);
  process.stdout.write(`The server answers on ${serverUrl}; its log is ${log}\n`);
  return {
    log,
    /** Returns once the server has looked into the images, or at this machine. */
    probed: () =>
      until(
        'the target could not be used',
        async () => (await get('/api/v1/targets'))?.items.some((one) => one.probed),
        PROBED_WITHIN,
      ),
    stop: () => stop(child),
    /** Resolves when the server ends; a failure unless somebody stopped it. */
    async stayed() {
      const code = await ended(child);
      if (code !== 0) throw new Failure(`the server ended with ${code}: ${logTail(log)}`);
    },
  };
}

async function get(path) {
  const response = await fetch(serverUrl + path, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
  return response?.ok ? response.json() : undefined;
}

/** The last lines of the log, without the fields that only machines read. */
function logTail(log) {
  const lines = readFileSync(log, 'utf8').trim().split('\n').slice(-SHOWN_LOG_LINES);
  return lines.map((line) => message(line)).join('\n');
}

function message(line) {
  try {
    return JSON.parse(line).msg ?? line;
  } catch {
    return line;
  }
}
