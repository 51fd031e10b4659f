import t from 'tap';
import { BuildFailure, WheelmillError } from '../../../src/errors.ts';
import { failed } from '../../../src/workers/jobs/failed.ts';
import { JobAborted, RetryLater } from '../../../src/workers/queue/queue.ts';

const aborted = (why: 'cancelled' | 'closing') => AbortSignal.abort(new JobAborted(why));
const going = new AbortController().signal;
const bug = new TypeError('x is not a function');

const rows: [what: string, error: unknown, signal: AbortSignal, willRetry: boolean, expected: object | 'later'][] = [
  ['a failed build', new BuildFailure('build-error', 'No.'), going, true, { reason: 'build-error', message: 'No.' }],
  ['a failed build with advice', new BuildFailure('build-error', 'No.', { hint: 'Do.' }), going, true, { hint: 'Do.' }],
  ['upstream away', new BuildFailure('fetch-failed', 'No.'), going, true, 'later'],
  ['for good', new BuildFailure('fetch-failed', 'No.'), going, false, { reason: 'fetch-failed' }],
  ['a bug of ours', bug, going, true, 'later'],
  ['again and again', bug, going, false, { reason: 'internal', logTail: /^the log\nwheelmill: .*x is not a function/ }],
  ['a corrupt record', new WheelmillError('store-corrupt', 'No.'), going, false, { reason: 'internal' }],
  ['the store away', new WheelmillError('store-unavailable', 'No.'), going, false, { reason: 'store-failed' }],
  ['cancelled', bug, aborted('cancelled'), true, { reason: 'cancelled', message: 'It was cancelled.' }],
  ['the worker closing', bug, aborted('closing'), false, 'later'],
];

for (const [what, error, signal, willRetry, expected] of rows) {
  t.test(what, async (t) => {
    const outcome = () => failed(error, { signal, willRetry }, 'the log');
    if (expected === 'later') t.throws(outcome, RetryLater);
    else t.match(outcome(), expected);
  });
}

t.test('with the queue away nothing is decided', async (t) => {
  const away = new WheelmillError('queue-unavailable', 'No.');
  t.throws(() => failed(away, { signal: going, willRetry: false }, ''), away);
});
