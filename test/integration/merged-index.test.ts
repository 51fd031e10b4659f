import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { testTargets } from '../services/docker.ts';
import { startWheelmill } from '../services/wheelmill.ts';
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

/** Names and hashes of what `pip download` brings from an index. */
async function downloaded(folder: string, index: string): Promise<Record<string, string>> {
  const options = [
    '-m',
    'pip',
    'download',
    '-q',
    '--no-cache-dir',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--dest',
    folder,
  ];
  await run('python3', [...options, '--index-url', index, ...LIST.split(/\s+/)], { env: PIP });
  const names = await readdir(folder);
  const hash = async (name: string) =>
    createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex');
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await hash(name)])));
}

t.test('pip and uv install from the merged index as from upstream itself', async (t) => {
  const folder = t.testdir({ data: {}, direct: {}, merged: {} });
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

  const script = `
    pip install -q --index-url ${index} --only-binary :all: flask pyyaml
    python -c 'import flask, yaml'
    uv venv -q /tmp/venv && uv pip install -q --python /tmp/venv --index-url ${index} flask pyyaml
    /tmp/venv/bin/python -c 'import flask, yaml; print("both")'`;
  t.match(await inSlim(pair!.runtime, script), /both/);
});
