import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildView } from '../src/api/builds/view.ts';
import { json, prebuild } from '../test/integration/client.ts';
import { startLocalIndex } from '../test/integration/local-index.ts';
import { localSettings } from '../test/integration/local-server.ts';
import { startWheelmill } from '../test/services/wheelmill.ts';
import { containersOf } from '../test/workers/docker/harness.ts';
import { makeSdist, ownBackend } from '../test/workers/run/sdist.ts';
import type { HostileCase } from './hostile-case.ts';

export type Outcome = { name: string; what: string; expected: string; got: string; seconds: number; faults: string[] };

/** Small enough that each case meets its limit soon. */
const SETTINGS = {
  WHEELMILL_CONCURRENCY: '2',
  WHEELMILL_SELF_HEAL: 'off',
  WHEELMILL_LOG_LEVEL: 'info',
  WHEELMILL_ON_DEMAND: 'on',
  WHEELMILL_BUILD_TIMEOUT: '60s',
  WHEELMILL_SILENCE_TIMEOUT: '20s',
  WHEELMILL_BUILD_MEMORY: '384MiB',
  WHEELMILL_BUILD_DISK: '96MiB',
  WHEELMILL_BUILD_PIDS: '96',
  WHEELMILL_MAX_WHEEL_BYTES: '16MiB',
  WHEELMILL_MAX_LOG_BYTES: '1MiB',
};

/** The process that a case leaves behind is known by its argument. */
const LEFT_BEHIND = '98765';

/** What an honest build looks for: traces of the one before it. */
const CANARY = `
for folder in ('/tmp', '/dev/shm', os.environ['HOME'], os.environ['TMPDIR']):
    assert not os.path.exists(os.path.join(folder, 'wheelmill-poison')), folder
assert not os.path.exists(os.path.expanduser('~/.config/pip/pip.conf'))
assert not os.path.exists('/toolbox/evil')
`;

