import type { Bus } from './bus.ts';
import type { Answer, Lane } from './queue.ts';

/** In the data of a job: somebody waits for its answer. */
export const ASKED = '$asked';

/** What a worker tells whoever asked: the message on the bus's `replies`. */
export type Reply = { lane: Lane; id: string } & ({ what: 'begun' | 'ended' } | { what: 'answer'; answer: unknown });

export type Patience = { beginWithin: number; answerWithin: number; signal?: AbortSignal | undefined };

/** Listens for the replies to one job, adds it, and resolves with its answer or why there is none. */
export async function awaitAnswer(
  bus: Bus,
  job: { lane: Lane; id: string },
  add: () => Promise<void>,
  { beginWithin, answerWithin, signal }: Patience,
): Promise<Answer> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = withResolvers<Answer>();
  const unlisten = bus.listen('replies', (message) => {
    const reply = message as Reply;
    if (reply.lane !== job.lane || reply.id !== job.id) return;
    clearTimeout(beginning);
    if (reply.what === 'answer') resolve({ answer: reply.answer });
    else if (reply.what === 'ended') resolve({ unanswered: 'ended' });
  });
  const beginning = setTimeout(() => resolve({ unanswered: 'not-begun' }), beginWithin);
  const answering = setTimeout(() => resolve({ unanswered: 'late' }), answerWithin);
  const abort = () => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const added = add();
  try {
    const [answer] = await Promise.all([promise, added]);
    return answer;
  } finally {
    // What is given up is there by then, so that it can be cancelled.
    await added.catch(() => {});
    clearTimeout(beginning);
    clearTimeout(answering);
    signal?.removeEventListener('abort', abort);
    unlisten();
  }
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}
