import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { missing, stateDir } from './state.ts';

/** The project that all tools lock; it says in its files what it is made of. */
export const PROJECT = new URL('../core/lists/fixtures/project', import.meta.url).pathname;

/** The host that a Pipfile names, until it is known which index this machine uses. */
const NO_INDEX = 'https://upstream.test/simple';

const TOOLS = ['pip-tools', 'uv', 'poetry', 'pdm', 'pipenv'] as const;
type Tool = (typeof TOOLS)[number];

/** Runs a program of a tool in the copy of the project that is its own; throws with what it printed. */
type Run = (program: string, ...args: string[]) => Promise<void>;

/** How each tool locks the project: its dependencies alone (main), and with the extra "http" and the group "dev" (full). */
const LOCK: Readonly<Record<Tool, (run: Run, folder: string, index: string) => Promise<string[]>>> = {
  'pip-tools': async (run) => {
    const compile = ['-q', '--generate-hashes', '--strip-extras', '--no-emit-index-url'];
    await run('pip-compile', ...compile, '-o', 'pip-compile.main.txt', 'pyproject.toml');
    await run('pip-compile', ...compile, '-o', 'pip-compile.full.txt', '--extra', 'http', 'pyproject.toml', 'dev.in');
    return ['pip-compile.main.txt', 'pip-compile.full.txt'];
  },
  uv: async (run) => {
    const full = ['--extra', 'http'];
    await run('uv', 'lock', '-q');
    await run('uv', 'export', '-q', '--no-emit-project', '--no-dev', '-o', 'uv.main.txt');
    await run('uv', 'export', '-q', '--no-emit-project', ...full, '-o', 'uv.full.txt');
    await run('uv', 'export', '-q', '--format', 'pylock.toml', '--no-dev', '-o', 'pylock.uv-main.toml');
    await run('uv', 'export', '-q', '--format', 'pylock.toml', ...full, '-o', 'pylock.uv-full.toml');
    return ['uv.lock', 'uv.main.txt', 'uv.full.txt', 'pylock.uv-main.toml', 'pylock.uv-full.toml'];
  },
  poetry: async (run, folder, index) => {
    // Without a source of its own Poetry asks for more than the simple API, which is all that many indexes have.
    const source = `\n[[tool.poetry.source]]\nname = "upstream"\nurl = "${index}"\npriority = "primary"\n`;
    await appendFile(join(folder, 'pyproject.toml'), source);
    await run('poetry', 'lock', '-q', '-n');
    await run('poetry', 'export', '-q', '-o', 'poetry.main.txt');
    await run('poetry', 'export', '-q', '--extras', 'http', '--with', 'dev', '-o', 'poetry.full.txt');
    return ['poetry.lock', 'poetry.main.txt', 'poetry.full.txt'];
  },
  pdm: async (run) => {
    await run('pdm', 'lock', '-q', '-G', ':all');
    await run('pdm', 'export', '-q', '--prod', '-o', 'pdm.main.txt');
    await run('pdm', 'export', '-q', '-G', 'http', '-G', 'dev', '-o', 'pdm.full.txt');
    await run('pdm', 'config', '-q', '--local', 'lock.format', 'pylock');
    await run('pdm', 'lock', '-q', '-G', ':all', '-L', 'pylock.pdm.toml');
    return ['pdm.lock', 'pdm.main.txt', 'pdm.full.txt', 'pylock.pdm.toml'];
  },
  pipenv: async (run, folder, index) => {
    const pipfile = join(folder, 'Pipfile');
    await writeFile(pipfile, (await readFile(pipfile, 'utf8')).replace(NO_INDEX, index));
    await run('pipenv', 'lock', '-q');
    return ['Pipfile.lock'];
  },
};

/**
 * Locks the project with the real pip-compile, uv, Poetry, PDM and Pipenv, each in a copy of its own, against the index
 * that pip on this machine asks.
 *
 * @returns the text of every file they wrote, by its name
 */
export async function lockEverywhere(): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-lock-'));
  try {
    const index = await pipIndex();
    const locked = await Promise.all(TOOLS.map((tool) => lockWith(tool, join(folder, tool), index)));
    return new Map(locked.flat());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function lockWith(tool: Tool, folder: string, index: string): Promise<[name: string, text: string][]> {
  const copy = join(folder, 'demo');
  await cp(PROJECT, copy, { recursive: true });
  await mkdir(join(copy, 'demo'));
  await writeFile(join(copy, 'demo', '__init__.py'), '');
  const programs = join(stateDir, 'tools', tool === 'uv' ? '' : tool, 'bin');
  const run: Run = async (program, ...args) => {
    const env = environment(folder, programs, index);
    await promisify(execFile)(join(programs, program), args, { cwd: copy, env }).catch((error) => {
      if (error.code === 'ENOENT') throw missing(`${program} is not installed`, error);
      throw new Error(`${program} ${args.join(' ')} failed: ${error.stdout}${error.stderr}`, { cause: error });
    });
  };
  const names = await LOCK[tool](run, copy, index);
  return Promise.all(names.map(async (name) => [name, await readFile(join(copy, name), 'utf8')] as [string, string]));
}

/** Nobody's settings but the index, and nothing left in anybody's home. */
function environment(home: string, programs: string, index: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(UV|POETRY|PDM|PIPENV|VIRTUAL_ENV|XDG)(_|$)/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    PATH: `${programs}:${process.env.PATH}`,
    HOME: home,
    PIP_CONFIG_FILE: '/dev/null',
    PIP_FIND_LINKS: '',
    PIP_INDEX_URL: index,
    UV_NO_CONFIG: '1',
    UV_DEFAULT_INDEX: index,
    UV_PYTHON_DOWNLOADS: 'never',
    PDM_CHECK_UPDATE: '0',
    PIPENV_VENV_IN_PROJECT: '1',
    PIPENV_IGNORE_VIRTUALENVS: '1',
  };
}

/** The index that pip asks, from its settings or as it was made. */
async function pipIndex(): Promise<string> {
  const python = join(stateDir, 'tools', 'bin', 'python');
  const run = promisify(execFile);
  const set = await run(python, ['-m', 'pip', 'config', 'get', 'global.index-url']).catch(() => undefined);
  if (process.env.PIP_INDEX_URL) return process.env.PIP_INDEX_URL;
  if (set) return set.stdout.trim();
  const made = await run(python, ['-c', 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)']).catch(
    (cause) => {
      throw missing('The Python environment of the tests is not there', cause);
    },
  );
  return made.stdout.trim();
}
