import t, { type Test } from 'tap';
import { createQuotas, type Quotas } from '../../src/access/quotas.ts';
import { api, list } from '../api/harness.ts';
import { upload, uploadParts } from '../api/upload-form.ts';
import { makeWheel } from '../check/zip-maker.ts';
import { startRedis } from '../services/redis.ts';
import { createIndexServer } from '../upstream/index-server.ts';
import { bearer, someTokens } from './some-tokens.ts';

t.setTimeout(120_000);

const SETTINGS = { maxTokenPrebuilds: 2, maxTokenUploadBytes: 100 };

/** How often something works before it is refused. */
async function times(action: () => Promise<unknown>, most = 10): Promise<number> {
  for (let count = 0; count < most; count++)
    if (
      await action().then(
        () => false,
        () => true,
      )
    )
      return count;
  return most;
}

async function shares(t: Test, quotas: Quotas) {
  t.equal(await times(() => quotas.takeWork('anna')), 2);
  await t.rejects(quotas.checkWork('anna'), { code: 'quota-used-up', retryAfter: Number });
  await quotas.checkWork('ci');
  t.equal(await times(() => quotas.takeWork('ci')), 2, 'each has its own');
  t.equal(await times(() => quotas.takeWork(undefined)), 10, 'without a token nothing is counted');
  await quotas.takeBytes('anna', 60);
  const tooMany = { code: 'quota-used-up', message: /100 bytes of uploads today .*Try again in \d+ minutes/ };
  await t.rejects(quotas.takeBytes('anna', 41), tooMany);
  await quotas.takeBytes('anna', 40);
  await t.rejects(quotas.takeBytes('anna', 1), tooMany, 'what was refused did not count');
}

t.test('a token has its share', async (t) => {
  await shares(t, await createQuotas(SETTINGS));
  const none = await createQuotas({ maxTokenPrebuilds: 0, maxTokenUploadBytes: 0 });
  t.equal(await times(() => none.takeWork('anna')), 10);
  await none.takeBytes('anna', Number.MAX_SAFE_INTEGER);
});

t.test('with Redis, several processes count as one, and each for itself while it is away', async (t) => {
  const redis = await startRedis(t);
  const open = async () => {
    const quotas = await createQuotas({ ...SETTINGS, queueUrl: redis.url });
    t.teardown(() => quotas.close());
    return quotas;
  };
  const [one, other] = [await open(), await open()];
  await shares(t, one);
  await t.rejects(other.takeWork('anna'), { code: 'quota-used-up' });
  await t.rejects(other.takeBytes('anna', 1), { code: 'quota-used-up' });
  await redis.stop();
  t.equal(await times(() => other.takeWork('anna')), 2, 'nobody is kept out by a Redis that is away');
});

t.test('requests, work and uploads of a token over HTTP', async (t) => {
  const { file, secrets } = await someTokens(t, {
    ci: { scopes: ['prebuild'] },
    release: { scopes: ['upload'] },
    anna: { scopes: ['read'] },
  });
  const index = await createIndexServer(t);
  const wheel = makeWheel();
  const sent = upload(uploadParts('demo_pkg-1.0-py3-none-any.whl', wheel), bearer(secrets.release!));
  const { app } = await api(t, {
    WHEELMILL_TOKENS_FILE: file,
    WHEELMILL_UPSTREAM_URL: index.indexUrl,
    WHEELMILL_MAX_TOKEN_PREBUILDS: '2',
    WHEELMILL_MAX_TOKEN_UPLOAD_BYTES: String(sent.payload.length + 100),
    WHEELMILL_MAX_REQUESTS: '6',
  });
  const post = (name: string) => app.inject(list(`${name}==1.0\n`, bearer(secrets.ci!)));
  const refused = (answer: Awaited<ReturnType<typeof post>>, code: string, detail: RegExp) => {
    t.match({ status: answer.statusCode, ...answer.json() }, { status: 429, code, detail });
    t.match(answer.headers['retry-after'], /^[1-9]\d*$/);
  };
  for (const name of ['one', 'two', 'two', 'one']) t.equal((await post(name)).statusCode, 202, name);
  refused(await post('three'), 'quota-used-up', /WHEELMILL_MAX_TOKEN_PREBUILDS/);

  t.equal((await app.inject(sent)).statusCode, 200);
  refused(await app.inject(sent), 'quota-used-up', /WHEELMILL_MAX_TOKEN_UPLOAD_BYTES/);

  t.equal((await post('two')).statusCode, 202);
  refused(await post('two'), 'rate-limited', /WHEELMILL_MAX_REQUESTS/);
  const read = { url: '/api/v1/projects', headers: bearer(secrets.anna!) };
  t.equal((await app.inject(read)).statusCode, 200, 'another token has its own');
  for (let round = 0; round < 6; round++) t.equal((await app.inject('/api/v1/projects')).statusCode, 401);
  refused(await app.inject('/api/v1/projects'), 'rate-limited', /WHEELMILL_MAX_REQUESTS/);
  t.equal((await app.inject('/live')).statusCode, 200, 'health is never counted');
});

t.test('uploads at once', async (t) => {
  const index = await createIndexServer(t);
  const { app } = await api(t, { WHEELMILL_UPSTREAM_URL: index.indexUrl, WHEELMILL_MAX_UPLOADS: '1' });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const { payload, headers } = upload(uploadParts('demo_pkg-1.0-py3-none-any.whl', makeWheel()));
  let finish = () => {};
  const rest = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const slowly = new ReadableStream({
    async start(controller) {
      controller.enqueue(payload.subarray(0, 100));
      await rest;
      controller.enqueue(payload.subarray(100));
      controller.close();
    },
  });
  const send = (body: Uint8Array<ArrayBuffer> | ReadableStream) =>
    fetch(`${url}/legacy/`, {
      method: 'POST',
      headers,
      body,
      ...(body === slowly && { duplex: 'half' }),
    } as RequestInit);
  const first = send(slowly);
  // The first one is in when another is refused.
  let second = await send(new Uint8Array(payload));
  while (second.status === 200) second = await send(new Uint8Array(payload));
  t.match(await second.json(), { status: 429, code: 'too-many-uploads', detail: /WHEELMILL_MAX_UPLOADS/ });
  t.ok(second.headers.has('retry-after'));
  finish();
  t.equal((await first).status, 200);
  t.equal((await send(new Uint8Array(payload))).status, 200, 'one that has ended makes room');
});
