// The quickstart on a machine without an engine: wheels of this machine, installed and imported in a fresh venv.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MODULES } from './modules.mjs';
import { serverUrl } from './settings.mjs';
import { Failure, run } from './shell.mjs';

/**
 * Installs what was built into a virtual environment of the interpreter it was built with, and imports everything.
 *
 * @param printed what `wheelmill prebuild` wrote to its standard output
 * @returns the items that could not be built
 */
export async function proveHere({ printed }) {
  const [, id] = /, prebuild ([0-9a-f]+)$/m.exec(printed) ?? [];
  if (id === undefined) throw new Failure('wheelmill prebuild named no prebuild.');
  const { items, requirements, wheels } = await get(`/api/v1/prebuilds/${id}`);
  const { python } = (await get('/api/v1/targets')).items.find(({ name }) => name === 'local');
  const stored = items.filter(({ state }) => state === 'stored');
  const failed = items.filter(({ state }) => state === 'failed');
  if (stored.length === 0) throw new Failure('not one wheel could be built on this machine; the reasons are above.');
  const folder = mkdtempSync(join(tmpdir(), 'wheelmill-quickstart-'));
  try {
    const venv = join(folder, 'venv');
    const env = withoutPip(process.env);
    await run(python.executable, ['-m', 'venv', venv], {
      env,
      failure: 'there is no venv module that works (Debian and Ubuntu: apt-get install python3-venv)',
    });
    const inside = join(venv, 'bin/python');
    // A wheel that is missing may be a dependency of one that is there.
    const whole = failed.length === 0 ? [] : ['--no-deps'];
    const install = ['-m', 'pip', 'install', '--no-cache-dir', '--no-index', ...whole];
    await run(inside, [...install, '--find-links', wheels, '-r', requirements], {
      env,
      failure: 'the wheels did not install in a virtual environment',
    });
    const modules = stored.map(({ project }) => MODULES[project]).filter(Boolean);
    const program = `import ${modules.join(', ')}; print('imported: ${modules.join(', ')}')`;
    await run(inside, ['-I', '-c', program], { env, failure: 'the wheels did not import' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return failed;
}

/** Another index or another folder of wheels would prove something else. */
function withoutPip(env) {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('PIP_'));
  return { ...Object.fromEntries(kept), PIP_CONFIG_FILE: '/dev/null', PIP_DISABLE_PIP_VERSION_CHECK: '1' };
}

async function get(path) {
  const response = await fetch(serverUrl + path);
  if (!response.ok) throw new Failure(`the server answered ${response.status} to ${path}.`);
  return response.json();
}
