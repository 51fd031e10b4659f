import t from 'tap';
import { testTargets } from '../services/docker.ts';
import { startRedis } from '../services/redis.ts';
import { startSeaweed } from '../services/seaweedfs.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { walkTheStreet } from './street.ts';

t.setTimeout(600_000);

t.test('the street on Redis and S3, api and worker apart', async (t) => {
  const [target] = testTargets();
  const redis = await startRedis(t);
  const s3 = await startSeaweed(t);
  const folders = t.testdir({ api: {}, worker: {} });
  const shared = {
    WHEELMILL_QUEUE_URL: redis.url,
    ...s3.settings,
    WHEELMILL_TARGETS: `${target!.build}=${target!.runtime}`,
  };
  const api = await startWheelmill('api', { ...shared, WHEELMILL_DATA_DIR: `${folders}/api` });
  t.teardown(() => api.stop());
  const worker = await startWheelmill('worker', { ...shared, WHEELMILL_DATA_DIR: `${folders}/worker` });
  t.teardown(() => worker.stop());
  await walkTheStreet(t, api.url, target!.runtime);
});
