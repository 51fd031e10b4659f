import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { makeToken } from '../../src/access/token.ts';
import { writeTokens } from '../../src/access/token-file.ts';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { send } from '../upstream/index-server.ts';
import { until } from './client.ts';
import { lock, startLocalIndex } from './local-index.ts';
import { localSettings } from './local-server.ts';

t.setTimeout(600_000);

const USER = 'upstream-reader';
const PASSWORD = 'n0t-f0r-anyb0dy';

/** Prints all that a build can read of where it is: what is in a container is in the log then. */
const SPY = `
import glob
for path in ['/proc/1/environ', '/proc/self/environ', '/etc/pip.conf', *glob.glob('/etc/**/*.conf', recursive=True)]:
    try: print(path, open(path, 'rb').read())
    except OSError as error: print(path, error)
for root in (os.path.expanduser('~'), '/tmp', os.getcwd()):
    for folder, _, names in os.walk(root):
        for name in names:
            try: print(folder, name, open(os.path.join(folder, name), 'rb').read(5000))
            except OSError: pass
print('ALL', dict(os.environ))`;

/** Every file below a folder, unpacked where it is packed, by its path. */
async function* filesIn(folder: string): AsyncGenerator<[path: string, text: string]> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile()) {
      const bytes = await readFile(path);
      yield [path, (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('latin1')];
    }
  }
}

t.test('no credential is in what a run leaves and shows', async (t) => {
  const folder = t.testdir({ data: {} });
  const index = await startLocalIndex(t);
  await index.addSdist('millspy', '1.0', { build: SPY });
  const { filename, bytes } = await realWheel('millwheel', '1.0');
  index.addWheel('millwheel', filename, bytes);
  await index.addSdist('millgone', '1.0');
  await index.addSdist('millbroken', '1.0', { build: 'raise SystemExit("no")' });
  // Listed, and not to be had: the errors of fetches are told with where they went.
  for (const path of index.routes.keys())
    if (path.includes('millgone-1.0')) index.routes.set(path, send('gone', 'text/plain', {}, 410));
  index.routes.set('/simple/millaway/', send('sorry', 'text/plain', {}, 500));
  lock(index, USER, PASSWORD);

  const { token, secret } = makeToken({ name: 'ci', scopes: ['prebuild'] });
  const data = join(folder, 'data');
  await writeTokens(join(data, 'tokens'), [token]);
  const settings = localSettings({ indexUrl: index.indexUrl.replace('://', `://${USER}:${PASSWORD}@`) }, data);
  const server = await startWheelmill('serve', { ...settings, WHEELMILL_LOG_LEVEL: 'debug' }, { waitForTarget: false });
  t.teardown(() => server.stop());

  const pages: [path: string, text: string][] = [];
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'text/plain' };
    const answer = await fetch(path.startsWith('http') ? path : server.url + path, { ...init, headers });
    const text = await answer.text();
    pages.push([path, `${[...answer.headers].join('\n')}\n${text}`]);
    return text;
  };
  const prebuild = async (list: string): Promise<PrebuildView> => {
    const { id } = JSON.parse(await ask('/api/v1/prebuilds', { method: 'POST', body: list })) as PrebuildView;
    const look = async () => JSON.parse(await ask(`/api/v1/prebuilds/${id}?wait=60`)) as PrebuildView;
    return until(look, (view) => view.endedAt !== undefined);
  };

  const good = await prebuild('millspy==1.0\nmillwheel==1.0\n');
  t.equal(good.state, 'ready', JSON.stringify(good));
  const bad = await prebuild('millgone==1.0\nmillbroken==1.0\n');
  t.equal(bad.state, 'failed', JSON.stringify(bad));
  const none = await prebuild('millaway==1.0\n');
  t.equal(none.state, 'failed', JSON.stringify(none));
  const logs: string[] = [];
  for (const { id, items, requirements, wheels } of [good, bad, none]) {
    for (const { build } of items)
      if (build) for (const path of ['', '/log']) logs.push(await ask(`/api/v1/builds/${build}${path}`));
    for (const url of [requirements, wheels]) if (url) await ask(url);
    await ask(`/prebuilds/${id}/wheels/`);
  }
  t.match(logs.join(), /ALL \{'/, 'the build has told all that it could see');
  for (const path of ['prebuilds', 'builds', 'projects', 'targets', 'workers', 'claims', 'recipes'])
    await ask(`/api/v1/${path}`);
  for (const name of ['millspy', 'millwheel', 'millgone', 'millaway', 'no-such-project']) {
    await ask(`/simple/${name}/`);
    await ask(`/api/v1/projects/${name}`);
  }
  await ask('/api/v1/prebuilds?dry-run=true', { method: 'POST', body: 'millgone\nmillaway\n' });
  await ask('/docs');
  await server.stop();

  const places = [...pages, ['the log', server.log()] as const];
  for await (const file of filesIn(folder)) places.push(file);
  t.ok(places.length > 60, 'much is left');
  t.ok(
    index.requests.some(({ headers }) => headers.authorization !== undefined),
    'the index was asked with the password',
  );
  const basic = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString('base64');
  const credentials = [PASSWORD, basic(USER, PASSWORD), secret, secret.split('_')[2]!, basic('__token__', secret)];
  const leaks = places.filter(([, text]) => credentials.some((one) => text.includes(one))).map(([place]) => place);
  t.same(leaks, [], `none of ${places.length} files, pages and logs has any`);
});

t.test('whatever is in an error, the log has no credential', async (t) => {
  const { secret } = makeToken({ name: 'any', scopes: ['read'] });
  const cause = `new Error('connect redis://:${PASSWORD}@127.0.0.1:6379', { cause: { url: 'http://a:${PASSWORD}@h/' } })`;
  const code = `
    import { createLog } from ${JSON.stringify(new URL('../../src/assemble.ts', import.meta.url).href)};
    const log = createLog({ logLevel: 'info' });
    log.error({ err: new Error('GET https://${USER}:${PASSWORD}@h/simple/ failed', { cause: ${cause} }) }, 'it failed');
    log.warn({ req: { headers: { authorization: 'Bearer ${secret}', cookie: 'wheelmill_token=${secret}' } } }, 'asked');
    log.info('Basic ${Buffer.from(PASSWORD).toString('base64')} and ${secret}');`;
  const { stderr } = await promisify(execFile)(process.execPath, ['--import=tsx', '--input-type=module', '-e', code]);
  t.match(stderr, /"msg":"it failed"[\s\S]*"msg":"asked"[\s\S]*Basic \*\*\* and wm_\w{12}_\*\*\*/);
  for (const one of [PASSWORD, secret, Buffer.from(PASSWORD).toString('base64')]) t.notOk(stderr.includes(one), stderr);
  for (const line of stderr.trim().split('\n')) JSON.parse(line);
});
