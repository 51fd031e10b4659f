import t from 'tap';
import type { DryRun } from '../../src/api/prebuilds/dry-run-view.ts';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { testTargets } from '../services/docker.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { json, prebuild, settled, states } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { inSlim } from './slim.ts';
import { listedFiles } from './stored-files.ts';

t.setTimeout(900_000);

const [target] = testTargets();
const index = await startLocalIndex(t);
/** `topmill` needs the others: one that has both files, one whose newest version has no wheel, one with a pre-release. */
const WHEELS: [name: string, version: string, requires?: string[]][] = [
  ['topmill', '1.0', ['bothmill', 'newmill', 'earlymill']],
  ['bothmill', '1.0'],
  ['newmill', '1.0'],
  ['earlymill', '1.0'],
  ['earlymill', '2.0rc1'],
];
for (const [name, version, requires] of WHEELS) {
  const { filename, bytes } = await realWheel(name, version, requires);
  index.addWheel(name, filename, bytes);
}
await index.addSdist('bothmill', '1.0', { module: `'VALUE = "built here"\\n'` });
await index.addSdist('newmill', '2.0');
await index.addSdist('flavormill', '1.0', { module: `'settings = %r\\n' % (settings,)` });
const server = await startServer(t, localSettings(index, t.testdir()));

/** Posts files that belong together; gives the prebuild once it has ended. */
async function postFiles(files: Record<string, string>): Promise<PrebuildView> {
  const form = new FormData();
  for (const [name, text] of Object.entries(files)) form.append('requirements', new Blob([text]), name);
  const answer = await fetch(`${server.url}/api/v1/prebuilds`, { method: 'POST', body: form });
  const body = (await answer.json()) as PrebuildView;
  if (!answer.ok) throw new Error(JSON.stringify(body));
  return settled(server.url, body.id);
}

async function dryRun(files: Record<string, string>): Promise<DryRun> {
  const form = new FormData();
  for (const [name, text] of Object.entries(files)) form.append('requirements', new Blob([text]), name);
  return (await (
    await fetch(`${server.url}/api/v1/prebuilds?dry-run=true`, { method: 'POST', body: form })
  ).json()) as DryRun;
}

const versions = ({ items }: Pick<PrebuildView, 'items'>) =>
  Object.fromEntries(items.map(({ project, version }) => [project, version]));

t.test('several files with options, constraints and settings become wheels that install', async (t) => {
  const ended = await postFiles({
    'requirements.txt': '-r base.txt\n-c bounds.txt\nflavormill==1.0 -C setup-args=sweet -C setup-args=salty\n',
    'base.txt': '--no-binary bothmill\nbothmill\nnewmill\n',
    'bounds.txt': 'newmill<2\nabsentmill==1\n',
  });
  t.same(states(ended), { bothmill: 'build stored', newmill: 'mirror stored', flavormill: 'build stored' });
  t.match(versions(ended), { newmill: '1.0' });
  t.match(ended.items.find((one) => one.project === 'bothmill')?.lines, [{ file: 'base.txt', line: 2 }]);
  const build = ended.items.find((one) => one.project === 'flavormill')?.build;
  t.match(await json(`${server.url}/api/v1/builds/${build}`), {
    recipe: { configSettings: { 'setup-args': ['sweet', 'salty'] } },
  });

  const install = 'pip install -q --no-cache-dir --no-index --require-hashes';
  const script = 'import bothmill, flavormill; print(bothmill.VALUE, flavormill.settings)';
  t.equal(
    await inSlim(
      target!.runtime,
      `${install} --find-links ${ended.wheels} -r ${ended.requirements} && python -c '${script}'`,
    ),
    "built here {'setup-args': ['sweet', 'salty']}",
    'the list that is handed back installs what was asked for',
  );
});

