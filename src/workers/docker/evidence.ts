import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import type { Trip } from '../run/guard.ts';
import { pythonCommand } from '../run/scripts.ts';
import type { Evidence } from '../run/verdict.ts';
import { BUILD_USER, HELPER_USER } from './container.ts';
import { isEngineTrouble } from './engine.ts';
import { type Inside, run } from './exec.ts';
import { inTime } from './patience.ts';
import type { Sandbox } from './sandbox.ts';
import { SCRIPTS } from './scripts.ts';

const CountersSchema = Type.Object({
  oomKills: Type.Integer(),
  pidsRefused: Type.Integer(),
  diskFull: Type.Boolean(),
  tmpFull: Type.Boolean(),
});

const NOTHING: Static<typeof CountersSchema> = { oomKills: 0, pidsRefused: 0, diskFull: false, tmpFull: false };
const MAX_ANSWER_BYTES = 4096;
/** The kill waits for this look, on which no more hangs than what the failure is called. */
const LOOK_MS = 10_000;

/** Ends everything the build started. A shell's own `kill` needs no fork, which may be refused by now. */
export async function endProcesses(inside: Inside): Promise<void> {
  await run(inside, { arguments: ['/bin/sh', '-c', 'kill -9 -1'], user: BUILD_USER });
}

/** Whether the container has as many processes as it may, which is all a fork bomb shows. */
export async function pidsAtLimit({ container, patience }: Sandbox): Promise<boolean> {
  const stats = container.stats({ stream: false, 'one-shot': true });
  const { pids_stats } = await inTime(stats, Math.min(LOOK_MS, patience));
  const { current, limit } = pids_stats as { current?: number; limit?: number };
  return current !== undefined && limit !== undefined && limit > 0 && current >= limit;
}

/**
 * Gathers the evidence and stops the container: the counters while it runs, `OOMKilled` after it has stopped, before
 * which the engine does not set it. What can no longer be asked for is left out.
 */
export async function gatherEvidence(
  sandbox: Sandbox,
  { python, trip, pidsFull }: { python: string; trip: Trip | undefined; pidsFull: boolean },
): Promise<Evidence> {
  const counters = trip === undefined ? await unlessGone(readCounters(sandbox, python)) : NOTHING;
  const stopped = await unlessGone(sandbox.stop());
  return {
    ...(counters ?? NOTHING),
    oomKills: (counters?.oomKills ?? 0) + (stopped?.oomKilled ? 1 : 0),
    pidsAtLimit: pidsFull,
    containerGone: counters === undefined || stopped === undefined,
  };
}

async function readCounters(sandbox: Sandbox, python: string): Promise<Static<typeof CountersSchema>> {
  // An engine that does not answer is lost after the kill, which ends what waits for it.
  const late = setTimeout(() => void sandbox.kill().catch(() => {}), sandbox.patience);
  try {
    await endProcesses(sandbox);
    return await printedCounters(sandbox, python);
  } finally {
    clearTimeout(late);
  }
}

async function printedCounters(sandbox: Sandbox, python: string): Promise<Static<typeof CountersSchema>> {
  let answer = '';
  await run(
    sandbox,
    { arguments: pythonCommand(python, SCRIPTS.evidence), user: HELPER_USER },
    {
      onOutput: ({ channel, data }) => {
        if (channel === 'stdout' && answer.length < MAX_ANSWER_BYTES) answer += data.toString();
      },
    },
  );
  const counters: unknown = answer === '' ? undefined : JSON.parse(answer);
  return Value.Check(CountersSchema, counters) ? counters : NOTHING;
}

/** A container that ended by itself answers no more: nothing to be had, and no error. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isEngineTrouble(error)) return undefined;
    throw error;
  }
}
