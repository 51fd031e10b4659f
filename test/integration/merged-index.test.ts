import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { testTargets } from '../services/docker.ts';
import { findProgram, stateDir } from '../services/state.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { prebuild, states } from './client.ts';
import { realIndexes } from './real-index.ts';
import { inSlim } from './slim.ts';

const run = promisify(execFile);

/** Thirty projects, pure and binary wheels, small and of some megabytes. */
const LIST = `attrs blinker certifi cffi charset-normalizer click colorama cryptography flask idna itsdangerous jinja2
markdown-it-py markupsafe mdurl numpy packaging pycparser pydantic pygments python-dateutil pytz pyyaml requests rich six
typing-extensions tzdata urllib3 werkzeug`;

/** pip as it comes: this shell's own settings are not for it. */
const PIP = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PIP_'))),
  PIP_CONFIG_FILE: '/dev/null',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
};

t.setTimeout(600_000);

/** The newest pip is another one than the machine's own. */
const NEWEST = { PYTHONPATH: join(stateDir, 'tools', 'reference') };

const sha256Of = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');

/** Names and hashes of what `pip download` brings from an index. */
async function downloaded(folder: string, index: string, more: Record<string, string> = {}) {
  const options = ['-q', '--no-cache-dir', '--no-deps', '--only-binary', ':all:', '--dest', folder];
  await run('python3', ['-m', 'pip', 'download', ...options, '--index-url', index, ...LIST.split(/\s+/)], {
    env: { ...PIP, ...more },
  });
  const names = await readdir(folder);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await sha256Of(join(folder, name))])));
}

/** What uv makes of the list: each project's version and the hashes that may be installed. */
async function compiled(folder: string, index: string): Promise<Map<string, Set<string>>> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('UV_')));
  const list = join(folder, 'requirements.in');
  await writeFile(list, LIST.replaceAll(/\s+/g, '\n'));
  const options = ['-q', '--no-cache', '--no-header', '--no-annotate', '--generate-hashes', '--default-index', index];
  const { stdout } = await run(findProgram('uv'), ['pip', 'compile', ...options, list], {
    env: { ...env, UV_NO_CONFIG: '1', UV_PYTHON_DOWNLOADS: 'never' },
    maxBuffer: 1 << 26,
  });
  const entries = stdout.split(/\n(?=\S)/).map((entry) => entry.trim());
  return new Map(entries.map((entry) => [entry.split(' ')[0]!, new Set(entry.match(/sha256:[0-9a-f]{64}/g))]));
}

/** The same versions, and of each the hashes of all wheels: only sdists are left out here. */
function sameChoice(t: Test, ours: Map<string, Set<string>>, theirs: Map<string, Set<string>>, name: string) {
  t.strictSame([...ours.keys()], [...theirs.keys()], name);
  for (const [pin, hashes] of ours) {
    const further = [...theirs.get(pin)!].filter((hash) => !hashes.has(hash));
    t.ok(further.length <= 1 && [...hashes].every((hash) => theirs.get(pin)!.has(hash)), `${pin}: all but the sdist`);
  }
}

t.test('pip and uv choose from the merged index as from upstream itself', async (t) => {
  const folder = t.testdir({ data: {}, direct: {}, merged: {}, uv: {}, built: { own: {}, newest: {} } });
  const [pair] = testTargets();
  const server = await startWheelmill('serve', {
    WHEELMILL_DATA_DIR: join(folder, 'data'),
    WHEELMILL_TARGETS: `${pair!.build}=${pair!.runtime}`,
  });
  t.teardown(() => server.stop());
  const index = `${server.url}/simple/`;
  const [upstream] = await realIndexes();

  const through = await downloaded(join(folder, 'merged'), index);
  t.same(through, await downloaded(join(folder, 'direct'), upstream!.url), 'the same files with the same bytes');
  t.ok(Object.keys(through).length >= 30);
  const direct = await compiled(join(folder, 'uv'), upstream!.url);
  t.ok(direct.size >= 30);
  sameChoice(t, await compiled(join(folder, 'uv'), index), direct, 'uv chooses the same versions');

  const version = Object.keys(through)
    .find((name) => /^markupsafe-/i.test(name))
    ?.split('-')[1];
  const built = await prebuild(server.url, `--no-binary markupsafe\nmarkupsafe==${version}\n`);
  t.same(states(built), { markupsafe: 'build stored' }, 'one of them is built from its sdist');
  t.same(await downloaded(join(folder, 'built/own'), index), through, 'the same files for everybody else');
  t.same(await downloaded(join(folder, 'built/newest'), index, NEWEST), through, 'also for the newest pip');
  sameChoice(t, await compiled(join(folder, 'uv'), index), direct, 'and for uv');

  const script = `
    pip install -q --index-url ${index} --only-binary :all: flask pyyaml
    python -c 'import flask, yaml'
    uv venv -q /tmp/venv && uv pip install -q --python /tmp/venv --index-url ${index} flask pyyaml
    /tmp/venv/bin/python -c 'import flask, yaml; print("both")'`;
  t.match(await inSlim(pair!.runtime, script), /both/);
});
