import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { stateDir } from '../services/state.ts';
import { clientIn, hashedLines, installedIn, PASSWORD, startFrontIndex } from './index-clients.ts';

t.setTimeout(600_000);

const PYTHON = join(stateDir, 'tools', 'bin', 'python');
const SETTINGS = { UV_NO_CONFIG: '1', UV_PYTHON_DOWNLOADS: 'never', UV_LINK_MODE: 'copy' };

t.test('uv installs, compiles, locks and syncs from the merged index', async (t) => {
  const front = await startFrontIndex(t);
  const { index, asReader, server } = front;
  const folder = t.testdir({
    'hashed.txt': await hashedLines(index, { idna: '3.7', certifi: '2024.2.2' }),
    'constraints.txt': 'requests==2.31.0\nurllib3==1.26.18\n',
    'yanked.in': 'requests<2.32.2\n',
    'large.in': 'boto3==1.34.100\n',
    project: {
      'pyproject.toml': `
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["requests[socks]==2.32.0", "boto3==1.34.100", "markupsafe"]

[[tool.uv.index]]
url = "${index}"
default = true
`,
    },
  });
  const venv = join(folder, '.venv');
  const uv = clientIn(folder, '', { ...SETTINGS, UV_DEFAULT_INDEX: index });
  const installed = () => installedIn(venv);
  await uv('uv', 'venv', '-q', '--python', PYTHON);

  await t.test('pip install', async (t) => {
    await uv('uv', 'pip', 'install', '--require-hashes', '-r', 'hashed.txt');
    t.match(await installed(), { idna: '3.7', certifi: '2024.2.2' }, 'with hashes');
    await uv('uv', 'pip', 'install', '-c', 'constraints.txt', 'requests[socks]');
    t.match(await installed(), { requests: '2.31.0', urllib3: '1.26.18', pysocks: '1.7.1' }, 'constraints, extras');
    t.match(await uv('uv', 'pip', 'install', 'requests==2.32.0'), /yanked.*CVE-2024-35195/s, 'a yanked pin');
    t.match(await installed(), { requests: '2.32.0' });
    await uv('uv', 'pip', 'install', '--only-binary', ':all:', 'markupsafe');
    t.match(await installed(), { markupsafe: String });
    await uv('uv', 'pip', 'install', '--no-cache', '--default-index', asReader, 'six==1.16.0');
    t.match(await installed(), { six: '1.16.0' }, 'with a password');
    t.notMatch(server.log(), PASSWORD, 'which is not logged');
  });

  await t.test('pip compile', async (t) => {
    t.match(
      await uv('uv', 'pip', 'compile', '-q', '--no-header', 'yanked.in'),
      /^requests==2\.31\.0$/m,
      'no yanked one',
    );
    const large = await uv('uv', 'pip', 'compile', '-q', '--no-header', '--generate-hashes', 'large.in');
    t.match(large, /^boto3==1\.34\.100 .*--hash=sha256:/s, 'a project of thousands of files');
    t.match(large, /^botocore==1\.34\.\d+ /m);
  });

  await t.test('lock and sync, the index in pyproject.toml', async (t) => {
    const project = join(folder, 'project');
    // Without UV_NO_CONFIG, which would keep uv from reading the index there.
    const { UV_NO_CONFIG: _, ...settings } = SETTINGS;
    const own = clientIn(project, '', settings);
    await own('uv', 'lock', '-q', '--python', PYTHON);
    const lock = await readFile(join(project, 'uv.lock'), 'utf8');
    const urls = [...lock.matchAll(/(?:url|registry) = "([^"]+)"/g)].map(([, url]) => url!);
    t.ok(urls.length > 30);
    t.strictSame(
      urls.filter((url) => !url.startsWith(server.url)),
      [],
      'the lock names files of this index only',
    );
    await own('uv', 'sync', '-q', '--frozen', '--no-install-project', '--python', PYTHON);
    t.match(await installedIn(join(project, '.venv')), {
      requests: '2.32.0',
      boto3: '1.34.100',
      botocore: /^1\.34\./,
      pysocks: '1.7.1',
      markupsafe: String,
    });
  });
});
