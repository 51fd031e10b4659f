import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { timeLimit } from '../../src/core/time-limit.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** Timers of signals let a process end before they fire. */
const keepAlive = setInterval(collectGarbage, 5);
t.teardown(() => clearInterval(keepAlive));

t.test('it fires though nobody holds its parts', async (t) => {
  for (const outer of [undefined, new AbortController().signal, timeLimit(60_000, new AbortController().signal)]) {
    const limit = timeLimit(50, outer);
    await once(limit, 'abort');
    t.match(limit.reason, { name: 'TimeoutError' });
  }
});

t.test('it fires with the other signal', async (t) => {
  const outer = new AbortController();
  const limit = timeLimit(60_000, outer.signal);
  outer.abort(new Error('gone'));
  t.match(limit.reason, { message: 'gone' });
  t.equal(timeLimit(60_000, outer.signal).aborted, true);
});
