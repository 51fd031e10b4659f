import { once } from 'node:events';
import { mkdir, truncate } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import fastify from 'fastify';
import t, { type Test } from 'tap';
import { answerProblems } from '../../src/api/problems.ts';
import { breakOffStopped, type StoppedLimits } from '../../src/api/slow-clients.ts';
import { simpleIndex } from '../../src/simple/plugin.ts';
import { paths } from '../../src/storage/bucket-paths.ts';
import { createFileStore } from '../../src/storage/file-store.ts';
import type { ObjectStore, OpenObject } from '../../src/storage/object-store.ts';
import { createS3Store } from '../../src/storage/s3-store.ts';
import { publishWheel } from '../../src/storage/wheel-records.ts';
import { startSeaweed } from '../services/seaweedfs.ts';
import { someWheel } from '../storage/wheel.ts';

const MB = 1024 * 1024;
const SIZE = 64 * MB;
/** What kernels hold of a connection on both of its ends, on loopback, and what streams do. Far from the file's size. */
const MOST_READ_AHEAD = 24 * MB;

type Limits = { stopped?: StoppedLimits; s3?: Parameters<typeof createS3Store>[1] };

/** A wheel of 64 MB in a real store, behind a real socket; the store was `asked` for it, and `opened` are the bodies it gave. */
async function setUp(t: Test, kind: 'file' | 's3', { stopped = {}, s3 = {} }: Limits = {}) {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const bucket = join(folder, 'bucket');
  const real = kind === 'file' ? createFileStore({ folder: bucket }) : createS3Store(await startSeaweed(t), s3);
  t.teardown(() => real.close());
  const wheel = await someWheel(scratch, {}, Buffer.alloc(SIZE, 'wheel'));
  await publishWheel(real, wheel);
  const opened: { body: Readable; given: number }[] = [];
  const asked: Promise<unknown>[] = [];
  const store: ObjectStore = {
    ...real,
    async open(key, options): Promise<OpenObject | undefined> {
      const opening = real.open(key, options);
      asked.push(opening);
      const found = await opening;
      if (!found) return undefined;
      const seen = { body: found.body, given: 0 };
      const push = found.body.push.bind(found.body);
      found.body.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
        seen.given += chunk?.length ?? 0;
        return push(chunk, encoding);
      };
      opened.push(seen);
      return found;
    },
  };
  const app = fastify({ forceCloseConnections: true });
  breakOffStopped(app, stopped);
  answerProblems(app);
  t.teardown(() => app.close());
  await app.register(simpleIndex, { view: 'stored', store });
  const origin = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const { project, sha256, filename } = wheel.record;
  const url = `/${paths.wheelFile(project, sha256, filename)}`;
  /** A client that asks for the wheel. */
  const ask = () => {
    const socket = connect(Number(origin.port), '127.0.0.1');
    socket.write(`GET ${url} HTTP/1.1\r\nHost: ${origin.host}\r\n\r\n`);
    return socket;
  };
  /** One that has read the first bytes of the answer. */
  const begin = async () => {
    const socket = ask();
    await once(socket, 'readable');
    return socket;
  };
  return { ask, begin, asked, opened, origin, url, file: join(bucket, url) };
}

for (const kind of ['file', 's3'] as const) {
  t.test(`${kind}: a slow client is waited for, not buffered for; one that leaves lets go of the file`, async (t) => {
    const { begin, opened, origin, url } = await setUp(t, kind);
    const slow = await begin();
    // A whole answer to another client in between is time enough to have read all of the file.
    const answer = await fetch(new URL(url, origin));
    t.equal((await answer.arrayBuffer()).byteLength, SIZE, 'others are served meanwhile');
    t.equal(opened.length, 2);
    const [first] = opened;
    t.ok(first && first.given < MOST_READ_AHEAD, `${first?.given} bytes were read for who has taken none`);
    t.equal(first?.body.destroyed, false);
    const closed = once(first!.body, 'close');
    slow.destroy();
    await closed;
    t.equal(first?.body.destroyed, true);
    t.ok(first!.given < SIZE, 'the rest was never read');
  });
}

for (const kind of ['file', 's3'] as const)
  t.test(`${kind}: a client that has stopped is broken off, and lets go of the file`, async (t) => {
    const { begin, opened, origin, url } = await setUp(t, kind, { stopped: { silentMs: 1000 }, s3: { maxFiles: 1 } });
    await begin();
    await once(opened[0]!.body, 'close');
    t.ok(opened[0]!.given < SIZE, 'the rest was never read');
    const answer = await fetch(new URL(url, origin));
    t.equal((await answer.arrayBuffer()).byteLength, SIZE, 'others are served');
  });

t.test('a client that is slow and goes on is served', async (t) => {
  const { begin } = await setUp(t, 'file', { stopped: { silentMs: 2000 } });
  const client = await begin();
  let size = 0;
  // A client of 8 MB a second: for the whole file it takes four times the limit.
  for await (const piece of client) {
    const before = Math.floor(size / (4 * MB));
    size += (piece as Buffer).length;
    if (size >= SIZE) break;
    if (Math.floor(size / (4 * MB)) > before) await new Promise((resolve) => setTimeout(resolve, 500));
  }
  t.ok(size >= SIZE);
});

t.test('s3: where as many files are read as may be, the next one is told so', async (t) => {
  const { begin, opened, origin, url } = await setUp(t, 's3', { s3: { maxFiles: 1, fileWaitMs: 100 } });
  const stopped = await begin();
  const answer = await fetch(new URL(url, origin));
  t.match([answer.status, answer.headers.get('retry-after')], [503, /^\d+$/]);
  t.match(await answer.json(), { code: 'store-unavailable', detail: /as many as this process reads at once/ });
  const closed = once(opened[0]!.body, 'close');
  stopped.destroy();
  await closed;
  const next = await fetch(new URL(url, origin));
  t.equal((await next.arrayBuffer()).byteLength, SIZE);
});

t.test('s3: who leaves the line for a file is out of it', async (t) => {
  const { ask, begin, asked, opened, origin, url } = await setUp(t, 's3', {
    s3: { maxFiles: 1, fileWaitMs: 3_600_000 },
  });
  const first = await begin();
  const second = ask();
  while (asked.length < 2) await new Promise(setImmediate);
  const next = fetch(new URL(url, origin));
  while (asked.length < 3) await new Promise(setImmediate);
  second.destroy();
  await t.rejects(asked[1]!, { name: 'AbortError' });
  first.destroy();
  t.equal((await (await next).arrayBuffer()).byteLength, SIZE);
  t.equal(opened.length, 2);
});

t.test('what is cut off does not look whole', async (t) => {
  const { begin, opened, origin, url, file } = await setUp(t, 'file');
  const client = await begin();
  await truncate(file, 40 * MB);
  let size = 0;
  client.on('data', (bytes) => {
    size += bytes.length;
  });
  await once(client, 'close');
  t.ok(size < SIZE, 'the connection ends short of the announced length');
  t.equal(opened[0]?.body.destroyed, true);
  const next = await fetch(new URL(url, origin));
  t.match(
    [next.status, ((await next.json()) as { code: string }).code],
    [500, 'store-corrupt'],
    'the next one is told',
  );
});

t.test('a store that fails in the middle breaks the connection', async (t) => {
  const { begin, opened } = await setUp(t, 'file');
  const client = await begin();
  opened[0]?.body.destroy(new Error('the disk is gone'));
  let size = 0;
  client.on('data', (bytes) => {
    size += bytes.length;
  });
  client.on('error', () => {});
  await once(client, 'close');
  t.ok(size < SIZE);
});
