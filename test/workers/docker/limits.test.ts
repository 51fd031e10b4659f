import { rm } from 'node:fs/promises';
import pLimit from 'p-limit';
import t from 'tap';
import type { FailureReason } from '../../../src/errors.ts';
import type { Limits } from '../../../src/workers/builder.ts';
import { startIndexProxy } from '../run/index-proxy.ts';
import { GOOD_WHEEL, makeSdist, ownBackend } from '../run/sdist.ts';
import { containersOf, failureOf, folder, newRun, startBuilder } from './harness.ts';

type Row = { code: string; limits?: Partial<Limits>; reason: FailureReason; message: RegExp };

const MIB = 1024 * 1024;
const SOON = 8_000;

/** The code is what the build runs, in its own folder, `out` being where the wheel belongs. */
const ROWS: Record<string, Row> = {
  'a plain error': { code: 'raise ValueError("the reason")', reason: 'build-error', message: /the reason/ },
  'memory, the build itself': {
    code: 'hold = [bytearray(1 << 20) for _ in range(4096)]',
    limits: { memory: 192 * MIB, disk: 64 * MIB },
    reason: 'out-of-memory',
    message: /192 MiB/,
  },
  'memory, a child whose end is not told': {
    code: `
code = 'hold = [bytearray(1 << 20) for _ in range(4096)]'
subprocess.call([sys.executable, '-c', code])
sys.exit(1)`,
    limits: { memory: 192 * MIB, disk: 64 * MIB },
    reason: 'out-of-memory',
    message: /192 MiB/,
  },
  'memory, by files, so that all dies': {
    code: `
with open('big', 'wb') as big:
    for _ in range(1024):
        big.write(b'x' * (1 << 20))`,
    limits: { memory: 192 * MIB, disk: 512 * MIB },
    reason: 'out-of-memory',
    message: /work folder/,
  },
  'killed without a limit': { code: 'os.kill(os.getpid(), 9)', reason: 'build-error', message: /SIGKILL/ },
  'everything killed by the build': { code: 'os.kill(-1, 9)', reason: 'build-error', message: /SIGKILL/ },
  processes: {
    code: "children = [subprocess.Popen(['sleep', '3']) for _ in range(100)]",
    limits: { pids: 40 },
    reason: 'too-many-processes',
    message: /40/,
  },
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
  'too many files': {
    code: "for n in range(100000): open('f%d' % n, 'w').close()",
    limits: { inodes: 2000 },
    reason: 'out-of-disk',
    message: /2000 files/,
  },
  'no end': {
    code: 'while True: print("working", flush=True); time.sleep(0.2)',
    limits: { wallTime: SOON },
    reason: 'timed-out',
    message: /8 seconds/,
  },
  'no word': { code: 'time.sleep(1000)', limits: { silence: SOON }, reason: 'silent', message: /8 seconds/ },
  'a flood of words': {
    code: "subprocess.call(['yes'])",
    limits: { logBytes: 64 * 1024 },
    reason: 'log-too-large',
    message: /64 KiB/,
  },
  'a symbolic link for a wheel': {
    code: `
name = 'small-1.0-py3-none-any.whl'
os.symlink('/etc/passwd', os.path.join(out, name))
return name`,
    reason: 'bad-wheel',
    message: /not a regular file|no wheel/,
  },
  'no wheel': { code: "return 'small-1.0-py3-none-any.whl'", reason: 'bad-wheel', message: /left no wheel/ },
  'two wheels': {
    code: `open(os.path.join(out, 'other-1.0-py3-none-any.whl'), 'w').close()\n${GOOD_WHEEL}`,
    reason: 'bad-wheel',
    message: /more than one wheel/,
  },
  'a name wheels never have': {
    code: `open(os.path.join(out, 'evil\\n name.whl'), 'w').close()\nreturn 'evil\\n name.whl'`,
    reason: 'bad-wheel',
    message: /no wheel: .*evil/,
  },
  'a large wheel': {
    code: `
with open(os.path.join(out, 'small-1.0-py3-none-any.whl'), 'wb') as wheel: wheel.truncate(2 << 20)
return 'small-1.0-py3-none-any.whl'`,
    limits: { wheelBytes: MIB },
    reason: 'output-too-large',
    message: /1048576/,
  },
};

const { builder, owner, target } = await startBuilder();
const proxy = startIndexProxy();
t.teardown(() => proxy.close());
/** Most rows wait; two cores need not stand idle meanwhile. */
const slots = pLimit(3);

t.test('each limit by its name, and no container stays', async (t) => {
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

t.test('a process in the background that holds the output does not hold the build', async (t) => {
  const outputFolder = folder();
  // The output of the front end itself: the build's own would only hold the front end.
  const code = `
output = open('/proc/%d/fd/1' % os.getppid(), 'w')
subprocess.Popen(['sleep', '1000'], start_new_session=True, stdout=output, stderr=subprocess.DEVNULL)
${GOOD_WHEEL}`;
  const sdist = await makeSdist(outputFolder, 'small-1.0', ownBackend(code));
  const { run } = newRun(proxy.gateway, { silence: 60_000 });
  const product = await builder.build({ target, sdist, recipe: {}, outputFolder, sourceDate: 0 }, run);
  t.equal(product.filename, 'small-1.0-py3-none-any.whl');
  t.same(await containersOf(owner), []);
});

t.test('an abort in mid-build leaves no container', async (t) => {
  const outputFolder = folder();
  const sdist = await makeSdist(outputFolder, 'small-1.0', ownBackend('print("begun", flush=True)\ntime.sleep(1000)'));
  const controller = new AbortController();
  const { run } = newRun(proxy.gateway, {}, controller.signal);
  run.log = {
    write: async (chunk) => {
      if (chunk.includes('begun')) controller.abort();
    },
  };
  const failure = await failureOf(builder.build({ target, sdist, recipe: {}, outputFolder, sourceDate: 0 }, run));
  t.equal(failure.reason, 'cancelled');
  t.same(await containersOf(owner), []);
});

t.test('an abort before the start starts nothing', async (t) => {
  const { run } = newRun(proxy.gateway, {}, AbortSignal.abort());
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend(GOOD_WHEEL));
  const failure = await failureOf(
    builder.build({ target, sdist, recipe: {}, outputFolder: folder(), sourceDate: 0 }, run),
  );
  t.equal(failure.reason, 'cancelled');
});

t.test('a log that cannot be written ends the build with its own error', async (t) => {
  const sdist = await makeSdist(folder(), 'small-1.0', ownBackend('print("hello", flush=True)\ntime.sleep(1000)'));
  const { run } = newRun(proxy.gateway);
  run.log = { write: async () => Promise.reject(new Error('the log is full')) };
  await t.rejects(builder.build({ target, sdist, recipe: {}, outputFolder: folder(), sourceDate: 0 }, run), {
    message: 'the log is full',
  });
  t.same(await containersOf(owner), []);
});
