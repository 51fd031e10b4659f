import t from 'tap';
import {
  buildCommand,
  dockerfileLines,
  linesOfPrebuild,
  listName,
  netrcLine,
} from '../../src/core/dockerfile-lines.ts';

const LINES = `FROM python:3.13-slim
ARG WHEELMILL=http://127.0.0.1:8417
RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \\
    list="$WHEELMILL/lists/$(sha256sum /tmp/requirements.txt | cut -d ' ' -f 1)" \\
 && PYTHONDONTWRITEBYTECODE=1 pip install --no-cache-dir --no-index \\
      --find-links "$list/wheels/" -r "$list/requirements.txt"
`;

const runtimeImage = 'python:3.13-slim';
const lines = (server: string, more: { list?: string; target?: string; apt?: string[] } = {}) =>
  dockerfileLines({ server, runtimeImage, list: 'requirements.txt', ...more });

t.equal(lines('http://127.0.0.1:8417'), LINES);

t.test('pip has to be told which plain HTTP to trust', async (t) => {
  const rows: [server: string, option: string | undefined, command: string][] = [
    ['http://127.0.0.1:8417', undefined, '--network=host'],
    ['http://127.9.9.9:8417', undefined, '--network=host'],
    ['http://localhost:8417', undefined, '--network=host'],
    ['http://[::1]:8417', undefined, '--network=host'],
    ['https://wheels.example.com', undefined, 'build .'],
    ['http://wheels.example.com', ' --trusted-host wheels.example.com ', 'build .'],
    ['http://host.docker.internal:8417', ' --trusted-host host.docker.internal:8417 ', 'build .'],
    ['http://10.0.0.5:8417', ' --trusted-host 10.0.0.5:8417 ', 'build .'],
    ['http://127.example.com', ' --trusted-host 127.example.com ', 'build .'],
  ];
  for (const [server, option, command] of rows) {
    if (option === undefined) t.notMatch(lines(server), 'trusted-host', server);
    else t.match(lines(server), option, server);
    t.match(buildCommand(server), command, server);
  }
});

t.test('a server that asks for tokens', async (t) => {
  const server = 'http://10.0.0.5:8417';
  const text = dockerfileLines({ server, runtimeImage, list: 'r.txt', withToken: true });
  const mount = `RUN --mount=type=secret,id=netrc,target=/root/.netrc,required=true \\\n    `;
  t.match(text, `${mount}--mount=type=bind,source=r.txt`);
  const urls = { requirements: `${server}/r`, wheels: `${server}/w`, deps: true };
  t.match(
    linesOfPrebuild({ server, runtimeImage, withToken: true }, urls),
    `${mount}PYTHONDONTWRITEBYTECODE=1 pip install`,
  );
  t.match(linesOfPrebuild({ server, runtimeImage }, { ...urls, deps: false }), ' --no-index --no-deps --trusted-host ');
  t.match(buildCommand(server, true), 'DOCKER_BUILDKIT=1 docker build --secret id=netrc,src=$HOME/.netrc .');
  t.equal(netrcLine('http://[::1]:8417'), 'machine ::1 login __token__ password TOKEN');
});

t.test('the list is called as it is beside the Dockerfile', async (t) => {
  t.match(lines('http://localhost', { list: 'deploy/prod.txt' }), 'source=prod.txt,target=/tmp/requirements.txt');
  t.equal(listName('-'), 'requirements.txt');
  t.equal(listName('/app/requirements.lock'), 'requirements.lock');
});

t.test('a target that was asked for is in the URL', async (t) => {
  t.match(lines('http://localhost', { target: 'python-3.13' }), '-r "$list/requirements.txt?target=python-3.13"');
});

t.test('packages that wheels need come before the wheels', async (t) => {
  const text = dockerfileLines({
    server: 'http://localhost',
    runtimeImage,
    list: 'r.txt',
    apt: ['libgomp1', 'libpq5'],
  });
  const line = `FROM python:3.13-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 libpq5 \\
 && rm -rf /var/lib/apt/lists/*
ARG WHEELMILL=http://localhost
`;
  t.ok(text.startsWith(line), text);
  t.equal(lines('http://127.0.0.1:8417', { apt: [] }), LINES);
});
