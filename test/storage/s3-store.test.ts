import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import t, { type Test } from 'tap';
import { createS3Store } from '../../src/storage/s3-store.ts';
import { objectStoreContract } from '../contract/object-store.ts';
import { startSeaweed } from '../services/seaweedfs.ts';

objectStoreContract(t, 'the S3 store on SeaweedFS', async (t) => {
  const { endpoint, region, bucket, accessKey, secretKey } = await startSeaweed(t);
  return () => createS3Store({ endpoint, region, bucket, accessKey, secretKey });
});

const KEYS = { region: 'us-east-1', bucket: 'wheelmill', accessKey: 'key', secretKey: 'secret' };

/** A server that answers every request as told; gives the store's settings for it and what was asked. */
async function serverThat(
  t: Test,
  answer: (url: string, method: string) => { status: number; body?: string } | 'hang',
) {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const said = answer(request.url ?? '', request.method ?? '');
    if (said === 'hang') return;
    request.resume().on('end', () => response.writeHead(said.status).end(said.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { settings: { ...KEYS, endpoint: `http://127.0.0.1:${port}` }, asked, server };
}

const fault = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;

t.test('a real server: wrong keys, a missing bucket, a server that dies', async (t) => {
  const { endpoint, region, bucket, accessKey, secretKey, stop } = await startSeaweed(t);
  const settings = { endpoint, region, bucket, accessKey, secretKey };
  for (const wrong of [{ accessKey: 'nobody' }, { secretKey: 'wrong' }]) {
    const store = createS3Store({ ...settings, ...wrong });
    t.teardown(() => store.close());
    await t.rejects(store.check(), { code: 'store-denied', message: /AWS_ACCESS_KEY_ID/ });
    await t.rejects(store.put('a/b', Buffer.alloc(1024 * 1024)), { code: 'store-denied' });
    await t.rejects(store.read('a/b'), { code: 'store-denied' });
  }
  const two = [1, 2].map(() => createS3Store({ ...settings, bucket: 'made-at-first-use' }));
  t.teardown(() => Promise.all(two.map((store) => store.close())));
  await Promise.all(two.map((store) => store.check()));

  const store = createS3Store(settings);
  t.teardown(() => store.close());
  await store.put('a/b', 'x');
  await stop();
  const down = { code: 'store-unavailable', message: /WHEELMILL_S3_ENDPOINT/ };
  await t.rejects(store.read('a/b'), down);
  await t.rejects(store.put('a/b', 'y'), down);
  await t.rejects(store.check(), down);
});

t.test('answers of a server become errors of ours', async (t) => {
  const rows: [string, { status: number; body?: string }, string, number][] = [
    ['a quota', { status: 403, body: fault('QuotaExceeded') }, 'store-full', 1],
    ['a full disk (MinIO)', { status: 507, body: fault('XMinioStorageFull') }, 'store-full', 1],
    ['a bare 507', { status: 507 }, 'store-full', 1],
    ['an expired token', { status: 400, body: fault('ExpiredToken') }, 'store-denied', 1],
    ['a bare 403', { status: 403 }, 'store-denied', 1],
    ['a clock that is off', { status: 403, body: fault('RequestTimeTooSkewed') }, 'store-denied', 1],
    ['an overloaded server', { status: 503, body: fault('SlowDown') }, 'store-unavailable', 3],
    ['a broken server', { status: 500 }, 'store-unavailable', 3],
    ['something that is no S3 server', { status: 404, body: '<html>' }, 'store-unavailable', 1],
  ];
  for (const [name, said, code, tries] of rows) {
    const { settings, asked } = await serverThat(t, (_, method) => (method === 'HEAD' ? { status: 200 } : said));
    const store = createS3Store(settings);
    await t.rejects(store.put('a/b', 'x'), { name: 'WheelmillError', code }, name);
    t.equal(asked.filter((line) => line.startsWith('PUT')).length, tries, `${name}: number of tries`);
    await store.close();
  }
});

t.test('a passing fault is tried again', async (t) => {
  let times = 0;
  const { settings } = await serverThat(t, (_, method) => {
    if (method === 'HEAD') return { status: 200 };
    times += 1;
    return times < 3 ? { status: 503 } : { status: 200, body: 'here' };
  });
  const store = createS3Store(settings);
  t.teardown(() => store.close());
  t.equal((await store.read('a/b'))?.toString(), 'here');
});

t.test('a bucket that may not be made is asked for by name', async (t) => {
  const { settings } = await serverThat(t, (_, method) => ({ status: method === 'HEAD' ? 404 : 403 }));
  const store = createS3Store(settings);
  t.teardown(() => store.close());
  await t.rejects(store.check(), { code: 'store-denied', message: /no bucket "wheelmill"/ });
});

t.test('a server that takes requests and never answers fails them', async (t) => {
  const { settings } = await serverThat(t, () => 'hang');
  const store = createS3Store(settings);
  t.teardown(() => store.close());
  await t.rejects(store.read('a/b'), { code: 'store-unavailable', message: /in time/ });
});

t.test('an object cut short on its way is no object', async (t) => {
  const { settings, server } = await serverThat(t, (_, method) => (method === 'HEAD' ? { status: 200 } : 'hang'));
  server.on('request', (request, response) => {
    if (request.method !== 'GET') return;
    response.writeHead(200, { 'content-length': 1000, etag: '"x"' });
    response.write('half', () => request.socket.destroy());
  });
  const store = createS3Store(settings);
  t.teardown(() => store.close());
  const opened = await store.open('a/b');
  if (opened === undefined) throw new Error('the server gave an answer');
  await t.rejects(buffer(opened.body), { code: 'store-unavailable' });
  await t.rejects(store.read('a/b'), { code: 'store-unavailable' });
});
