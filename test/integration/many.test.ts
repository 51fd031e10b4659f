import t from 'tap';
import { post, settled, states } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { allBuilds, everyListedFileIsWhole } from './stored-files.ts';

t.setTimeout(180_000);

const index = await startLocalIndex(t);
/** Long enough that all postings come while the first of these builds. */
const SLOW = { build: 'time.sleep(1.5)' };

async function offer(name: string): Promise<string> {
  const sha256 = await index.addSdist(name, '1.0', SLOW);
  return `/files/${sha256}/${name}-1.0.tar.gz`;
}

t.test('many lists at once build each package once', async (t) => {
  const server = await startServer(t, localSettings(index, t.testdir()));

  await t.test('100 equal lists are one prebuild', async (t) => {
    const names = ['alpha', 'beta', 'gamma'];
    const sdists = await Promise.all(names.map(offer));
    const list = names.map((name) => `${name}==1.0\n`).join('');
    const answers = await Promise.all(Array.from({ length: 100 }, () => post(server.url, list)));
    t.same([...new Set(answers.map((one) => one.status))], [202]);
    t.equal(new Set(answers.map(({ body }) => `${body.id} ${body.attempt}`)).size, 1, 'one id, one attempt');
    const ended = await settled(server.url, answers[0]!.body.id);
    t.same(states(ended), { alpha: 'build stored', beta: 'build stored', gamma: 'build stored' });
    t.match(ended, { state: 'ready', attempt: 1 });
    const builds = (await allBuilds(server.url)).sort((one, other) => (one.project < other.project ? -1 : 1));
    t.match(
      builds,
      names.map((project) => ({ project, state: 'stored', attempts: 1, run: 1 })),
    );
    t.equal(builds.length, names.length, 'one build a package');
    t.same(
      sdists.map((path) => index.asked(path)),
      [1, 1, 1],
      'each sdist was fetched once',
    );
  });

  await t.test('different lists that need one sdist share its build', async (t) => {
    const shared = await offer('shared');
    await Promise.all(['left', 'right'].map(offer));
    const marked = 'shared==1.0; python_version > "3"\n';
    const lists = ['shared==1.0\n', 'shared==1.0\nleft==1.0\n', 'right==1.0\nshared==1.0\n', marked];
    const answers = await Promise.all([
      ...lists.map((list) => post(server.url, list)),
      post(server.url, 'shared==1.0\n', 'deps=false'),
    ]);
    const ended = await Promise.all(answers.map(({ body }) => settled(server.url, body.id)));
    t.equal(new Set(ended.map((one) => one.id)).size, 5, 'five prebuilds');
    for (const one of ended) t.equal(one.state, 'ready', one.items.map((item) => item.project).join(' '));
    const wheels = ended.map((one) => one.items.find((item) => item.project === 'shared')?.wheel);
    t.ok(wheels[0]?.filename);
    t.same(wheels, Array(5).fill(wheels[0]), 'all got the same wheel');
    t.match(
      (await allBuilds(server.url)).filter((one) => one.project === 'shared'),
      [{ attempts: 1, run: 1 }],
    );
    t.equal(index.asked(shared), 1);
  });

  t.equal((await everyListedFileIsWhole(t, server.url)).length, 6);
});
