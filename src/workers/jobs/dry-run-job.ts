import { BuildFailure } from '../../errors.ts';
import { planItem } from '../../plan/plan-item.ts';
import { planList } from '../../plan/planner.ts';
import type { ListToResolve } from '../../plan/resolution.ts';
import { checked } from '../../storage/json-records.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Worker } from '../context.ts';
import type { Handler, WorkContext } from '../queue/queue.ts';
import { type DryRunAnswer, DryRunMessage } from '../queue/works.ts';
import { resolveList } from './resolve.ts';

/** Plans a list as a prebuild would, resolver included, and tells whoever asked. It writes nothing and queues nothing. */
export function dryRunJob(worker: Worker): Handler {
  return async (data, context) => {
    const message = checked(DryRunMessage, data, 'A dry run');
    await context.answer(await answerTo(worker, message, context));
  };
}

async function answerTo(worker: Worker, message: DryRunMessage, context: WorkContext): Promise<DryRunAnswer> {
  const target = await readTarget(worker.store, message.target);
  if (!target) throw new Error(`The target ${message.target} has not been probed.`);
  const resolve = (list: ListToResolve) => resolveList(worker, target, list, context);
  try {
    const outcome = await planList(worker, message, target, resolve, {
      signal: context.signal,
      ...(message.fresh && { maxAge: 0 }),
      rebuild: message.rebuild,
    });
    if (!outcome) throw new Error('planning with a resolver always has an outcome');
    const items = await Promise.all(outcome.planned.map((one) => planItem(worker.store, one)));
    return { items, skipped: outcome.skipped, wheelsFirst: outcome.wheelsFirst };
  } catch (error) {
    if (!(error instanceof BuildFailure)) throw error;
    const { reason, message, logTail } = error;
    const failure = { reason, message, ...(logTail !== undefined && { logTail }) };
    return { items: [], skipped: [], wheelsFirst: false, failure };
  }
}
