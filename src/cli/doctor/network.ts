import { checkDoor } from '../../workers/docker/door-check.ts';
import { createGateway } from '../../workers/gateway.ts';
import { type Check, notLookedAt, ok, warning, wrong } from './check.ts';
import type { DockerContext } from './docker-checks.ts';

/** What every build environment is made with, so every index that builds can work with has it. */
const PROJECT = 'setuptools';

/** Whether a container reaches the package index through its one door, and nothing else. */
export function networkCheck(context: DockerContext): Check {
  return {
    name: 'network',
    seconds: 120,
    look: async (signal) => {
      const [pair] = context.config.targets;
      if (!pair) return wrong('there is no target to look with', 'Name one in WHEELMILL_TARGETS.');
      const target = await context.probe(pair).catch(() => undefined);
      if (!target) return notLookedAt(`the images of target ${pair.name} cannot be used`, `First see to that target.`);
      const scratch = await context.folder();
      const { upstream, store } = await context.upstream();
      const gateway = await createGateway({ upstream, store, scratch, log: context.log });
      try {
        const view = gateway.view({ storedWheels: false });
        const { index, others } = await checkDoor(context.engine, { target, gateway: view, project: PROJECT, signal });
        if (others.length > 0)
          return wrong(
            `a container without network reaches ${others.join(', ')}`,
            'Do not build with this engine: it does not keep builds from the network. Look at its runtime and its network plugins.',
          );
        if (index.status === 200)
          return ok(
            `a container reaches the index through its door (${PROJECT}: ${index.bytes} bytes), and nothing else`,
          );
        const said = `the door of a container works, but the index behind it answers ${index.status || 'nothing'}: ${index.said}`;
        return index.status === 404
          ? warning(
              said,
              `Most packages need ${PROJECT} to be built: use an index that has it (WHEELMILL_UPSTREAM_URL).`,
            )
          : wrong(said, 'See what is said of upstream.');
      } finally {
        await gateway.close();
      }
    },
  };
}
