import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { makeToken } from '../../src/access/token.ts';
import { readTokens, writeTokens } from '../../src/access/token-file.ts';
import { makeWheel } from '../check/zip-maker.ts';
import { runWheelmill } from '../services/command.ts';
import { freePorts } from '../services/process.ts';
import { publisher } from '../services/publishing.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { until } from './client.ts';
import { clientIn } from './index-clients.ts';
import { startLocalIndex } from './local-index.ts';

t.setTimeout(300_000);

const WHEEL = 'demo_pkg-1.0-py3-none-any.whl';
const LIST = 'demo-pkg==1.0\n';

/** A server of this machine that asks for tokens, made by the command line, and has a second listener. */
async function closedServer(t: Test) {
  const home = t.testdir({ data: {}, dist: {}, pip: {}, uv: {} });
  const index = await startLocalIndex(t);
  const open = await realWheel('millopen', '1.0');
  index.addWheel('millopen', open.filename, open.bytes);
  const [readPort] = await freePorts(1);
  const settings = {
    WHEELMILL_DATA_DIR: join(home, 'data'),
    WHEELMILL_BUILDER: 'process',
    WHEELMILL_UPSTREAM_URL: index.indexUrl,
    WHEELMILL_READ_HOST: '127.0.0.1',
    WHEELMILL_READ_PORT: String(readPort),
  };
  const { code, out, err } = await runWheelmill(['token', 'create', 'anna', '--scope', 'read'], settings);
  t.equal(code, 0, err);
  t.match(out, /^wm_\w+\n$/, 'the secret is all there is on standard output');
  t.notMatch(err, out.trim());
  const file = join(home, 'data', 'tokens');
  t.equal((await stat(file)).mode & 0o777, 0o600);
  const others = [makeToken({ name: 'ci', scopes: ['prebuild'] }), makeToken({ name: 'release', scopes: ['upload'] })];
  await writeTokens(file, [...(await readTokens(file))!.values(), ...others.map(({ token }) => token)]);
  const secrets: Record<string, string> = {
    anna: out.trim(),
    ...Object.fromEntries(others.map(({ token, secret }) => [token.name, secret])),
  };
  const server = await startWheelmill('serve', settings, { waitForTarget: false });
  t.teardown(() => server.stop());
  const wheelmill = (args: string[], more: Record<string, string> = {}) =>
    runWheelmill(args, { WHEELMILL_SERVER: server.url, WHEELMILL_DATA_DIR: settings.WHEELMILL_DATA_DIR, ...more });
  await writeFile(join(home, 'dist', WHEEL), makeWheel());
  return { home, server, secrets, wheelmill, readUrl: `http://127.0.0.1:${readPort}` };
}

/** A URL with a token in it. */
const withToken = (url: string, secret: string) => url.replace('://', `://__token__:${secret}@`);

