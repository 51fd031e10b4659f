import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { missing, stateDir } from '../services/state.ts';
import { startWheelmill, type Wheelmill } from '../services/wheelmill.ts';
import { configuredIndex } from '../workers/run/index-proxy.ts';

const execute = promisify(execFile);

/** In the URL that some clients are given: accepted, and of no meaning. */
export const PASSWORD = 'n0-such-s3cret';

/** A server in front of the machine's own package index, and its index URL; `asReader` is the same with a password in it. */
export type FrontIndex = { server: Wheelmill; index: string; asReader: string };

/** Starts it without waiting for an image: its index needs none. It ends with the test. */
export async function startFrontIndex(t: Test): Promise<FrontIndex> {
  // Not the test's own folder, which the test may make only once.
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-front-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const settings = { WHEELMILL_DATA_DIR: folder, WHEELMILL_UPSTREAM_URL: configuredIndex() };
  const server = await startWheelmill('serve', settings, { waitForTarget: false });
  t.teardown(() => server.stop());
  const index = `${server.url}/simple/`;
  return { server, index, asReader: index.replace('://', `://reader:${PASSWORD}@`) };
}

/** With these, whatever a client asks of anybody but this machine fails. */
export const NOWHERE_ELSE: Readonly<Record<string, string>> = {
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
  ALL_PROXY: 'http://127.0.0.1:9',
  NO_PROXY: '127.0.0.1',
  no_proxy: '127.0.0.1',
};

type Page = { versions: string[]; files: { filename: string; yanked?: string | true; hashes: { sha256: string } }[] };

/** A project's page as the index has it. */
export async function projectPage(index: string, project: string): Promise<Page> {
  const answer = await fetch(`${index}${project}/`, { headers: { accept: 'application/vnd.pypi.simple.v1+json' } });
  if (!answer.ok) throw new Error(`${project}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Page;
}

/** Pinned lines with the hash of every wheel of each version that the index lists. */
export async function hashedLines(index: string, pins: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries(pins).map(async ([project, version]) => {
    const { files } = await projectPage(index, project);
    const own = files.filter(({ filename }) => filename.split('-')[1] === version);
    return `${project}==${version} ${own.map(({ hashes }) => `--hash=sha256:${hashes.sha256}`).join(' ')}\n`;
  });
  return (await Promise.all(lines)).join('');
}

/** Runs a program in a folder; gives what it printed, and throws with it where it fails. */
export type Run = (program: string, ...args: string[]) => Promise<string>;

/**
 * Programs of the test's own tools, `tool` being the environment they are in, in a project folder of their own: with nobody's
 * settings, nobody's cache, and no way to any other index.
 */
export function clientIn(folder: string, tool: string, settings: Readonly<Record<string, string>>): Run {
  const programs = join(stateDir, 'tools', tool, 'bin');
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(PIP|UV|POETRY|PDM|VIRTUAL_ENV|XDG|PYTHON|WHEELMILL)(_|$)/i.test(name),
  );
  const env = {
    ...Object.fromEntries(inherited),
    ...NOWHERE_ELSE,
    HOME: folder,
    XDG_CONFIG_DIRS: folder,
    PATH: `${programs}:${process.env.PATH}`,
    ...settings,
  };
  return async (program, ...args) => {
    const ran = execute(join(programs, program), args, { cwd: folder, env, maxBuffer: 1 << 26 });
    const { stdout, stderr } = await ran.catch((error) => {
      if (error.code === 'ENOENT') throw missing(`${program} is not installed`, error);
      throw new Error(`${program} ${args.join(' ')} failed:\n${error.stdout}${error.stderr}`, { cause: error });
    });
    return stdout + stderr;
  };
}

/** Names and versions of what is installed in an environment. */
export async function installedIn(venv: string): Promise<Record<string, string>> {
  const ask = `import importlib.metadata as m, json; print(json.dumps({d.name.lower(): d.version for d in m.distributions()}))`;
  const { stdout } = await execute(join(venv, 'bin', 'python'), ['-c', ask]);
  return JSON.parse(stdout);
}
