import { rm } from 'node:fs/promises';
import pLimit from 'p-limit';
import t from 'tap';
import type { FailureReason } from '../../../src/errors.ts';
import type { Limits } from '../../../src/workers/builder.ts';
import { failureOf, folder, newRun } from '../run/harness.ts';
import { startIndexProxy } from '../run/index-proxy.ts';
import { makeSdist, ownBackend } from '../run/sdist.ts';
import { containersOf, startBuilder } from './harness.ts';

type Row = { code: string; limits?: Partial<Limits>; reason: FailureReason; message: RegExp };

const MIB = 1024 * 1024;
const SOON = 8_000;

/**
 * What only a container makes harmless; the other limits are in the contract of builders. The code is what the build runs, in its own folder, `out` being where the wheel belongs.
 */
const ROWS: Record<string, Row> = {
  'memory, by files, so that all dies': {
    code: `
with open('big', 'wb') as big:
    for _ in range(1024):
        big.write(b'x' * (1 << 20))`,
    limits: { memory: 192 * MIB, disk: 512 * MIB },
    reason: 'out-of-memory',
    message: /work folder/,
  },
  'everything killed by the build': { code: 'os.kill(-1, 9)', reason: 'build-error', message: /SIGKILL/ },
  'a fork bomb': {
    code: `
while True:
    try:
        os.fork()
    except OSError:
        pass`,
    limits: { pids: 60, wallTime: SOON, cpus: 0.5 },
    reason: 'too-many-processes',
    message: /60/,
  },
  'disk, and cleaned up': {
    code: `
try:
    with open('big', 'wb') as big:
        while True:
            big.write(b'x' * (1 << 20))
finally:
    os.unlink('big')`,
    limits: { disk: 32 * MIB },
    reason: 'out-of-disk',
    message: /32 MiB/,
  },
};

const { builder, owner, target } = await startBuilder();
const proxy = startIndexProxy();
t.teardown(() => proxy.close());
/** Most rows wait; two cores need not stand idle meanwhile. */
const slots = pLimit(3);

t.test('limits by their names, and no container stays', async (t) => {
  await Promise.all(
    Object.entries(ROWS).map(([name, { code, limits, reason, message }]) =>
      slots(async () => {
        const outputFolder = folder();
        const sdist = await makeSdist(outputFolder, 'small-1.0', ownBackend(code));
        const { run } = newRun(proxy.gateway, limits);
        const failure = await failureOf(builder.build({ target, sdist, recipe: {}, outputFolder, sourceDate: 0 }, run));
        t.equal(failure.reason, reason, `${name}: ${failure.message}\n${failure.logTail?.slice(-300)}`);
        t.match(failure.message, message, name);
        await rm(outputFolder, { recursive: true });
      }),
    ),
  );
  t.same(await containersOf(owner), []);
});
