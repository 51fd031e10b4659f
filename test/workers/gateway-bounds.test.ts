import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import t, { type Test } from 'tap';
import { createFileStore } from '../../src/storage/file-store.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { createGateway } from '../../src/workers/gateway.ts';
import { BUILD_BOUNDS, type GatewayBounds } from '../../src/workers/gateway-bounds.ts';
import { diagnose } from '../../src/workers/run/diagnose.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { sha256 } from '../storage/wheel.ts';
import { createIndexServer, page, send } from '../upstream/index-server.ts';

/** A gateway with the wheel `leaf`, and doors of it on loopback. */
async function setUp(t: Test) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const store = createFileStore({ folder: join(folder, 'bucket') });
  const server = await createIndexServer(t);
  const leaf = await realWheel('leaf', '1.5');
  const hash = sha256(leaf.bytes);
  server.routes.set(`/files/${leaf.filename}`, send(leaf.bytes));
  const file = { filename: leaf.filename, url: `../../files/${leaf.filename}`, hashes: { sha256: hash } };
  server.routes.set('/simple/leaf/', page([file]));
  const upstream = createUpstream({ indexes: [parseIndexUrl(server.indexUrl)!], store, retryDelays: [] });
  const gateway = await createGateway({ upstream, store, scratch, log: pino({ level: 'silent' }) });
  t.teardown(async () => {
    await gateway.close();
    await upstream.close();
  });
  const door = async (bounds: Partial<GatewayBounds> | 'none') => {
    const told: string[] = [];
    const view = gateway.view({
      storedWheels: false,
      bounds: bounds === 'none' ? bounds : { ...BUILD_BOUNDS, ...bounds },
      onRefusal: (why) => told.push(why),
    });
    const listener = createServer((socket) => view.accept(Duplex.from(socket)));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    t.teardown(() => listener.close());
    const { port } = listener.address() as AddressInfo;
    return { told, port, origin: `http://127.0.0.1:${port}` };
  };
  return { folder, leaf, door, wheel: `/upstream/leaf/${hash}/${leaf.filename}` };
}

async function statuses(url: string, count: number): Promise<number[]> {
  const found: number[] = [];
  for (let at = 0; at < count; at += 1) found.push((await fetch(url)).status);
  return found;
}

t.test('so many requests and no more, and another build is not held to account for them', async (t) => {
  const { door } = await setUp(t);
  const { origin, told } = await door({ requests: 3 });
  t.same(await statuses(`${origin}/simple/leaf/`, 5), [200, 200, 200, 429, 429]);
  const refused = await fetch(`${origin}/no/such/path`);
  t.match(refused, { status: 429, statusText: 'A build may ask the index 3 times.' });
  t.match(await refused.json(), { code: 'rate-limited', detail: 'A build may ask the index 3 times.' });
  t.equal(refused.headers.get('retry-after'), null, 'asking again is of no use');
  t.same(told, ['A build may ask the index 3 times.'], 'the log is told once');
  const other = await door({ requests: 3 });
  t.same(await statuses(`${other.origin}/simple/leaf/`, 2), [200, 200]);
  t.same(other.told, []);
  const ours = await door('none');
  t.same(await statuses(`${ours.origin}/simple/leaf/`, 5), Array(5).fill(200));
});

t.test('so many at once: asking again later is of use', async (t) => {
  const { door } = await setUp(t);
  const { origin, told } = await door({ atOnce: 2, seconds: 3600 });
  t.same(await statuses(`${origin}/simple/leaf/`, 2), [200, 200]);
  const refused = await fetch(`${origin}/simple/leaf/`);
  t.match(refused, { status: 429, statusText: 'A build may ask the index 2 times in 3600 seconds.' });
  const seconds = Number(refused.headers.get('retry-after'));
  t.ok(seconds > 0 && seconds <= 3600, `${seconds}`);
  t.equal(told.length, 1);
});

t.test('so many bytes, of which not one more goes out', async (t) => {
  const { door, leaf, wheel } = await setUp(t);
  const size = leaf.bytes.length;
  const { origin, told } = await door({ bytes: 2 * size });
  for (let at = 0; at < 2; at += 1) t.equal((await (await fetch(origin + wheel)).arrayBuffer()).byteLength, size);
  for (const request of [{}, { headers: { range: 'bytes=0-0' } }]) {
    const refused = await fetch(origin + wheel, request);
    t.match(refused, { status: 429, statusText: `A build may have ${2 * size} bytes of the index.` });
    t.match(await refused.json(), { code: 'rate-limited' });
  }
  t.equal((await fetch(origin + wheel, { method: 'HEAD' })).status, 200, 'an answer without a body costs nothing');
  t.equal(told.length, 1);
});

t.test('so many connections; one that ends makes room', async (t) => {
  const { door } = await setUp(t);
  const { port, told } = await door({ connections: 2 });
  const ask = 'GET /simple/leaf/ HTTP/1.1\r\nHost: index\r\n\r\n';
  const answerTo = async (socket: ReturnType<typeof connect>) => {
    socket.write(ask);
    return String(await once(socket, 'data')).split('\r\n')[0];
  };
  const [first, second] = [connect(port), connect(port)];
  for (const socket of [first, second]) t.equal(await answerTo(socket), 'HTTP/1.1 200 OK');
  t.match(await text(connect(port)), /^HTTP\/1\.1 429 Too many connections/, 'it is told, and ended');
  t.same(told, ['A build may have 2 connections to the index at once.']);
  first.destroy();
  // The end of the first is seen by the gateway at some time after this.
  for (let answer = ''; !answer.includes('200'); ) {
    const socket = connect(port);
    socket.on('error', () => {});
    answer = (await answerTo(socket).catch(() => '')) ?? '';
    socket.destroy();
  }
  second.destroy();
});

t.test('what a client prints of it is named as the reason of the build', async (t) => {
  const { door, folder } = await setUp(t);
  const { origin } = await door({ requests: 1 });
  const arguments_ = ['-m', 'pip', 'install', '--no-cache-dir', '--target', folder, '-i', `${origin}/simple/`, 'leaf'];
  const env = { ...process.env, PIP_CONFIG_FILE: '/dev/null', PIP_FIND_LINKS: '', PIP_NO_INDEX: '' };
  const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = execFile('python3', arguments_, { env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
  t.equal(code, 1);
  t.match(output, /429 A build may ask the index 1 times|429 Client Error: A build may ask the index 1 times/);
  t.match(diagnose(output, 1), {
    reason: 'build-error',
    message: /^The build asked too much of the index behind it: "A build may ask the index 1 times/,
  });
});
