import { execFile } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import t, { type Test } from 'tap';
import { paths } from '../../src/storage/bucket-paths.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { parseIndexUrl } from '../../src/upstream/upstream-index.ts';
import { createGateway } from '../../src/workers/gateway.ts';
import { BUILD_BOUNDS, type GatewayBounds } from '../../src/workers/gateway-bounds.ts';
import { diagnose } from '../../src/workers/run/diagnose.ts';
import { realWheel } from '../simple/real-wheel.ts';
import { sha256 } from '../storage/wheel.ts';
import { createIndexServer, type Handler, page, send } from '../upstream/index-server.ts';

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
    const accepted: Duplex[] = [];
    const view = gateway.view({
      storedWheels: false,
      bounds: bounds === 'none' ? bounds : { ...BUILD_BOUNDS, ...bounds },
      onRefusal: (why) => told.push(why),
    });
    const listener = createServer((socket) => {
      accepted.push(Duplex.from(socket));
      view.accept(accepted.at(-1)!);
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    t.teardown(() => listener.close());
    const { port } = listener.address() as AddressInfo;
    return { told, accepted, port, origin: `http://127.0.0.1:${port}` };
  };
  /** Has upstream offer one sdist of a project, with what the page says of it besides. */
  const offer = (
    project: string,
    bytes: Buffer,
    handler: Handler = send(bytes),
    told: Record<string, unknown> = {},
  ) => {
    const filename = `${project}-1.0.tar.gz`;
    const hash = sha256(bytes);
    server.routes.set(
      `/simple/${project}/`,
      page([{ filename, url: `../../files/${filename}`, hashes: { sha256: hash }, ...told }]),
    );
    server.routes.set(`/files/${filename}`, handler);
    return {
      path: `/upstream/${project}/${hash}/${filename}`,
      asked: () => server.asked(`/files/${filename}`),
      isKept: async () => (await store.head(paths.upstreamFile(hash, filename))) !== undefined,
    };
  };
  return { folder, scratch, server, leaf, door, offer, wheel: `/upstream/leaf/${hash}/${leaf.filename}` };
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

/** What goes out of these requests is nothing or next to nothing. */
const SMALL_ANSWERS: [what: string, status: number, request: (hash: string) => RequestInit][] = [
  ['a range', 206, () => ({ headers: { range: 'bytes=0-0' } })],
  ['a condition', 304, (hash) => ({ headers: { 'if-none-match': `"${hash}"` } })],
  ['HEAD', 200, () => ({ method: 'HEAD' })],
];

for (const isSizeKnown of [true, false])
  for (const [what, status, request] of SMALL_ANSWERS.filter(([what]) => !isSizeKnown || what !== 'HEAD'))
    t.test(
      `what is fetched counts, not what is sent of it: ${what}, size ${isSizeKnown ? '' : 'un'}known`,
      async (t) => {
        const { door, offer, scratch } = await setUp(t);
        const [first, second] = ['first', 'second'].map((name) => Buffer.alloc(300_000, name)) as [Buffer, Buffer];
        const size = (bytes: Buffer) => (isSizeKnown ? { size: bytes.length } : {});
        const one = offer('first', first, send(first), size(first));
        // It would never end: who asked for it ends it.
        const upstream = new EventEmitter();
        const ended = once(upstream, 'ended');
        const endless: Handler = (_request, response) => {
          response.once('close', () => upstream.emit('ended')).write(second.subarray(0, 250_000));
        };
        const two = offer('second', second, endless, size(second));
        const { origin, told } = await door({ bytes: 400_000 });
        t.equal((await fetch(origin + one.path, request(sha256(first)))).status, status);
        t.ok(await one.isKept());
        t.equal((await fetch(origin + two.path, request(sha256(second)))).status, 429);
        if (!isSizeKnown) await ended;
        t.equal(two.asked(), isSizeKnown ? 0 : 1, 'what is known to be too much is not begun');
        t.notOk(await two.isKept());
        t.same(await readdir(scratch), []);
        t.same(told, ['A build may have 400000 bytes of the index.']);
        const asked = two.asked();
        t.equal((await fetch(origin + two.path, request(sha256(second)))).status, 429);
        t.equal(two.asked(), asked, 'nothing is left, nothing more is fetched');
        const other = await door({ bytes: 2 });
        for (const answer of [206, 206, 429])
          t.equal((await fetch(other.origin + one.path, { headers: { range: 'bytes=0-0' } })).status, answer);
        t.equal(one.asked(), 1, 'what is kept costs what is sent');
      },
    );

t.test('a file that is fetched and sent counts once', async (t) => {
  const { door, offer } = await setUp(t);
  for (const [name, length] of [
    ['small', 5_000],
    ['followed', 3_000_000],
  ] as const)
    for (const told of [{ size: length }, {}]) {
      const bytes = Buffer.alloc(length, name + JSON.stringify(told));
      const file = offer(`${name}${'size' in told}`, bytes, send(bytes), told);
      const { origin } = await door({ bytes: length + 1 });
      t.equal((await (await fetch(origin + file.path)).arrayBuffer()).byteLength, length);
      for (const status of [206, 429])
        t.equal((await fetch(origin + file.path, { headers: { range: 'bytes=0-0' } })).status, status);
    }
});

t.test('metadata counts, sent or not', async (t) => {
  const { door, server, leaf, wheel } = await setUp(t);
  const hash = sha256(leaf.metadata);
  const file = { filename: leaf.filename, url: `../../files/${leaf.filename}`, hashes: { sha256: sha256(leaf.bytes) } };
  server.routes.set('/simple/leaf/', page([{ ...file, 'core-metadata': { sha256: hash } }]));
  server.routes.set(`/files/${leaf.filename}.metadata`, send(leaf.metadata));
  const { origin } = await door({ bytes: 2 * leaf.metadata.length });
  for (const status of [304, 304, 429])
    t.equal((await fetch(`${origin}${wheel}.metadata`, { headers: { 'if-none-match': `"${hash}"` } })).status, status);
});

t.test('who shares the fetch of a build that may have no more has the file whole', async (t) => {
  const { door, offer } = await setUp(t);
  const bytes = Buffer.alloc(3_000_000, 'shared');
  const upstream = new EventEmitter();
  const asked = once(upstream, 'asked');
  const file = offer('shared', bytes, (_request, response) => {
    response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1_000_000));
    upstream.once('goOn', () => response.end(bytes.subarray(1_000_000))).emit('asked');
  });
  const poor = await door({ bytes: 2_000_000 });
  const ranged = fetch(poor.origin + file.path, { headers: { range: 'bytes=0-0' } });
  await asked;
  const other = await door({});
  const whole = await fetch(other.origin + file.path);
  t.equal(whole.status, 200, 'it follows while the file comes');
  upstream.emit('goOn');
  t.ok(Buffer.from(await whole.arrayBuffer()).equals(bytes));
  await ranged;
  t.equal(file.asked(), 1);
  t.equal(poor.told.length, 1);
  t.same(other.told, []);
});

