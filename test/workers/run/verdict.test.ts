import t from 'tap';
import { type Ending, verdict } from '../../../src/workers/run/verdict.ts';
import { LIMITS } from './harness.ts';

const CLEAN: Ending['evidence'] = {
  oomKills: 0,
  pidsRefused: 0,
  diskFull: false,
  tmpFull: false,
  pidsAtLimit: false,
  containerGone: false,
};
const ALL = { oomKills: 1, pidsRefused: 1, diskFull: true, tmpFull: true, pidsAtLimit: true, containerGone: true };

type Row = [string, Partial<Omit<Ending, 'evidence'>> & { evidence?: Partial<Ending['evidence']> }, string];

/** From the strongest evidence to the weakest: each row has all that is weaker, too. */
const ROWS: Row[] = [
  ['our cancel', { trip: 'cancelled', evidence: ALL }, 'cancelled'],
  ['the clock finds a fork bomb', { trip: 'timed-out', evidence: ALL }, 'too-many-processes'],
  ['silence finds a fork bomb', { trip: 'silent', evidence: ALL }, 'too-many-processes'],
  ['our clock', { trip: 'timed-out', evidence: { ...ALL, pidsAtLimit: false } }, 'timed-out'],
  ['memory that is watched', { trip: 'out-of-memory', evidence: { ...ALL, oomKills: 0 } }, 'out-of-memory'],
  ['processes that are watched', { trip: 'too-many-processes', evidence: CLEAN }, 'too-many-processes'],
  ['disk that is watched', { trip: 'out-of-disk', evidence: CLEAN }, 'out-of-disk'],
  ['our cap', { trip: 'log-too-large', evidence: ALL }, 'log-too-large'],
  ['memory', { evidence: ALL }, 'out-of-memory'],
  ['processes', { evidence: { ...ALL, oomKills: 0 } }, 'too-many-processes'],
  ['disk', { evidence: { ...ALL, oomKills: 0, pidsRefused: 0 } }, 'out-of-disk'],
  ['/tmp', { evidence: { tmpFull: true } }, 'out-of-disk'],
  ['the disk by the log alone', { tail: 'OSError: [Errno 28] No space left on device' }, 'out-of-disk'],
  ['gone', { evidence: { containerGone: true } }, 'worker-lost'],
  ['no exit code', { exitCode: undefined }, 'worker-lost'],
  ['137 alone proves nothing', { exitCode: 137 }, 'build-error'],
  ['the log', { tail: 'fatal error: x.h: No such file or directory' }, 'missing-header'],
];

t.test('what wins', async (t) => {
  for (const [name, { evidence, ...known }, reason] of ROWS) {
    const ending: Ending = {
      what: 'The build',
      trip: undefined,
      exitCode: 1,
      tail: 'the end of the log',
      limits: LIMITS,
      ...known,
      evidence: { ...CLEAN, ...evidence },
    };
    const failure = verdict(ending);
    t.equal(failure.reason, reason, name);
    t.match(failure.message, /^The .*\.$/, failure.message);
    t.equal(failure.logTail, ending.tail);
  }
});
