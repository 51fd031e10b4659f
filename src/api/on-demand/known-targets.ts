import type { FastifyRequest } from 'fastify';
import { readClientAgent } from '../../core/client-agent.ts';
import { targetOfClient } from '../../core/client-target.ts';
import type { Target } from '../../core/records/target.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Api } from '../context.ts';
import { installsNothing } from './may-start.ts';

/** Targets change with an image's new release; pages are asked for many times a second. Milliseconds. */
const MAX_AGE = 30_000;
/** One that no worker has looked into yet will be in a moment. */
const MAX_AGE_INCOMPLETE = 1_000;

/** The targets of the settings that a worker has looked into, as they were a moment ago. */
export type KnownTargets = {
  all(): Promise<readonly Target[]>;
  named(name: string): Promise<Target | undefined>;
  /**
   * The target that a client installs for: as its User-Agent says, else the first of the settings. Undefined for one that
   * none fits, and for browsers and crawlers, which install nothing.
   */
  of(request: FastifyRequest): Promise<Target | undefined>;
};

export function createKnownTargets({ config, store }: Pick<Api, 'config' | 'store'>): KnownTargets {
  let known: { until: number; targets: Promise<readonly Target[]> } | undefined;
  const read = async () => {
    const found = await Promise.all(config.targets.map(({ name }) => readTarget(store, name)));
    return found.filter((one) => one !== undefined);
  };
  const all = () => {
    if (known && performance.now() < known.until) return known.targets;
    const asked = { until: performance.now() + MAX_AGE, targets: read() };
    asked.targets.then(
      (found) => {
        if (found.length < config.targets.length) asked.until = performance.now() + MAX_AGE_INCOMPLETE;
      },
      () => {
        asked.until = 0;
      },
    );
    known = asked;
    return asked.targets;
  };
  return {
    all,
    named: async (name) => (await all()).find((one) => one.name === name),
    async of(request) {
      const header = request.headers['user-agent'];
      if (installsNothing(header)) return undefined;
      const { platform } = readClientAgent(header);
      const targets = await all();
      return platform
        ? targetOfClient(platform, targets)
        : targets.find(({ name }) => name === config.targets[0]?.name);
    },
  };
}
