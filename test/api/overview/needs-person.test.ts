import t from 'tap';
import { type Findings, whatNeedsPerson } from '../../../src/api/overview/needs-person.ts';

const ok = { state: 'ok' } as const;
const sound: Findings = {
  ...{ store: ok, queue: ok, upstream: ok },
  ...{ workers: [], targets: [], failed: [], suggestions: [], quiet: [] },
};

t.same(whatNeedsPerson(sound), [], 'nothing');
t.same(
  whatNeedsPerson({
    ...sound,
    queue: { state: 'away', message: 'Gone.' },
    quiet: [
      { code: 'little-space', message: '9 MiB left.' },
      { code: 'worker-failing', message: 'No image.' },
    ],
  }),
  [
    { kind: 'queue', urgent: true, message: 'Gone.' },
    { kind: 'store', urgent: false, message: '9 MiB left.' },
    { kind: 'worker', urgent: false, message: 'No image.' },
  ],
  'what the status says quietly is shown too, after what is urgent',
);
