import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { docker, dockerBuild, testTargets } from '../services/docker.ts';
import { startCaddy, startNginx } from '../services/proxies.ts';
import { findProgram, stateDir } from '../services/state.ts';
import { json } from './client.ts';
import { startLocalIndex } from './local-index.ts';
import { localSettings, startServer } from './local-server.ts';
import { inSlim } from './slim.ts';
import { allBuilds } from './stored-files.ts';

t.setTimeout(280_000);

/** Longer than pip (15 s) and uv (30 s) bear in silence. */
const SLOW = 'time.sleep(40)';

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
RUN ${
  pip
    ? 'PYTHONPATH=/pip python -m pip install --no-cache-dir --index-url $INDEX --trusted-host 127.0.0.1 -r requirements.txt'
    : '/tools/uv pip install --system --no-cache --default-index $INDEX -r requirements.txt'
}
RUN python -c "import parent, child, six; from importlib.metadata import version; print(version('parent'))"
`;

t.test('wheels are built for whoever installs them', async (t) => {
  const folder = t.testdir();
  const index = await startLocalIndex(t);
  await index.addSdist('parent', '2.0', { metadata: 'Requires-Dist: child\n' });
  await index.addSdist('child', '3.0');
  await index.addSdist('broken', '1.0', { build: 'raise SystemExit("no luck today")' });
  for (let minor = 0; minor < 60; minor++) await index.addSdist('many', `1.${minor}`);
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
        const values = { IMAGE: targets[image]!.runtime, INDEX: `${urls[through]}/simple/` };
        await dockerBuild({ tag, file: join(context, 'Dockerfile'), context, arguments: values });
        t.same(await buildsOf(project), ['stored'], 'built once');
      });
    }
  });
  t.same(await buildsOf('child'), ['stored'], 'a pure wheel is built for one of both targets');

  await t.test('a build that fails says so, to the next at once', async (t) => {
    const failing = async (script: string) => {
      const error = await inSlim(targets[0]!.runtime, script).then(
        () => new Error('it was installed'),
        (error) => error,
      );
      return String(error.stderr ?? error);
    };
    const pip = `pip install --no-cache-dir --index-url ${url} broken`;
    for (const round of ['the first', 'the second']) {
      const said = await failing(pip);
      t.match(said, /could not build broken 1\.0 .*\(build-error\), see http:\S+\/log/, `pip, ${round} time`);
      const log = /see (http:\S+\/log)/.exec(said)?.[1];
      t.match(await (await fetch(log!)).text(), 'no luck today', 'with its log');
    }
    t.match(
      await failing(`uv pip install --system --no-cache --default-index ${url} broken`),
      /could not build broken 1\.0/,
      'uv',
    );
    t.same(await buildsOf('broken'), ['failed'], 'it is built once');
  });

  await t.test('of sixty versions one is built', async (t) => {
    const said = await inSlim(
      targets[0]!.runtime,
      `uv pip install --system --no-cache --default-index ${url} many 2>&1; pip install -q --no-cache-dir --index-url ${url} --target /old many==1.3; ls /old`,
    );
    t.match(said, /many==1\.59/);
    t.match(said, /many-1\.3\.dist-info/, 'and an old one for a pin');
    t.same(await buildsOf('many'), ['stored', 'stored']);
  });

  await t.test('what is built stands on the page, and its promise leads to it', async (t) => {
    const page = await json<{ files: { filename: string; url: string }[] }>(
      `${url}many/?format=application/vnd.pypi.simple.v1+json`,
    );
    const { filename } = page.files.find((one) => one.filename.startsWith('many-1.59-'))!;
    t.match(filename, /-1_/, 'no promise beside it');
  });
});
