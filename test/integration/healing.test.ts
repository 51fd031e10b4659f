import { readFile } from 'node:fs/promises';
import Docker from 'dockerode';
import t from 'tap';
import type { BuildView } from '../../src/api/builds/view.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { json, prebuild, states } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { listedFiles } from './stored-files.ts';

t.setTimeout(900_000);

/** Preprocesses a file as a build of C code would, with the compiler's own words where that fails. */
const includes = (header: string) =>
  `import subprocess\nsubprocess.run(['gcc', '-E', '-o', os.devnull, '-'], input=b'#include <${header}>\\n', check=True)\n`;

const index = await startLocalIndex(t);
await index.addSdist('healmill', '1.0', { build: includes('oniguruma.h') });
await index.addSdist('lostmill', '1.0', { build: includes('no_such_library.h') });
const folder = t.testdir();
const server = await startServer(t, localSettings(index, folder));
const docker = new Docker();
t.teardown(async () => {
  const owner = (await readFile(`${folder}/bucket/installation`, 'utf8')).trim();
  const filters = { label: [`wheelmill.owner=${owner}`, 'wheelmill.packages=1'] };
  for (const { Id } of await docker.listImages({ filters })) await docker.getImage(Id).remove({ force: true });
});

const plan = async (list: string) => {
  const ended = await prebuild(server.url, list, 'deps=false&refresh=true');
  const [item] = ended.items;
  const build = item?.build && (await json<BuildView>(`${server.url}/api/v1/builds/${item.build}`));
  return { states: Object.values(states(ended)), item, build: build || undefined };
};

t.test('a build that misses a header is healed, and is for all when somebody accepts that', async (t) => {
  const healed = await plan('healmill==1.0\n');
  t.same(healed.states, ['build stored']);
  t.match(healed.item, { healed: ['libonig-dev'] }, 'the prebuild says so too');
  t.match(healed.build, {
    recipe: {},
    healed: {
      packages: ['libonig-dev'],
      rounds: [{ missing: { kind: 'header', name: 'oniguruma.h' }, packages: ['libonig-dev'] }],
    },
  });
  const log = await (await fetch(`${server.url}/api/v1/builds/${healed.build?.key}/log`)).text();
  t.match(log, /misses the header oniguruma\.h: trying again with libonig-dev/);
  t.same(await listedFiles(server.url, 'healmill').catch(() => []), [], 'it is on no page of the index');
  t.same((await plan('healmill==1.0\n')).states, ['hit stored'], 'who asks the same again has it');

  const accept = (key = '') => fetch(`${server.url}/api/v1/builds/${key}/recipe`, { method: 'POST' });
  const accepted = await accept(healed.build?.key);
  t.match(await accepted.json(), {
    project: 'healmill',
    source: 'stored',
    recipes: [{ packages: ['libonig-dev'], note: /1\.0/ }],
  });
  const again = await plan('healmill==1.0\n');
  t.same(again.states, ['build stored'], 'another recipe is another build');
  t.match(again.build, { recipe: { packages: ['libonig-dev'] } });
  t.equal(again.build?.healed, undefined);
  t.match(again.item, { packages: ['libonig-dev'] }, 'which the prebuild says');
  t.equal(again.item?.healed, undefined);
  t.equal((await listedFiles(server.url, 'healmill')).length, 1, 'the index has it now');
  t.match(await (await accept(again.build?.key)).json(), { code: 'not-found', detail: /needed no healing/ });
});

t.test('what nobody has is missing still', async (t) => {
  const lost = await plan('lostmill==1.0\n');
  t.same(lost.states, ['build failed missing-header']);
  t.match(lost.item, { reason: 'missing-header', message: /no_such_library\.h/ });
});

t.test('a build that is known to fail is not tried again until something has changed', async (t) => {
  await index.addSdist('knownmill', '1.0', { build: 'sys.exit("knownmill never builds")', requires: ['toolmill'] });
  const tool = await realWheel('toolmill', '1.0');
  index.addWheel('toolmill', tool.filename, tool.bytes);
  const first = await plan('knownmill==1.0\n');
  t.same(first.states, ['build failed build-error']);
  t.equal(first.item?.failedAt, undefined);
  t.match(first.build, { run: 1, buildRequirements: [{ name: 'toolmill', version: '1.0' }] });

  // A list of its own: another prebuild.
  const other = await plan("knownmill==1.0; python_version > '3'\n");
  t.same(other.states, first.states);
  t.match(other.item, { build: first.item?.build, failedAt: first.build?.endedAt, logTail: /never builds/ });
  t.equal(other.build?.run, 1);
  t.equal((await plan('knownmill==1.0\n')).build?.run, 1, 'nor when the same list is sent again');

  const retried = await prebuild(server.url, 'knownmill==1.0\n', 'deps=false&retry=true');
  t.equal(retried.items[0]?.failedAt, undefined, 'on demand it is');
  const again = await fetch(`${server.url}/api/v1/prebuilds/${retried.id}/retry?wait=600`, { method: 'POST' });
  t.match(await again.json(), { attempt: retried.attempt + 1 });
  const ended = await json<{ items: { failedAt?: string }[] }>(`${server.url}/api/v1/prebuilds/${retried.id}?wait=600`);
  t.equal(ended.items[0]?.failedAt, undefined, 'in both ways');

  const newer = await realWheel('toolmill', '1.1');
  index.addWheel('toolmill', newer.filename, newer.bytes);
  const changed = await plan('knownmill==1.0\n');
  t.match(
    changed.build,
    { run: 4, buildRequirements: [{ name: 'toolmill', version: '1.1' }] },
    'a new release may help',
  );
  t.equal(changed.item?.failedAt, undefined);
});
