import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * How a client that asked for a promised wheel was answered: with the wheel, with what it will say of itself, with why
 * there is none, with where or when to ask again, with the end of its patience, or with a refusal; or it `left` before.
 */
const ANSWERS = ['wheel', 'metadata', 'failed', 'redirect', 'retry', 'gave-up', 'refused', 'left'] as const;
export type OnDemandAnswer = (typeof ANSWERS)[number];

const RESULTS = ['stored', 'failed'] as const;
export type OnDemandResult = (typeof RESULTS)[number];

export type OnDemandFigures = {
  /** A client is held from now on. To be called with its answer when it is no longer. */
  held(): (answer: OnDemandAnswer) => void;
  /** This process has begun to have a promised wheel made. */
  begun(): void;
  /** One that it had begun has ended. */
  ended(result: OnDemandResult): void;
};

/** Counts wheels on demand: who waits, what is made, and what became of both. */
export function countOnDemand(registry: Registry): OnDemandFigures {
  const registers = [registry];
  const held = new Gauge({
    name: 'wheelmill_on_demand_held_clients',
    help: 'Clients whose request for a promised wheel or its metadata is held now',
    registers,
  });
  const answers = new Counter({
    name: 'wheelmill_on_demand_answers_total',
    help: 'Requests for promised wheels that were held, by how they were answered',
    labelNames: ['answer'],
    registers,
  });
  const begun = new Counter({
    name: 'wheelmill_on_demand_begun_total',
    help: 'Promised wheels that were begun to be made',
    registers,
  });
  const ended = new Counter({
    name: 'wheelmill_on_demand_ended_total',
    help: 'Promised wheels that were begun and have ended, by result (stored, failed)',
    labelNames: ['result'],
    registers,
  });
  // What has not happened yet is 0: else the first of each would be no increase.
  for (const answer of ANSWERS) answers.inc({ answer }, 0);
  for (const result of RESULTS) ended.inc({ result }, 0);
  return {
    held() {
      held.inc();
      return (answer) => {
        held.dec();
        answers.inc({ answer });
      };
    },
    begun: () => begun.inc(),
    ended: (result) => ended.inc({ result }),
  };
}
