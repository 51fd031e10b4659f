import t from 'tap';
import { openQueue } from '../../../src/workers/queue/open-queue.ts';

t.test('a URL that is not of Redis is a fault of the settings', async (t) => {
  for (const url of ['http://127.0.0.1:6379', 'localhost:6379', '', 'postgres://x:geheim@y/z']) {
    await t.rejects(
      openQueue({ url, dataFolder: t.testdir() }),
      { code: 'bad-config', message: /^WHEELMILL_QUEUE_URL must look like redis:(?!.*geheim)/ },
      url,
    );
  }
});

t.test('without a URL it is the embedded one', async (t) => {
  const queue = await openQueue({ dataFolder: t.testdir() });
  t.equal(queue.kind, 'embedded');
  await queue.ping();
  await queue.close();
});
