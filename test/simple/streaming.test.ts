import { once } from 'node:events';
import { mkdir, truncate } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import fastify from 'fastify';
import t, { type Test } from 'tap';
import { answerProblems } from '../../src/api/problems.ts';
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

/** A wheel of 64 MB in a real store, behind a real socket; `opened` are the bodies that were opened for it. */
async function setUp(t: Test, kind: 'file' | 's3') {
  const folder = t.testdir({});
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const bucket = join(folder, 'bucket');
  const real = kind === 'file' ? createFileStore({ folder: bucket }) : createS3Store(await startSeaweed(t));
  t.teardown(() => real.close());
  const wheel = await someWheel(scratch, {}, Buffer.alloc(SIZE, 'wheel'));
  await publishWheel(real, wheel);
  const opened: { body: Readable; given: number }[] = [];
  const store: ObjectStore = {
    ...real,
    async open(key, options): Promise<OpenObject | undefined> {
      const found = await real.open(key, options);
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
  answerProblems(app);
  t.teardown(() => app.close());
  await app.register(simpleIndex, { view: 'stored', store });
  const origin = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const { project, sha256, filename } = wheel.record;
  const url = `/${paths.wheelFile(project, sha256, filename)}`;
  /** A client that asks for the wheel and has read the first bytes of the answer. */
  const begin = async () => {
    const socket = connect(Number(origin.port), '127.0.0.1');
    socket.write(`GET ${url} HTTP/1.1\r\nHost: ${origin.host}\r\n\r\n`);
    await once(socket, 'readable');
    return socket;
  };
  return { begin, opened, origin, url, file: join(bucket, url) };
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