/** A server, an index of hostile projects, and an honest build after each of them. */
export async function openAttack() {
  const closers: (() => unknown)[] = [];
  const index = await startLocalIndex({ teardown: (closer) => void closers.push(closer) });
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-hostile-'));
  const server = await startWheelmill('serve', { ...localSettings(index, join(folder, 'data')), ...SETTINGS });
  const around = { apiPort: Number(new URL(server.url).port), indexPort: Number(new URL(index.origin).port) };
  let honest = 0;

  async function offer(name: string, sdist: HostileCase['sdist'], hook = ''): Promise<void> {
    if ('archive' in sdist) {
      const { ending, bytes } = await sdist.archive();
      index.addFile(name, `${name}-1.0.${ending}`, bytes);
      return;
    }
    const code = typeof sdist.backend === 'string' ? sdist.backend : sdist.backend(around);
    const files = ownBackend(`${code}\n${goodWheel(name, sdist.module)}`);
    const backend = files['backend.py'] + (hook && hookOf(hook));
    const { path, filename } = await makeSdist(folder, `${name}-1.0`, { ...files, 'backend.py': backend });
    index.addFile(name, filename, await readFile(path));
  }

  async function build(name: string): Promise<{ view: BuildView; log: string }> {
    const { items, failure } = await prebuild(server.url, `${name}==1.0\n`, 'deps=false');
    const key = items[0]?.build;
    if (key === undefined) throw new Error(`${name} was not built: ${JSON.stringify(failure ?? items)}`);
    const log = await fetch(`${server.url}/api/v1/builds/${key}/log`);
    return { view: await json<BuildView>(`${server.url}/api/v1/builds/${key}`), log: await log.text() };
  }

  /** As uv does that installs it: the metadata of the promised wheel. Says what is wrong with the answer. */
  async function foretold(name: string, { reason }: NonNullable<HostileCase['hook']>): Promise<string[]> {
    const headers = { 'user-agent': 'uv/0.9.0', accept: 'application/vnd.pypi.simple.v1+json' };
    const page = `${server.url}/simple/${name}/`;
    const { files } = (await (await fetch(page, { headers })).json()) as { files: { url: string }[] };
    const link = files.map(({ url }) => new URL(url, page).href).find((url) => url.includes('/on-demand/'));
    if (link === undefined) return [`no wheel is promised on ${page}`];
    const answer = await fetch(`${link}.metadata`, { headers });
    const text = await answer.text();
    const isOwn = answer.ok && text.includes(`\nName: ${name}\nVersion: 1.0\n`);
    const named = server
      .log()
      .split('\n')
      .filter((line) => line.includes(`"project":"${name}"`) && line.includes('what the wheel will say'));
    return [
      ...(isOwn ? [] : [`its metadata is answered with ${answer.status}: ${text.slice(0, 300)}`]),
      ...(named.every((line) => line.includes(`"reason":"${reason}"`)) && named.length === (reason ? 1 : 0)
        ? []
        : [`the log says ${named.join('; ') || 'nothing of it'}`]),
    ];
  }

  async function honestBuild(): Promise<string | undefined> {
    const name = `honest${++honest}`;
    await offer(name, { backend: CANARY });
    const { view, log } = await build(name);
    return view.state === 'stored'
      ? undefined
      : `an honest build failed afterwards: ${view.message}\n${log.slice(-500)}`;
  }

  return {
    async run({ name, what, sdist, expected, beside, hook }: HostileCase): Promise<Outcome> {
      const started = performance.now();
      await offer(name, sdist, hook?.code);
      const neighbour = `${name}-neighbour`;
      if (beside !== undefined) await offer(neighbour, { backend: beside });
      const faults = hook ? await foretold(name, hook) : [];
      const [{ view, log }, other] = await Promise.all([
        build(name),
        beside === undefined ? undefined : build(neighbour),
      ]);
      const got = view.state === 'stored' ? 'contained' : `${view.reason}: ${view.message}`;
      if (other && other.view.state !== 'stored')
        faults.push(`its neighbour failed: ${other.view.message}\n${other.log.slice(-500)}`);
      if (
        expected === 'contained'
          ? got !== 'contained'
          : view.reason !== expected.reason || !expected.message.test(view.message ?? '')
      )
        faults.push(`${got}\n${log.slice(-800)}`);
      if (/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(log)) faults.push('its log has control characters');
      const left = [...(await containers()), ...(await processes())];
      if (left.length > 0) faults.push(`it left ${left.join(', ')}`);
      const harmed = await honestBuild();
      if (harmed !== undefined) faults.push(harmed);
      const seconds = (performance.now() - started) / 1000;
      return { name, what, expected: expected === 'contained' ? expected : expected.reason, got, seconds, faults };
    },
    async close() {
      await server.stop();
      for (const closer of closers) await closer();
      await rm(folder, { recursive: true, force: true });
    },
  };

  async function containers(): Promise<string[]> {
    const owner = await readFile(join(folder, 'data/bucket/installation'), 'utf8');
    return containersOf(owner.trim());
  }
}

async function processes(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((one) => /^\d+$/.test(one))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    if (line.startsWith('sleep\0') && line.includes(LEFT_BEHIND)) found.push(`the process ${pid}`);
  }
  return found;
}

/** The function that build front ends ask for metadata. */
function hookOf(code: string): string {
  return `def prepare_metadata_for_build_wheel(out, settings=None):\n${code.replace(/^/gm, '    ')}\n`;
}

/** Python that leaves a sound wheel. */
function goodWheel(name: string, module = 'answer = 42\n'): string {
  const project = name.replaceAll('-', '_');
  return `
import base64, hashlib, zipfile
name, info = '${project}-1.0-py3-none-any.whl', '${project}-1.0.dist-info/'
files = {
    '${project}.py': ${JSON.stringify(module)},
    info + 'METADATA': 'Metadata-Version: 2.1\\nName: ${name}\\nVersion: 1.0\\n',
    info + 'WHEEL': 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
}
digest = lambda text: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()
files[info + 'RECORD'] = ''.join('%s,sha256=%s,%d\\n' % (path, digest(text), len(text)) for path, text in files.items()) + info + 'RECORD,,\\n'
with zipfile.ZipFile(os.path.join(out, name), 'w') as wheel:
    for path, text in files.items():
        wheel.writestr(path, text)
return name
`;
}
