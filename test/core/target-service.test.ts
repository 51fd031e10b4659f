import t from 'tap';
import type { WorkerRecord, WorkerTarget } from '../../src/core/records/worker.ts';
import { serviceOf, whyWaiting } from '../../src/core/target-service.ts';

const NOW = Date.parse('2026-01-01T00:00:30.000Z');
const SINCE = '2026-01-01T00:00:00.000Z';

const standing = (name: string, state: WorkerTarget['state'], message?: string): WorkerTarget => ({
  ...{ name, build: 'python:3.13', runtime: 'python:3.13-slim', state, since: SINCE },
  ...(message !== undefined && { code: 'bad-config', message }),
});
const worker = (name: string, targets: WorkerTarget[], expiresAt = '2026-01-01T00:01:00.000Z'): WorkerRecord => ({
  ...{ schema: 1, name, builder: 'docker', platforms: ['linux/amd64'], slots: 2, targets },
  ...{ startedAt: SINCE, heardAt: SINCE, expiresAt },
});

const rows: [what: string, workers: WorkerRecord[], code: string | undefined, message?: RegExp][] = [
  [
    'no worker at all',
    [],
    'no-worker',
    /^No worker is running\. Start one with `wheelmill worker` and a among its WHEELMILL_TARGETS/,
  ],
  ['one that serves it', [worker('w', [standing('a', 'serving')])], undefined],
  ['one that is gone', [worker('w', [standing('a', 'serving')], SINCE)], 'no-worker', /^No worker is running/],
  [
    'one for another target',
    [worker('w', [standing('b', 'serving')])],
    'no-worker',
    /^None of the 1 running workers has the target a/,
  ],
  [
    'one that is looking at it',
    [worker('w', [standing('a', 'starting')])],
    'worker-starting',
    /^The worker w is still looking/,
  ],
  [
    'one that cannot',
    [worker('w', [standing('a', 'failing', 'Pull it.')])],
    'worker-failing',
    /^The worker w cannot serve a: Pull it\.$/,
  ],
  [
    'two that cannot',
    [worker('v', [standing('a', 'failing', 'Pull it.')]), worker('w', [standing('a', 'failing', 'No.')])],
    'worker-failing',
    /: Pull it\. So do 1 more workers/,
  ],
  [
    'one that can beside one that cannot',
    [worker('v', [standing('a', 'failing', 'No.')]), worker('w', [standing('a', 'serving')])],
    undefined,
  ],
];

t.test('why work waits, and what to do', async (t) => {
  for (const [what, workers, code, message] of rows) {
    const waiting = whyWaiting('a', workers, NOW);
    t.equal(waiting?.code, code, what);
    if (message) t.match(waiting?.message, message, what);
  }
});

t.test('who serves a target', async (t) => {
  const workers = [
    worker('v', [standing('a', 'failing', 'No.'), standing('b', 'serving')]),
    worker('w', [standing('a', 'serving')]),
    worker('x', [standing('a', 'serving')], SINCE),
  ];
  t.same(serviceOf('a', workers, NOW), {
    served: true,
    workers: [{ name: 'w', state: 'serving', since: SINCE }],
    problems: [{ worker: 'v', code: 'bad-config', message: 'No.', since: SINCE }],
  });
  t.same(serviceOf('c', workers, NOW), { served: false, workers: [], problems: [] });
});
