import t from 'tap';
import { testTargets } from '../services/docker.ts';
import { startWheelmill } from '../services/wheelmill.ts';
import { walkTheStreet } from './street.ts';

t.setTimeout(600_000);

t.test('the street on the embedded queue and files', async (t) => {
  const [target] = testTargets();
  const server = await startWheelmill('serve', {
    WHEELMILL_DATA_DIR: t.testdir(),
    WHEELMILL_TARGETS: `${target!.build}=${target!.runtime}`,
  });
  t.teardown(() => server.stop());
  await walkTheStreet(t, server.url, target!.runtime);
  const second = await startWheelmill('serve', { WHEELMILL_DATA_DIR: t.testdirName }).then(
    () => 'started',
    (error: Error) => error.message,
  );
  t.match(second, /WHEELMILL_DATA_DIR/, 'a second process on the data folder is refused with a sentence');
  t.equal(await server.stop(), 0, 'it ends cleanly');
});
