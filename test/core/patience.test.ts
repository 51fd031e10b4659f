import t from 'tap';
import { longestWait, nextStep, type Patience, patienceOf } from '../../src/core/patience.ts';

const MINUTE = 60_000;
const clients: [what: string, waiter: Parameters<typeof patienceOf>[0], atLeast: number][] = [
  ['pip', { agent: 'pip', http: '1.1', proxied: false }, 240 * MINUTE],
  ['pip through a proxy', { agent: 'pip', http: '1.1', proxied: true }, 24 * MINUTE],
  ['pip through a proxy that speaks HTTP/1.0', { agent: 'pip', http: '1.0', proxied: false }, 24 * MINUTE],
  ['uv', { agent: 'uv', http: '1.1', proxied: false }, 11 * MINUTE],
  ['uv through a proxy', { agent: 'uv', http: '1.1', proxied: true }, 11 * MINUTE],
  ['any other', { agent: 'poetry', http: '1.1', proxied: false }, 2 * MINUTE],
];

/** What a client goes through whose wheel never comes: each answer, and how long it waited in all. */
function story(patience: Patience, backoff: number): { steps: string[]; waited: number } {
  const steps: string[] = [];
  const start = Date.UTC(2026, 0, 1);
  let now = start;
  let at = { hop: 0, since: 0 };
  for (;;) {
    now += patience.hold;
    const step = nextStep(patience, at, now);
    steps.push(step.kind);
    if (step.kind === 'give-up') return { steps, waited: now - start };
    if (step.kind === 'retry') now += Math.max(step.afterSeconds * 1000, backoff);
    else at = { hop: step.hop, since: now };
  }
}

t.test(
  'no client gets more redirects or refusals in a row than it bears, and all wait as long as is said',
  async (t) => {
    for (const [what, waiter, atLeast] of clients) {
      const patience = patienceOf(waiter);
      for (const backoff of [0, 1000, 9000]) {
        const { steps, waited } = story(patience, backoff);
        const redirects = steps.filter((one) => one === 'redirect').length;
        const inARow = Math.max(
          ...steps
            .join(' ')
            .split(/redirect|give-up/)
            .map((run) => run.split('retry').length - 1),
        );
        // One more redirect leads to the file; one more refusal is a connection that breaks.
        t.ok(redirects + 1 <= (waiter.agent === 'pip' ? 30 : 10), `${what}: ${redirects} redirects`);
        t.ok(inARow + 1 <= (waiter.agent === 'pip' ? 5 : 3), `${what}: ${inARow} refusals in a row`);
        t.ok(waited >= atLeast, `${what}: ${waited / MINUTE} minutes`);
      }
      t.ok(longestWait(patience) >= atLeast, `${what}: as is said`);
      t.equal(longestWait(patience), story(patience, 0).waited, `${what}: exactly`);
    }
  },
);

t.test('interim answers', async (t) => {
  const pip = patienceOf({ agent: 'pip', http: '1.1', proxied: false });
  t.ok(pip.hold / pip.continueEvery! < 100, 'fewer than Pythons count');
  t.ok(pip.continueEvery! < 15_000, 'more often than pip loses patience');
  for (const [what, waiter] of clients.slice(1)) t.equal(patienceOf(waiter).continueEvery, undefined, `none: ${what}`);
});
