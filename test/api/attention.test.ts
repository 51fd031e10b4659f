import t from 'tap';
import { attentionTo, type Known } from '../../src/api/status/attention.ts';
import type { Reindex } from '../../src/core/records/reindex.ts';
import type { WorkerRecord, WorkerTarget } from '../../src/core/records/worker.ts';

const time = new Date().toISOString();

function worker(name: string, standing: Partial<WorkerTarget> = {}): WorkerRecord {
  const target = { name: 'python-3.13', build: 'python:3.13', runtime: 'python:3.13-slim', since: time };
  return {
    ...{ schema: 1, name, builder: 'docker', platforms: ['linux/amd64'], slots: 2 },
    targets: [{ ...target, state: 'serving', ...standing }],
    ...{ startedAt: time, heardAt: time, expiresAt: new Date(Date.now() + 60_000).toISOString() },
  };
}
const UNABLE = { state: 'failing', code: 'bad-config', message: 'No image.' } as const;
const ok = { state: 'ok' } as const;
const sound: Known = {
  parts: { store: ok, queue: ok, upstream: ok },
  ...{ targets: ['python-3.13'], lanes: [], workers: [worker('one')], space: 1e12 },
};
const faults: Reindex = {
  ...{ schema: 1, check: true, hash: false, requestedAt: time, startedAt: time, endedAt: time, state: 'done' },
  ...{ done: 1, projects: 1, wheels: 9, unreferenced: 0, faults: [], faultCount: 3 },
};
const lane = { kind: 'builds', target: 'other', waiting: 1, running: 0, delayed: 0 };

const rows: [what: string, known: Partial<Known>, attention: object[]][] = [
  ['nothing', {}, []],
  [
    'no worker, whatever the targets',
    { targets: ['a', 'b'], workers: [] },
    [{ code: 'no-worker', message: /running/ }],
  ],
  ['nothing is known of workers', { workers: undefined }, []],
  [
    'a worker that cannot',
    { workers: [worker('w', UNABLE)] },
    [{ code: 'worker-failing', message: /w cannot serve python-3.13: No image/ }],
  ],
  [
    'one of two workers that cannot',
    { workers: [worker('v'), worker('w', UNABLE)] },
    [{ code: 'worker-failing', message: /w cannot serve python-3.13, which others do: No image/ }],
  ],
  ['a worker that is starting', { workers: [worker('w', { state: 'starting' })] }, []],
  ['work for a target that nobody serves', { lanes: [lane] }, [{ code: 'no-worker', message: /target other/ }]],
  ['no work for it', { lanes: [{ ...lane, waiting: 0 }] }, []],
  ['faults of a reindex', { reindex: faults }, [{ code: 'wheels-with-faults', message: /found 3 wheels/ }]],
  ['a reindex without any', { reindex: { ...faults, faultCount: 0 } }, []],
  ['little space', { space: 1024 ** 3 }, [{ code: 'little-space', message: /1024 MiB left/ }]],
  ['space that nobody knows', { space: undefined }, []],
  [
    'parts that are away come first',
    {
      parts: { store: ok, queue: { state: 'away', message: 'Gone.' }, upstream: { state: 'unknown' } },
      workers: [],
    },
    [{ code: 'queue-unavailable', message: 'Gone.' }, { code: 'no-worker' }],
  ],
];

for (const [what, known, attention] of rows)
  t.test(`what needs a person: ${what}`, async (t) => {
    const found = attentionTo({ ...sound, ...known });
    t.match(found, attention);
    t.equal(found.length, attention.length);
  });
