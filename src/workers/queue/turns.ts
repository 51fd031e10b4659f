import Value from 'typebox/value';
import type { Priority, Turn } from '../../core/records/turn.ts';
import { TurnSchema } from '../../core/records/turn.ts';
import { type Line, nextRank } from '../../core/turn.ts';
import type { Lane, WorkQueue } from './queue.ts';

export type Asker = { client: string; priority: Priority };

/** One at a time of each client and lane, so that works which are added at once get a rank each. */
const going = new Map<string, Promise<unknown>>();

/** A client's next turns in a lane: `peek` shows the one that `take` gives. */
export type Turns = { peek(): Turn; take(): Turn };

/**
 * Gives a client's next works their turns in a lane, as long as `add` takes. Two processes that
 * do so for the same client at the same moment may give a rank twice.
 */
export async function inTurns<T>(
  queue: Pick<WorkQueue, 'works'>,
  lane: Lane,
  asker: Asker,
  add: (turns: Turns) => Promise<T>,
): Promise<T> {
  const who = JSON.stringify([lane, asker.client]);
  const before = going.get(who) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(async () => add(turnsAfter(await lineOf(queue, lane), asker)));
  going.set(who, turn);
  try {
    return await turn;
  } finally {
    if (going.get(who) === turn) going.delete(who);
  }
}

function turnsAfter(line: Line, { client, priority }: Asker): Turns {
  let rank = nextRank(line, { client, priority });
  return { peek: () => ({ priority, client, rank }), take: () => ({ priority, client, rank: rank++ }) };
}

async function lineOf(queue: Pick<WorkQueue, 'works'>, lane: Lane): Promise<Line> {
  const works = (await queue.works(lane)).flatMap(({ data: { turn }, isRunning }) =>
    Value.Check(TurnSchema, turn) ? [{ turn, isRunning }] : [],
  );
  const turns = (isRunning: boolean) => works.filter((one) => one.isRunning === isRunning).map((one) => one.turn);
  return { running: turns(true), waiting: turns(false) };
}
