import type { PrebuildRequest } from '../../core/records/prebuild.ts';
import { WheelmillError } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readCancel } from '../../storage/cancels.ts';
import { openPrebuild, readPrebuildRequest, writePrebuildRequest } from '../../storage/prebuild-records.ts';
import { type PrebuildStatus, readPrebuildStatus } from '../../storage/prebuild-status.ts';
import { inTurns } from '../../workers/queue/turns.ts';
import { prebuildLane, prebuildWork } from '../../workers/queue/works.ts';
import { tokenOf } from '../client-of.ts';
import type { Api } from '../context.ts';
import { findPrebuild, stillGood } from './find-prebuild.ts';
import { refuseWhenFull } from './full.ts';
import { planFromCache } from './plan-from-cache.ts';
import type { Submission } from './read-submission.ts';
import { awaitPrebuild } from './watch.ts';

/** What a cancelled prebuild had under way stops within this time, unless a worker is gone. */
const CANCEL_SECONDS = 10;

/** Postings of one id wait for each other, so that a hundred equal ones at once are one attempt. */
const turns = new Map<string, Promise<unknown>>();

/** Starts what a posting asks for, or finds it done or under way. Doing it again changes nothing. */
export async function submit(api: Api, submission: Submission): Promise<PrebuildStatus> {
  const before = turns.get(submission.id) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => submitInTurn(api, submission));
  turns.set(submission.id, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(submission.id) === turn) turns.delete(submission.id);
  }
}

async function submitInTurn(api: Api, submission: Submission): Promise<PrebuildStatus> {
  const { id, target } = submission;
  const { underWay, ended, last } = await findPrebuild(api.store, id);
  // Only of what is taken: a list that nothing was made of is unknown to a Dockerfile.
  const noteList = async () => submission.listSha256 && api.store.put(paths.list(submission.listSha256, id), '');
  if (underWay && (await readCancel(api.store, id))?.of === underWay.attempt) {
    await untilCancelled(api, underWay);
    return submitInTurn(api, submission);
  }
  if (underWay) {
    await noteList();
    await hurry(api, submission, underWay.attempt);
    tell(api, submission, underWay.attempt, 'prebuild is under way already');
    return underWay;
  }
  if (ended && (await stillGood(api, ended, submission))) {
    await noteList();
    tell(api, submission, ended.attempt, 'prebuild has ended already');
    return ended;
  }

  const { options, requirements, constraints, warnings, asker } = submission;
  // An attempt without a record or an open marker was cut off before it existed: its number is taken again.
  const attempt = ended || last === 0 ? last + 1 : last;
  const request: PrebuildRequest = {
    schema: 1,
    id,
    attempt,
    target,
    options,
    requirements,
    ...(constraints.length > 0 && { constraints }),
    ...(submission.refresh && { refresh: true }),
    ...(submission.rebuild && { rebuild: true }),
    ...(submission.retry && { retry: true }),
    ...(submission.request !== undefined && { request: submission.request }),
    warnings,
    requestedAt: new Date().toISOString(),
  };
  const atOnce = submission.refresh ? undefined : await planFromCache(api, request, submission.list);
  if (atOnce) {
    await noteList();
    tell(api, submission, attempt, 'prebuild is ready: everything is stored');
    return atOnce;
  }
  await inTurns(api.queue, prebuildLane(target), asker, async (turns) => {
    await refuseWhenFull(api, asker.client);
    await api.quotas.takeWork(tokenOf(asker.client));
    await noteList();
    const taken = { ...request, turn: turns.take() };
    await openPrebuild(api.store, taken, submission.list);
    await api.queue.add(prebuildWork(taken));
  });
  tell(api, submission, attempt, 'prebuild taken');
  return (await readPrebuildStatus(api.store, id, attempt))!;
}

/** Whoever follows a request through the logs of all processes finds here which prebuild it became. */
function tell({ log }: Api, { id, target, request }: Submission, attempt: number, what: string): void {
  log.info({ ...(request !== undefined && { request }), prebuild: id, attempt, target }, what);
}

/** What is posted once more while it is under way is as urgent as the most urgent posting. */
async function hurry(api: Api, { id, target, asker }: Submission, attempt: number): Promise<void> {
  const request = await readPrebuildRequest(api.store, id, attempt);
  if (!request) return;
  if (asker.priority === 'batch' || request.turn?.priority !== 'batch') return api.queue.add(prebuildWork(request));
  await inTurns(api.queue, prebuildLane(target), asker, async (turns) => {
    const hurried = { ...request, turn: turns.take() };
    await writePrebuildRequest(api.store, hurried);
    // If it is planned already, the job goes over its builds once more.
    await api.queue.add(prebuildWork(hurried));
    await api.queue.raise(prebuildWork(hurried));
  });
}

/** A new attempt begins when the one that is being cancelled has ended. */
async function untilCancelled(api: Api, { id, attempt }: PrebuildStatus): Promise<void> {
  const status = await awaitPrebuild(api, id, attempt, CANCEL_SECONDS, new AbortController().signal);
  if (status?.endedAt) return;
  throw new WheelmillError(
    'being-cancelled',
    'This prebuild is just being cancelled. Send the list again in a moment.',
  );
}
