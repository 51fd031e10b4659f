import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import t from 'tap';
import type { BuildView } from '../../src/api/builds/view.ts';
import { configuredIndex } from '../workers/run/index-proxy.ts';
import { json, prebuild, states } from './client.ts';
import { localSettings, startServer } from './local-server.ts';

t.setTimeout(900_000);

/** A small project of maturin and PyO3 with a lock file, as it is on the index. */
const PROJECT = 'python-bidi';
const LIST = `--no-binary ${PROJECT}\n${PROJECT}==0.6.6\n`;

/** Looks for folders of the run in compiled files. */
const PATHS = `
import json, re, sys, zipfile
files = [zipfile.ZipFile(sys.argv[1]).read(name) for name in zipfile.ZipFile(sys.argv[1]).namelist() if name.endswith('.so')]
places = sorted({found.decode() for data in files for found in re.findall(rb'/build/[a-z]+', data)})
print(json.dumps({'compiled': len(files), 'places': places}))
`;

const folder = t.testdir();
const server = await startServer(t, {
  ...localSettings({ indexUrl: '' }, folder),
  WHEELMILL_UPSTREAM_URL: configuredIndex(),
});
const owner = (await readFile(`${folder}/bucket/installation`, 'utf8')).trim();
t.teardown(async () => {
  const docker = new Docker();
  const filters = { label: [`wheelmill.owner=${owner}`, 'wheelmill.packages=1'] };
  for (const { Id } of await docker.listImages({ filters })) await docker.getImage(Id).remove({ force: true });
});

t.test('a build that misses Rust is healed, and has its crates through the gateway', async (t) => {
  // What is compiled is the same, and far sooner there.
  const recipe = { environment: { CARGO_PROFILE_RELEASE_OPT_LEVEL: '0', CARGO_PROFILE_RELEASE_LTO: 'off' } };
  const set = await fetch(`${server.url}/api/v1/recipes/${PROJECT}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ recipes: [recipe] }),
  });
  t.ok(set.ok, await set.text());
  const ended = await prebuild(server.url, LIST, 'deps=false');
  t.same(states(ended), { [PROJECT]: 'build stored' }, ended.items[0]?.message ?? 'it is built');
  const build = await json<BuildView>(`${server.url}/api/v1/builds/${ended.items[0]?.build}`);
  t.match(build.healed, { packages: ['cargo-web'] });
  const crates = (build.buildRequirements ?? []).filter(({ crate }) => crate);
  t.match(crates, [{ sha256: /^[0-9a-f]{64}$/ }]);
  t.match(
    crates.map(({ name, version }) => `${name} ${version}`).sort(),
    ['autocfg 1.3.0', 'cfg-if 1.0.0'],
    'those of its lock file, with their hashes',
  );
  const log = await (await fetch(`${server.url}/api/v1/builds/${build.key}/log`)).text();
  t.match(log, /misses the program Cargo: trying again with cargo-web/);

  const { wheel } = build;
  const bytes = await (
    await fetch(`${server.url}/wheels/${PROJECT}/${wheel?.sha256}/${wheel?.filename}`)
  ).arrayBuffer();
  await writeFile(`${folder}/wheel.zip`, Buffer.from(bytes));
  const ran = await promisify(execFile)('python3', ['-c', PATHS, `${folder}/wheel.zip`]);
  t.same(JSON.parse(ran.stdout), { compiled: 1, places: [] }, 'no path of the run is in it');
});
