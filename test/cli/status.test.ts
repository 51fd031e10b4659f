import t from 'tap';
import type { Status } from '../../src/api/status/schema.ts';
import { statusText } from '../../src/cli/status.ts';

const key = 'a'.repeat(64);
const status: Status = {
  ...{ version: '1.2.3', at: '2026-01-01T00:00:00.000Z', ready: true },
  parts: { store: { state: 'ok', kind: 's3' }, queue: { state: 'ok', kind: 'redis' }, upstream: { state: 'unknown' } },
  lanes: [
    { kind: 'builds', target: 'python-3.13', waiting: 12, running: 1, delayed: 0 },
    { kind: 'pages', waiting: 0, running: 0, delayed: 0 },
  ],
  builds: [
    {
      ...{ key, project: 'uwsgi', version: '2.0.28', target: 'python-3.13', state: 'building' },
      startedAt: '2026-01-01T00:01:00.000Z',
      url: 'http://mill/',
    },
  ],
  workers: { live: 2, lost: 1, slots: 8 },
  targets: [
    { name: 'python-3.13', served: true },
    { name: 'python-3.12', served: false },
  ],
  attention: [{ code: 'no-worker', message: 'Start one.' }],
};

t.equal(
  statusText(status, Date.parse('2026-01-01T00:03:05.000Z')),
  `wheelmill   1.2.3, ready
store       ok (s3)
queue       ok (redis)
upstream    unknown
workers     2 live with 8 slots, 1 lost
served      python-3.13
not served  python-3.12

queue   target       waiting  running  later
builds  python-3.13  12       1        0

running       target       state     for    build
uwsgi 2.0.28  python-3.13  building  2m 5s  ${key}

no-worker: Start one.
`,
);

t.equal(
  statusText({
    ...{ version: '1.2.3', at: status.at, ready: false },
    parts: { ...status.parts, queue: { state: 'away', message: 'Gone.' } },
    attention: [{ code: 'queue-unavailable', message: 'Gone.' }],
  }),
  `wheelmill  1.2.3, not ready
store      ok (s3)
queue      away
upstream   unknown

queue-unavailable: Gone.
`,
  'what is not known is left out',
);

t.match(statusText({ ...status, lanes: [], builds: [] }), /\n\nNothing waits or runs\.\n\n/);