t.test('twine, uv, pip and the command line with tokens', async (t) => {
  const { home, server, secrets, wheelmill, readUrl } = await closedServer(t);
  const { twine, uv: publish } = publisher(home);
  const dist = join(home, 'dist', WHEEL);
  const upload = (secret: string, user = '__token__') =>
    twine(
      'upload',
      '--disable-progress-bar',
      '--repository-url',
      `${server.url}/legacy/`,
      '-u',
      user,
      '-p',
      secret,
      dist,
    );

  const rows: [what: string, outcome: Awaited<ReturnType<typeof upload>>, code: number, said: RegExp][] = [
    ['twine with anything', await upload('password'), 1, /401.*not known here/s],
    ['twine as another user', await upload(secrets.release!, 'anna'), 1, /401.*the user is __token__/s],
    [
      'twine with too little',
      await upload(secrets.ci!),
      1,
      /403.*The token ci has prebuild; .* needs the scope upload/s,
    ],
    ['twine with the scope', await upload(secrets.release!), 0, /Uploading/],
    ['uv with anything', await publish('publish', '--publish-url', `${server.url}/legacy/`, '-t', 'x', dist), 2, /401/],
    [
      'uv with the scope',
      await publish('publish', '--publish-url', `${server.url}/legacy/`, '-t', secrets.release!, dist),
      0,
      /Uploading|Publishing/,
    ],
  ];
  for (const [what, { code, out }, expected, said] of rows) {
    t.equal(code, expected, `${what}: ${out}`);
    t.match(out, said, what);
  }

  const [pipHome, uvHome] = [join(home, 'pip'), join(home, 'uv')];
  const pip = clientIn(pipHome, 'pip-tools', {
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_CACHE_DIR: '1',
    PIP_NO_INPUT: '1',
  });
  const uv = clientIn(uvHome, '', { UV_NO_CONFIG: '1', UV_NO_CACHE: '1', UV_PYTHON_DOWNLOADS: 'never' });
  let round = 0;
  const byPip = (...args: string[]) =>
    pip('pip', 'install', '-q', '--no-deps', '--target', join(pipHome, `t${++round}`), ...args);
  const byUv = (...args: string[]) =>
    uv('uv', 'pip', 'install', '-q', '--no-deps', '--target', join(uvHome, `t${++round}`), ...args);
  const simple = `${server.url}/simple/`;
  await t.rejects(byPip('--index-url', simple, 'demo-pkg'), { message: /401|No matching distribution/ });
  await t.rejects(byUv('--default-index', simple, 'demo-pkg'), { message: /401/ });
  await t.rejects(byUv('--default-index', withToken(simple, secrets.release!), 'demo-pkg'), { message: /403|scope/ });
  await byPip('--index-url', withToken(simple, secrets.anna!), 'demo-pkg');
  await byUv('--default-index', withToken(simple, secrets.anna!), 'demo-pkg');
  await writeFile(join(home, 'requirements.txt'), LIST);
  const list = `${server.url}/lists/${createHash('sha256').update(LIST).digest('hex')}`;
  const ofList = ['--no-index', '--find-links', `${list}/wheels/`, '-r', `${list}/requirements.txt`];

  const send = ['prebuild', '-r', join(home, 'requirements.txt')];
  await writeFile(join(home, 'ci-token'), `${secrets.ci}\n`);
  const commands: [what: string, ran: Awaited<ReturnType<typeof wheelmill>>, code: number, said: RegExp][] = [
    ['none', await wheelmill(send), 2, /This server asks for a token: .* WHEELMILL_TOKEN/],
    ['a setting', await wheelmill(send, { WHEELMILL_TOKEN: secrets.ci! }), 0, /^ready: 1 of 1 wheels/],
    ['a file', await wheelmill([...send, '--token-file', join(home, 'ci-token')]), 0, /^ready/],
    ['in the URL', await wheelmill([...send, '--server', withToken(server.url, secrets.ci!)]), 0, /^ready/],
    ['a list', await wheelmill(['projects'], { WHEELMILL_TOKEN: secrets.anna! }), 0, /demo-pkg/],
    ['a claim', await wheelmill(['claim', 'x'], { WHEELMILL_TOKEN: secrets.ci! }), 2, /needs the scope admin/],
  ];
  for (const [what, { code, out, err }, expected, said] of commands) {
    t.equal(code, expected, `${what}: ${err}`);
    t.match(out + err, said, what);
    for (const secret of Object.values(secrets)) t.notMatch(out + err, secret);
  }

  await t.rejects(byPip(...ofList), 'a list needs a token, too');
  for (const folder of [pipHome, uvHome])
    await writeFile(join(folder, '.netrc'), `machine 127.0.0.1 login __token__ password ${secrets.anna}\n`, {
      mode: 0o600,
    });
  await byPip(...ofList);
  await byUv(...ofList);
  await byPip('--index-url', simple, 'demo-pkg');
  t.pass('pip and uv find the token in netrc');

  t.equal((await fetch(`${readUrl}/live`)).status, 200, 'the second listener asks for none');
  for (const install of [byPip, byUv]) {
    const bare = install === byPip ? '--index-url' : '--default-index';
    await install(bare, `${readUrl}/simple/`, 'millopen');
    await t.rejects(install(bare, `${readUrl}/simple/`, 'demo-pkg'), 'what is private is not there');
  }

  const listed = await wheelmill(['token', 'list']);
  t.match(listed.out, /\tanna\tvalid\tread\t/);
  t.notMatch(listed.out, /[0-9a-f]{64}/, 'without hashes');
  t.equal((await wheelmill(['token', 'revoke', 'anna'])).code, 0);
  const status = async () => (await fetch(simple, { headers: { authorization: `Bearer ${secrets.anna}` } })).status;
  await until(status, (now) => now === 401);
  await t.rejects(byUv('--default-index', withToken(simple, secrets.anna!), 'demo-pkg'), {
    message: /401|anna \(\w+\) is revoked/,
  });
  for (const secret of Object.values(secrets)) t.notMatch(server.log(), secret, 'no log line has a secret');
  // Before its folder is removed.
  t.equal(await server.stop(), 0);
});

t.test('a server that others can reach does not start without tokens', async (t) => {
  const home = t.testdir();
  await mkdir(join(home, 'data'));
  const settings = { WHEELMILL_DATA_DIR: join(home, 'data'), WHEELMILL_HOST: '0.0.0.0', WHEELMILL_PORT: '0' };
  const { code, err } = await runWheelmill(['serve'], settings);
  t.equal(code, 2);
  t.match(err, /WHEELMILL_HOST=0\.0\.0\.0 lets others .*\n.*wheelmill token create .*\n.*WHEELMILL_AUTH=none/);
  t.notMatch(err, /\n {4}at /);
});

t.test('a first token is made where nobody has made one', async (t) => {
  const home = t.testdir({ data: {} });
  const firstToken = join(home, 'first-token');
  const settings = {
    WHEELMILL_DATA_DIR: join(home, 'data'),
    WHEELMILL_BUILDER: 'process',
    WHEELMILL_FIRST_TOKEN: firstToken,
  };
  const server = await startWheelmill('serve', settings, { waitForTarget: false });
  t.teardown(() => server.stop());
  t.match(server.log(), `read it with: cat ${firstToken}`);
  const secret = (await readFile(firstToken, 'utf8')).trim();
  t.notMatch(server.log(), secret);
  const reindex = (headers: Record<string, string>) =>
    fetch(`${server.url}/api/v1/reindex?check=true`, { method: 'POST', headers });
  t.equal((await reindex({})).status, 401);
  t.equal((await reindex({ authorization: `Bearer ${secret}` })).status, 202, 'it may do everything');
  // Before its folder is removed.
  t.equal(await server.stop(), 0);
});
