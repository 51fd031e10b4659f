import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { targetName } from '../../src/config.ts';
import { docker, dockerBuild, testTargets } from '../services/docker.ts';
import { startCaddy, startNginx } from '../services/proxies.ts';
import { findProgram, stateDir } from '../services/state.ts';
import { json } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { inSlim } from './slim.ts';
import { allBuilds } from './stored-files.ts';

t.setTimeout(600_000);

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

/** Longer than pip (15 s) and uv (30 s) bear in silence; with TEST_BUILD_SECONDS=190 for those who have the time. */
const SLOW = `time.sleep(${Number(process.env.TEST_BUILD_SECONDS ?? 35)})`;

/** Who installs: with which client, through what, in which of the two images. Each has a slow project of its own. */
type Client = { project: string; image: 0 | 1; pip?: string; through?: 'nginx' | 'caddy' };
const CLIENTS: readonly Client[] = [
  { project: 'slowpip', image: 0, pip: '25.1' },
  { project: 'slowoldpip', image: 1, pip: '23.0' },
  { project: 'slownewpip', image: 1, pip: '26.3' },
  { project: 'slowuv', image: 0 },
  { project: 'slownginxpip', image: 0, pip: '26.3', through: 'nginx' },
  { project: 'slowcaddyuv', image: 0, through: 'caddy' },
];

const dockerfile = ({ pip }: Client) => `ARG IMAGE
FROM $IMAGE
COPY tools /tools
COPY requirements.txt .
ENV PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NO_CONFIG=1
${pip ? `RUN pip install -q --no-index --find-links /tools --target /pip pip==${pip}` : ''}
ARG INDEX
# A port that was another run's would give its layers.
ARG RUN
RUN : $RUN && ${
  pip
    ? 'PYTHONPATH=/pip python -m pip install --no-cache-dir --index-url $INDEX --trusted-host 127.0.0.1 -r requirements.txt'
    : '/tools/uv pip install --system --no-cache --default-index $INDEX -r requirements.txt'
}
RUN python -c "import parent, child, six; from importlib.metadata import version; print(version('parent'))"
`;