t.test('what one list has built as it wants it is for lists that ask for the same', async (t) => {
  const rows: [list: string, kind: string, what: string][] = [
    ['flavormill==1.0 -C setup-args=sweet --config-settings=setup-args=salty\n', 'hit stored', 'equal settings'],
    ['--no-binary :all:\nbothmill==1.0\n', 'hit stored', 'the sdist that was asked for'],
    ['bothmill==1.0\n', 'mirror stored', "upstream's wheel, without the option"],
    ['flavormill==1.0\n', 'build stored', 'no settings'],
    ['flavormill==1.0 -C setup-args=sour\n', 'build stored', 'other settings'],
  ];
  for (const [list, kind, what] of rows) {
    const ended = await prebuild(server.url, list, 'deps=false');
    t.same(Object.values(states(ended)), [kind], what);
  }
  t.match(await listedFiles(server.url, 'bothmill'), [{ filename: 'bothmill-1.0-py3-none-any.whl' }]);
  const listed = await listedFiles(server.url, 'flavormill');
  t.equal(listed.length, 1, 'the index lists what was built as the project has it');
});

t.test("a project's recipe decides what its build is, and what is a hit", async (t) => {
  const url = `${server.url}/api/v1/recipes/Flavormill`;
  const recipes = [{ versions: '>=1', configSettings: { 'setup-args': 'minty' }, limits: { pids: 300 } }];
  const built = async () =>
    Object.values(states(await prebuild(server.url, 'flavormill==1.0\n', 'deps=false&refresh=true')));
  t.same(await built(), ['hit stored'], 'as it was built before');
  const body = JSON.stringify({ recipes });
  t.ok((await fetch(url, { method: 'PUT', body, headers: { 'content-type': 'application/json' } })).ok);
  t.same(await built(), ['build stored']);
  t.same(await built(), ['hit stored'], 'the same recipe');
  const { items } = await json<{ items: { key: string }[] }>(`${server.url}/api/v1/builds?project=flavormill`);
  t.match(await json(`${server.url}/api/v1/builds/${items[0]?.key}`), {
    recipe: { configSettings: { 'setup-args': 'minty' } },
    state: 'stored',
  });
  await fetch(url, { method: 'DELETE' });
  t.same(await built(), ['hit stored'], 'what was built without the recipe');
});

t.test('what an option refuses is an item that failed and says so', async (t) => {
  const ended = await prebuild(server.url, '--only-binary newmill\nnewmill==2.0\n', 'deps=false');
  t.match(ended, {
    state: 'failed',
    items: [{ reason: 'no-wheel', message: /--only-binary for newmill/, hint: /option/ }],
  });
});

/** What pip 23 and newer read; `bounds.txt` are constraints. */
const LISTS: [text: string, bounds?: string][] = [
  ['topmill'],
  ['--no-binary bothmill,newmill\ntopmill'],
  ['--no-binary :all:\n--only-binary topmill,earlymill\ntopmill'],
  ['--prefer-binary\ntopmill'],
  ['--only-binary :all:\ntopmill'],
  ['--pre\ntopmill'],
  ['-c bounds.txt\ntopmill', 'newmill<2\nearlymill>=2.0rc1\nabsentmill==1\nbothmill==9; os_name == "nt"\n'],
  ['--prefer-binary\n-c bounds.txt\nnewmill', 'newmill>1'],
];

t.test('pip itself would install the same versions, and build the same of them', async (t) => {
  for (const [text, bounds] of LISTS) {
    const files = { 'requirements.txt': text, ...(bounds && { 'bounds.txt': bounds }) };
    const report = await inSlim(
      target!.runtime,
      `pip install -q --no-cache-dir --dry-run --report /tmp/report.json -i ${index.indexUrl} -r /in/requirements.txt >&2 && cat /tmp/report.json`,
      files,
    );
    const { install } = JSON.parse(report.slice(report.indexOf('{'))) as {
      install: { metadata: { name: string; version: string }; download_info: { url: string } }[];
    };
    const ofPip = install.map(
      ({ metadata, download_info }) =>
        `${metadata.name} ${metadata.version} ${download_info.url.endsWith('.whl') ? 'wheel' : 'sdist'}`,
    );
    const planned = await dryRun(files);
    t.match(planned, { ok: true, complete: true }, text);
    const ours = planned.items.map(
      ({ project, version, kind, wheel }) =>
        `${project} ${version} ${kind === 'build' || wheel?.filename.includes('-1_') ? 'sdist' : 'wheel'}`,
    );
    t.same(ours.sort(), ofPip.sort(), text);
  }
});
