import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import type { WheelRecord } from '../../src/core/records/wheel.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { renderProject, renderRoot } from '../../src/storage/project-pages.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { startStaticIndex } from '../services/nginx.ts';
import { findProgram } from '../services/state.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { sha256, someWheel } from '../storage/wheel.ts';

const run = promisify(execFile);

/** The clients as they come: this shell's own settings are not for them. */
const ENV = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PIP|UV)_/.test(name))),
  PIP_CONFIG_FILE: '/dev/null',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  UV_NO_CONFIG: '1',
};

async function setUp(t: Test) {
  const folder = t.testdir({ scratch: {} });
  const scratch = join(folder, 'scratch');
  await mkdir(scratch, { recursive: true });
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const publish = async (name: string, version: string, requires: string[] = [], more: Partial<WheelRecord> = {}) => {
    const { filename, bytes, metadata } = await realWheel(name, version, requires);
    const made = await someWheel(
      scratch,
      { project: name, version, filename, metadataSha256: sha256(metadata), ...more },
      bytes,
    );
    await publishWheel(store, { ...made, metadata });
    await renderProject(store, name);
    return made.record;
  };
  const demo = await publish('demo', '1.0', ['leaf>=1']);
  await publish('demo', '2.0', [], { yanked: 'broken' });
  await publish('demo', '3.0', [], { visibility: 'prebuild' });
  await publish('leaf', '1.5');
  await renderRoot(store);
  return { folder, demo, url: await startStaticIndex(t, join(folder, 'bucket'), join(folder, 'nginx')) };
}

t.test('a bucket that plain nginx serves is an index', async (t) => {
  const { folder, url, demo } = await setUp(t);
  const file = `/wheels/demo/${demo.sha256}/${demo.filename}`;

  await t.test('pages, types and what is not there', async (t) => {
    const html = 'text/html; charset=utf-8';
    const json = 'application/vnd.pypi.simple.v1+json';
    const files = 'application/octet-stream';
    const rows: [path: string, accept: string, status: number, type: string][] = [
      ['/simple/', '*/*', 200, html],
      ['/simple/', json, 200, json],
      ['/simple/demo/', 'text/html', 200, html],
      ['/simple/demo/', `${json}, text/html;q=0.1`, 200, json],
      ['/simple/demo/', 'application/vnd.pypi.simple.latest+json', 200, json],
      [file, '*/*', 200, files],
      [`${file}.metadata`, '*/*', 200, files],
      ['/simple/nobody/', json, 404, html],
      [`/wheels/demo/${demo.filename}.json`, '*/*', 404, html],
      ['/tombstones/demo/x', '*/*', 404, html],
      ['/simple/../builds/', '*/*', 404, html],
    ];
    for (const [path, accept, status, type] of rows) {
      const answer = await fetch(url + path, { headers: { accept } });
      t.same([answer.status, answer.headers.get('content-type')], [status, type], `${path} as ${accept}`);
      await answer.arrayBuffer();
    }
    const { headers } = await fetch(`${url}${file}`);
    t.match(headers.get('cache-control'), /immutable/);
    t.equal(headers.get('content-encoding'), null);
    const slash = await fetch(`${url}/simple/demo`, { redirect: 'manual' });
    t.same([slash.status, slash.headers.get('location')], [301, '/simple/demo/']);
    const page = await (await fetch(`${url}/simple/demo/`, { headers: { accept: json } })).json();
    t.match(page, { name: 'demo', files: [{ filename: demo.filename }, { yanked: 'broken' }] });
  });

  await t.test('pip', async (t) => {
    const site = join(folder, 'pip');
    const list = join(folder, 'requirements.txt');
    await writeFile(list, `demo==1.0 --hash=sha256:${demo.sha256}\n`);
    const install = ['-m', 'pip', 'install', '--no-cache-dir', '--index-url', `${url}/simple/`, '--target', site];
    await run('python3', [...install, 'demo'], { env: ENV });
    t.equal(await readFile(join(site, 'demo.py'), 'utf8'), 'VALUE = "1.0"\n', 'not the yanked one');
    t.equal(await readFile(join(site, 'leaf.py'), 'utf8'), 'VALUE = "1.5"\n', 'and what it depends on');
    await run('python3', [...install, '--no-deps', '--upgrade', '--require-hashes', '-r', list], { env: ENV });
    await run('python3', [...install, '--upgrade', 'demo==2.0'], { env: ENV });
    t.equal(await readFile(join(site, 'demo.py'), 'utf8'), 'VALUE = "2.0"\n', 'which is there for those who pin it');
  });

  await t.test('uv', async (t) => {
    const site = join(folder, 'uv');
    const install = ['pip', 'install', '--no-cache', '--default-index', `${url}/simple/`, '--target', site];
    await run(findProgram('uv'), [...install, 'demo'], { env: ENV });
    t.equal(await readFile(join(site, 'demo.py'), 'utf8'), 'VALUE = "1.0"\n');
    t.equal(await readFile(join(site, 'leaf.py'), 'utf8'), 'VALUE = "1.5"\n');
  });
});