t.test('wheels are built for whoever installs them', async (t) => {
  const folder = t.testdir();
  const index = await startLocalIndex(t);
  await index.addSdist('parent', '2.0', { metadata: 'Requires-Dist: child\n', metadataVersion: '2.2' });
  await index.addSdist('child', '3.0');
  await index.addSdist('broken', '1.0', { build: 'raise SystemExit("no luck today")' });
  for (let minor = 0; minor < 60; minor++) await index.addSdist('many', `1.${minor}`);
  // Which versions go with the rest of a list, only their build back-end can tell.
  for (let minor = 0; minor < 10; minor++) {
    const metadata = `Requires-Dist: six${minor > 0 ? '<1.17' : ''}\n`;
    await index.addSdist('walk', `1.${minor}`, { metadata, foretells: true });
  }
  await index.addSdist('fickle', '1.0', { metadata: 'Requires-Dist: six\n', foretells: 'Requires-Dist: child\n' });
  for (const { project } of CLIENTS) await index.addSdist(project, '1.0', { build: SLOW });
  const targets = testTargets().slice(0, 2);
  const server = await startServer(t, {
    ...localSettings(index, join(folder, 'data')),
    WHEELMILL_TARGETS: targets.map(({ build, runtime }) => `${build}=${runtime}`).join(','),
    WHEELMILL_ON_DEMAND: 'on',
    WHEELMILL_CONCURRENCY: '10',
    WHEELMILL_BUILD_MEMORY: '1GiB',
    WHEELMILL_BUILD_DISK: '512MiB',
  });
  const urls = {
    nginx: await startNginx(t, [server.url], join(folder, 'nginx')),
    caddy: await startCaddy(t, server.url, join(folder, 'caddy')),
    directly: server.url,
  };
  const url = `${server.url}/simple/`;
  const buildsOf = async (project: string) =>
    (await allBuilds(server.url)).filter((one) => one.project === project).map((one) => one.state);

  await t.test('by docker build with nothing but an index', { jobs: CLIENTS.length }, async (t) => {
    for (const client of CLIENTS) {
      const { project, through = 'directly', image, pip } = client;
      t.test(`${pip ? `pip ${pip}` : 'uv'} ${through}`, async (t) => {
        const context = join(folder, project);
        await mkdir(join(context, 'tools'), { recursive: true });
        if (pip)
          await copyFile(
            join(stateDir, 'tools/pips', `pip-${pip}-py3-none-any.whl`),
            join(context, 'tools', `pip-${pip}-py3-none-any.whl`),
          );
        else await copyFile(findProgram('uv'), join(context, 'tools/uv'));
        await writeFile(join(context, 'requirements.txt'), `parent\n${project}\nsix==1.17.0\n`);
        await writeFile(join(context, 'Dockerfile'), dockerfile(client));
        const tag = `wheelmill-test-on-demand:${project}-${process.pid}`;
        t.teardown(() => docker('rmi', '-f', tag).catch(() => undefined));
        const values = { IMAGE: targets[image]!.runtime, INDEX: `${urls[through]}/simple/`, RUN: randomUUID() };
        await dockerBuild({ tag, file: join(context, 'Dockerfile'), context, arguments: values });
        t.same(await buildsOf(project), ['stored'], 'built once');
      });
    }
  });
  t.same(await buildsOf('child'), ['stored'], 'a pure wheel is built for one of both targets');

  await t.test('a build that fails says so, to the next at once', async (t) => {
    const pip = `pip install --no-cache-dir --index-url ${url} broken`;
    const uv = `uv pip install --system --no-cache --default-index ${url} broken`;
    const said = await inSlim(
      targets[0]!.runtime,
      `for at in 1 2; do ${pip} 2>&1 && exit 1; done; ${uv} 2>&1 && exit 1; true`,
    );
    const told = said.match(/could not build broken 1\.0 for \S+ \(build-error\), see http:\S+\/log/g) ?? [];
    t.ok(told.length >= 3, said);
    t.equal(new Set(told).size, 1, 'to pip twice and to uv, the same');
    const log = told[0]?.split('see ')[1];
    t.match(await (await fetch(log!)).text(), 'no luck today', 'with its log');
    t.same(await buildsOf('broken'), ['failed'], 'it is built once');
  });

  await t.test('of sixty versions one is built, and old ones for a pin', async (t) => {
    const page = `${server.url}/t/${targetName(targets[0]!.build)}/simple/many/`;
    const newest = async () => {
      const { files } = await json<{ files: { filename: string; url: string }[] }>(`${page}?format=${JSON_TYPE}`);
      const { filename, url } = files.find((one) => one.filename.startsWith('many-1.59-'))!;
      return { filename, url: new URL(url, page).href };
    };
    const promised = await newest();
    t.match(promised.filename, '-0_');
    const installed = await inSlim(
      targets[0]!.runtime,
      `uv pip install -q --no-cache --default-index ${url} --target /a many &
pip install -q --no-cache-dir --index-url ${url} --target /b many==1.3 &
uv pip install -q --no-cache --default-index ${url} --target /c many==1.4 &
wait; ls -d /?/*.dist-info`,
    );
    t.match(installed, /^\/a\/many-1\.59\.dist-info\n\/b\/many-1\.3\.dist-info\n\/c\/many-1\.4\.dist-info/);
    t.equal((await buildsOf('many')).join(' '), 'stored stored stored');
    const stored = await newest();
    t.match(stored.filename, '-1_', 'what is built stands on the page');
    const answer = await fetch(promised.url, { redirect: 'manual' });
    t.equal(answer.status, 307);
    t.equal(answer.headers.get('cache-control'), 'no-store');
    t.equal(
      new URL(answer.headers.get('location')!, promised.url).pathname.replace(/^\/t\/[^/]+/, ''),
      new URL(stored.url).pathname.replace(/^\/t\/[^/]+/, ''),
      'where the promise leads to it',
    );
  });

  await t.test('a resolver that looks at ten versions has two built', async (t) => {
    const installed = await inSlim(
      targets[0]!.runtime,
      `pip install -q --no-cache-dir --index-url ${url} --target /a walk six==1.17.0 &
uv pip install -q --no-cache --default-index ${url} --target /b walk six==1.17.0 &
wait; ls -d /?/walk*.dist-info`,
    );
    t.match(installed, /^\/a\/walk-1\.0\.dist-info\n\/b\/walk-1\.0\.dist-info/);
    t.same(await buildsOf('walk'), ['stored', 'stored'], 'and the newest, which most lists take');
  });

  await t.test('a wheel that needs something else than was said before is not handed to who was told so', async (t) => {
    const install = `pip install -q --no-cache-dir --index-url ${url} --target /a fickle`;
    const said = await inSlim(targets[0]!.runtime, `${install} 2>&1 && exit 1; ${install} 2>&1; ls -d /a/*.dist-info`);
    t.match(said, /needs something else than its sdist has said before; run this again/);
    t.match(said, /\/a\/fickle-1\.0\.dist-info\n\/a\/six-/, 'and then it has what the wheel needs');
  });

  // Its folder goes before anything else does, and it may be proving a wheel that nobody waits for.
  t.equal(await server.stop(), 0);
});
