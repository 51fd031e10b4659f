import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pino from 'pino';
import t from 'tap';
import { normalizeName } from '../../src/core/names.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { renderProject } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { discoverIndexes } from '../../src/upstream/pip-config.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { createGateway } from '../../src/workers/gateway.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { sha256, someWheel } from '../storage/wheel.ts';

const run = promisify(execFile);

/** A small project with wheels, sdists and metadata that has not changed for years. */
const PROJECT = normalizeName('six');
const SDIST = 'six-1.16.0.tar.gz';
const WHEEL = 'six-1.16.0-py2.py3-none-any.whl';

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** What pip on this machine would use: configured, or what it was made for. */
async function realIndexes() {
  const { indexes } = discoverIndexes(process.env, readText);
  if (indexes) return indexes;
  const ask = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)';
  const { stdout } = await run('python3', ['-c', ask]);
  return [parseIndexUrl(stdout)!];
}

t.test('the real index: a page, metadata, a file; then pip and uv through the gateway', async (t) => {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const upstream = createUpstream({ indexes: await realIndexes(), store, environment: process.env });
  const gateway = await createGateway({ upstream, store, scratch, log: pino({ level: 'silent' }) });
  t.teardown(async () => {
    await gateway.close();
    await upstream.close();
  });

  await t.test('the client', async (t) => {
    await upstream.check();
    const project = (await upstream.project(PROJECT))!;
    const file = (name: string) => project.files.find((one) => one.filename === name)!;
    t.match(file(SDIST), { kind: 'sdist', sha256: /^[0-9a-f]{64}$/, size: Number, sdist: { version: '1.16.0' } });
    t.match(file(WHEEL), { kind: 'wheel', wheel: { name: 'six' } });
    // Mirrors often leave PEP 658 out: what is not announced is not asked for.
    const announced = file(WHEEL).coreMetadata !== undefined;
    const about = announced ? { name: 'six', version: '1.16.0', requiresDist: [] } : undefined;
    t.match(await upstream.metadata(file(WHEEL)), about);
    const fetched = await upstream.fetch(file(SDIST), { folder: scratch });
    t.equal((await stat(fetched.path)).size, file(SDIST).size);
    await fetched.release();
    const again = (await upstream.project(PROJECT, { maxAge: 0 }))!;
    t.ok(again.fetchedAt > project.fetchedAt, 'asked again');
    t.same(again.files, project.files);
    t.equal(await upstream.project(normalizeName('wheelmill-has-no-such-project')), undefined);
  });

  await t.test('installers', async (t) => {
    const demo = await realWheel('demo', '1.0', ['six']);
    const made = await someWheel(
      scratch,
      { filename: demo.filename, metadataSha256: sha256(demo.metadata) },
      demo.bytes,
    );
    await publishWheel(store, { ...made, metadata: demo.metadata });
    await renderProject(store, 'demo');
    const seen: string[] = [];
    const view = gateway.view({ storedWheels: true, onFile: ({ filename }) => seen.push(filename) });
    const door = createServer((socket) => view.accept(socket)).listen(0, '127.0.0.1');
    t.teardown(() => door.close());
    await once(door, 'listening');
    const index = `http://127.0.0.1:${(door.address() as AddressInfo).port}/simple/`;
    const [tools, site] = [join(folder, 'tools'), join(folder, 'site')];
    const env = {
      ...process.env,
      PIP_CONFIG_FILE: '/dev/null',
      PIP_FIND_LINKS: '',
      UV_NO_CONFIG: '1',
      UV_CACHE_DIR: join(folder, 'uv'),
    };
    await run('python3', ['-m', 'pip', 'install', '--no-cache-dir', '--target', tools, '--index-url', index, 'uv'], {
      env,
    });
    t.match(seen, [/^uv-.*\.whl$/]);
    await run(join(tools, 'bin', 'uv'), ['pip', 'install', '--target', site, '--default-index', index, 'demo'], {
      env,
    });
    t.equal(await readFile(join(site, 'demo.py'), 'utf8'), 'VALUE = "1.0"\n');
    t.ok((await stat(join(site, 'six.py'))).isFile());
    t.same(
      seen
        .slice(1)
        .map((name) => name.split('-')[0])
        .sort(),
      ['demo', 'six'],
      'metadata alone is no fetched wheel',
    );
  });
});
