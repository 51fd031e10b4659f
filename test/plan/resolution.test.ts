import t, { type Test } from 'tap';
import { readLists } from '../../src/core/read-lists.ts';
import { BuildFailure } from '../../src/errors.ts';
import { planList } from '../../src/plan/planner.ts';
import type { ListToResolve } from '../../src/plan/resolution.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { TARGET } from '../core/planning-data.ts';
import { createIndexServer } from '../upstream/index-server.ts';
import { offer } from './offers.ts';

/** `one` has wheels of both versions and needs `dep`, whose newest version has no wheel and whose oldest no sdist. */
const PROJECTS = {
  one: [{ filename: 'one-1.0-py3-none-any.whl' }, { filename: 'one-2.0-py3-none-any.whl', requires: ['dep'] }],
  dep: [
    { filename: 'dep-1.0-py3-none-any.whl' },
    { filename: 'dep-2.0-py3-none-any.whl' },
    { filename: 'dep-2.0.tar.gz' },
    { filename: 'dep-3.0.tar.gz' },
    { filename: 'dep-4.0-py3-none-any.whl' },
    { filename: 'dep-5.0.tar.gz' },
  ],
};

/** A resolver that takes the first version of `dep` which no constraint excludes; 0 where `needs` are not left. */
function resolver(newestFirst: string[], needs: string[] = []) {
  const asked: ListToResolve[] = [];
  const resolve = async (list: ListToResolve) => {
    asked.push(list);
    const isOut = (version: string) => list.constraints.some((one) => one.split(/^dep|,/).includes(`!=${version}`));
    const version = newestFirst.find((one) => !isOut(one) && (needs.length === 0 || needs.includes(one)));
    if (version === undefined) throw new BuildFailure('resolve-failed', 'no version of dep is left');
    return [
      { name: 'one', version: '2.0' },
      { name: 'dep', version },
    ];
  };
  return { asked, resolve };
}

async function plan(
  t: Test,
  texts: Record<string, string>,
  resolve: (list: ListToResolve) => Promise<{ name: string; version: string }[]>,
) {
  const server = await createIndexServer(t);
  offer(server, PROJECTS);
  const store = createFileStore({ folder: t.testdir() });
  const upstream = createUpstream({ indexes: [parseIndexUrl(server.indexUrl)!], store });
  t.teardown(() => upstream.close());
  const { faults, ...lists } = readLists(
    Object.entries(texts).map(([name, text]) => ({
      name,
      bytes: new TextEncoder().encode(text),
      role: name === 'constraints.txt' ? 'constraints' : 'requirements',
    })),
  );
  t.same(faults, []);
  const outcome = await planList(
    { store, upstream },
    { ...lists, options: { ...lists.options, deps: true } },
    TARGET,
    resolve,
  );
  return outcome!.planned.map(({ wanted, choice }) => `${wanted.name} ${choice.kind} ${choice.version}`);
}

const NEWEST = ['5.0', '4.0', '3.0', '2.0', '1.0'];
const rows: [what: string, list: string, needs: string[], rounds: number, dep: string][] = [
  ['without options', 'one', [], 1, 'dep build 5.0'],
  ['--prefer-binary: an older wheel', '--prefer-binary\none', [], 2, 'dep mirror 4.0'],
  ['--prefer-binary, where only an sdist does', '--prefer-binary\none', ['5.0', '3.0'], 3, 'dep build 5.0'],
  ['--only-binary', '--only-binary :all:\none', [], 2, 'dep mirror 4.0'],
];

t.test('versions of dependencies that options refuse are taken from the resolver', async (t) => {
  for (const [what, list, needs, rounds, dep] of rows) {
    const { asked, resolve } = resolver(NEWEST, needs);
    t.same(await plan(t, { 'requirements.txt': list }, resolve), ['one mirror 2.0', dep], what);
    t.equal(asked.length, rounds, `${what}: rounds`);
  }
});

t.test('--no-binary: what has no sdist is not chosen', async (t) => {
  const { asked, resolve } = resolver(['4.0', '3.0']);
  t.same(await plan(t, { 'requirements.txt': '--no-binary dep\none' }, resolve), ['one mirror 2.0', 'dep build 3.0']);
  t.same(asked.at(-1)?.constraints, ['dep!=4.0,!=1.0']);
});

t.test('what the resolver is told', async (t) => {
  const { asked, resolve } = resolver(['2.0']);
  const options = '--only-final :all:\n--all-releases dep\n--no-binary other\n--only-binary one\n';
  const planned = await plan(
    t,
    {
      'requirements.txt': `${options}one -C flavour=sweet\nleft; os_name == "nt"`,
      'constraints.txt': 'dep==2.0\nleft<1; os_name == "nt"',
    },
    resolve,
  );
  t.same(planned, ['one mirror 2.0', 'dep mirror 2.0']);
  t.same(asked, [
    {
      lines: ['one'],
      constraints: ['dep==2.0'],
      options: { allReleases: ['dep'], onlyFinal: [':all:'], noBinary: ['other'], onlyBinary: ['one'] },
    },
  ]);
});

t.test('a resolver that fails for another reason is not asked again', async (t) => {
  let calls = 0;
  const resolve = async () => {
    calls += 1;
    throw new BuildFailure('worker-lost', 'gone');
  };
  await t.rejects(plan(t, { 'requirements.txt': '--prefer-binary\none' }, resolve), { message: 'gone' });
  t.equal(calls, 1);
});