t.test('so many fetches at once: more wait, other builds do not', async (t) => {
  const { door, offer, wheel } = await setUp(t);
  const held: (() => void)[] = [];
  const upstream = new EventEmitter();
  const both = once(upstream, 'both');
  const hold = (name: string) =>
    offer(name, Buffer.from(name), (request, response) => {
      held.push(() => send(name)(request, response));
      if (held.length === 2) upstream.emit('both');
    });
  const [one, two] = [hold('one'), hold('two')];
  const [three, four, five] = [
    offer('three', Buffer.from('three')),
    offer('four', Buffer.from('four')),
    offer('five', Buffer.from('five')),
  ];
  const greedy = await door({ fetches: 2 });
  const first = [one, two].map((file) => fetch(greedy.origin + file.path));
  await both;
  const gone = httpGet(greedy.origin + three.path, { agent: false }).on('error', () => {});
  const [socket] = await once(gone, 'socket');
  await once(socket, 'connect');
  const waiting = fetch(greedy.origin + four.path);

  const other = await door({ fetches: 2 });
  t.equal(await (await fetch(other.origin + four.path)).text(), 'four', 'which the other one waits for');
  t.equal((await fetch(other.origin + wheel)).status, 200);
  t.equal((await fetch(greedy.origin + wheel)).status, 200, 'what is kept is had without waiting');
  t.same([three.asked(), four.asked()], [0, 1]);

  const seen = once(greedy.accepted[2]!, 'close');
  gone.destroy();
  await seen;
  for (const answer of held) answer();
  t.same(await Promise.all(first.map(async (answer) => (await answer).status)), [200, 200]);
  t.equal(await (await waiting).text(), 'four');
  t.equal(await (await fetch(greedy.origin + five.path)).text(), 'five');
  t.same([three.asked(), four.asked()], [0, 1], 'nothing is fetched for who has gone');
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
