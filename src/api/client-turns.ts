import pLimit from 'p-limit';
import { WheelmillError } from '../errors.ts';

/** Runs costly answers in turn, so that neither one client nor all together take the whole server. */
export type ClientTurns = { run<T>(client: string, answer: () => Promise<T>): Promise<T> };

/**
 * @param perClient answers one client may have under way or waiting
 * @param altogether answers that are made at once; further ones wait
 */
export function createClientTurns({ perClient, altogether }: { perClient: number; altogether: number }): ClientTurns {
  const limit = pLimit(altogether);
  const underWay = new Map<string, number>();
  return {
    async run(client, answer) {
      const mine = underWay.get(client) ?? 0;
      if (mine >= perClient)
        throw new WheelmillError(
          'too-many-requests',
          `${perClient} dry runs of ${client} are under way. Wait for one to be answered.`,
        );
      underWay.set(client, mine + 1);
      try {
        return await limit(answer);
      } finally {
        const left = (underWay.get(client) ?? 1) - 1;
        if (left === 0) underWay.delete(client);
        else underWay.set(client, left);
      }
    },
  };
}
