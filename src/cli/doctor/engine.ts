import { engineFacts } from '../../workers/docker/engine-facts.ts';
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
      if (facts.missingLimits.length === 0) return about;
      const lacks = `it cannot limit ${facts.missingLimits.join(', ')}`;
      const advice = facts.rootless
        ? 'A rootless engine needs cgroup v2 with these controllers delegated to its user.'
        : 'Turn these cgroup controllers on in the kernel ("swapaccount=1" for swap); until then a build may take more than it should.';
      return together([about, warning(lacks, advice)]);
    },
  };
}

function isRemote(modem: unknown): boolean {
  return (modem as { socketPath?: string }).socketPath === undefined;
}
