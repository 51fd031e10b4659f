import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { clientIn, type FrontIndex, installedIn, projectPage, startFrontIndex } from './index-clients.ts';

t.setTimeout(600_000);
t.jobs = 2;

/** A yanked pin, an extra and a project of thousands of files. */
const PROJECT = `
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.10,<4"
dependencies = ["requests[socks]==2.32.0", "boto3==1.34.100", "markupsafe"]
`;
const INSTALLED = {
  requests: '2.32.0',
  boto3: '1.34.100',
  botocore: /^1\.34\./,
  pysocks: '1.7.1',
  markupsafe: String,
};

/** Hashes of the wheels of botocore that a lock of this project may have. */
async function wheelsOf(front: FrontIndex, project: string, version: string): Promise<string[]> {
  const { files } = await projectPage(front.index, project);
  return files.filter(({ filename }) => filename.split('-')[1] === version).map(({ hashes }) => hashes.sha256);
}

t.test('with this index as the only one', async (t) => {
  const front = await startFrontIndex(t);
  const wheels = await wheelsOf(front, 'requests', '2.32.0');
  t.equal(wheels.length, 1);

  await Promise.all([
    t.test('Poetry locks and installs', async (t) => {
      const source = `\n[[tool.poetry.source]]\nname = "wheelmill"\nurl = "${front.index}"\npriority = "primary"\n`;
      const folder = t.testdir({ 'pyproject.toml': `${PROJECT}\n[tool.poetry]\npackage-mode = false\n${source}` });
      const poetry = clientIn(folder, 'poetry', {
        POETRY_VIRTUALENVS_IN_PROJECT: 'true',
        POETRY_CACHE_DIR: join(folder, 'cache'),
        PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring',
      });
      await poetry('poetry', 'lock', '-n');
      const lock = await readFile(join(folder, 'poetry.lock'), 'utf8');
      t.match(lock, `requests-2.32.0-py3-none-any.whl", hash = "sha256:${wheels[0]}"`);
      t.match(lock, `url = "${front.index.slice(0, -1)}"`);
      await poetry('poetry', 'install', '-n');
      t.match(await installedIn(join(folder, '.venv')), INSTALLED);
    }),
    t.test('PDM locks and installs', async (t) => {
      const source = `\n[[tool.pdm.source]]\nname = "pypi"\nurl = "${front.index}"\nverify_ssl = true\n`;
      const folder = t.testdir({ 'pyproject.toml': `${PROJECT}${source}\n[tool.pdm]\ndistribution = false\n` });
      const pdm = clientIn(folder, 'pdm', { PDM_CHECK_UPDATE: '0', PDM_CACHE_DIR: join(folder, 'cache') });
      await pdm('pdm', 'venv', 'create', '--with', 'venv');
      await pdm('pdm', 'lock');
      t.match(await readFile(join(folder, 'pdm.lock'), 'utf8'), `hash = "sha256:${wheels[0]}"`);
      await pdm('pdm', 'sync');
      t.match(await installedIn(join(folder, '.venv')), INSTALLED);
    }),
  ]);
});
