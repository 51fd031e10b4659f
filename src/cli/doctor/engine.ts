import { isLoopback } from '../../core/loopback.ts';
import { engineFacts } from '../../workers/docker/engine-facts.ts';
import { adviceOn } from '../../workers/docker/engine-limits.ts';
import { type Check, ok, together, warning } from './check.ts';
import type { DockerContext } from './docker-checks.ts';

/** Whether an engine answers, what it is, and which limits it can hold builds to. */
export function engineCheck({ engine, builder }: DockerContext): Check {
  return {
    name: 'engine',
    seconds: 15,
    look: async () => {
      await builder.check();
      const facts = await engineFacts(engine);
      const where = isRemote(engine.docker.modem) ? 'remote' : 'local';
      const who = facts.rootless ? 'rootless' : 'as root';
      const about = ok(
        `Docker ${facts.version}, API ${facts.api}, ${where}, ${who}, storage ${facts.Driver}, cgroup v${facts.CgroupVersion ?? '1'}`,
      );
      const open = isOpen(engine.docker.modem)
        ? [
            warning(
              'reached without TLS',
              'Whoever reaches that port is root on its machine: use TLS, or ssh (docs/sandbox.md).',
            ),
          ]
        : [];
      if (facts.missingLimits.length === 0) return together([about, ...open]);
      const lacks = `it cannot limit ${facts.missingLimits.join(', ')}`;
      const advice = adviceOn(facts.missingLimits, facts.rootless);
      return together([about, ...open, warning(lacks, `A build may take more of these than it should. ${advice}`)]);
    },
  };
}

/** Over a network, for everybody. */
function isOpen(modem: unknown): boolean {
  const { host, protocol } = modem as { host?: string; protocol?: string };
  return host !== undefined && protocol === 'http' && !isLoopback(host);
}

function isRemote(modem: unknown): boolean {
  return (modem as { socketPath?: string }).socketPath === undefined;
}
