import type { ImagePair } from '../../workers/builder.ts';
import { messageOf } from '../../workers/docker/engine.ts';
import { findImage } from '../../workers/docker/identity.ts';
import { type Check, type Finding, ok, together, warning, wrong } from './check.ts';
import type { DockerContext } from './docker-checks.ts';

/** Whether a pair's images are there, or could be had, and fit each other. Nothing is pulled: that can take minutes. */
export function targetCheck(context: DockerContext, pair: ImagePair): Check {
  return {
    name: `target ${pair.name}`,
    seconds: 90,
    look: async () => {
      const missing = await Promise.all([pair.build, pair.runtime].map((one) => lookFor(context, one)));
      const absent = missing.filter((one) => one !== undefined);
      if (absent.length > 0) return together(absent);
      const { python, distribution, platform, pipVersion } = await context.probe(pair);
      return ok(
        `${pair.build} and ${pair.runtime} agree: Python ${python.version}, ${distribution.id} ${distribution.codename}, ${platform}, pip ${pipVersion}`,
      );
    },
  };
}

/** Undefined for an image that is there. */
async function lookFor({ engine }: DockerContext, reference: string): Promise<Finding | undefined> {
  if (await findImage(engine.docker, reference)) return undefined;
  try {
    await engine.docker.getImage(reference).distribution();
    return warning(
      `${reference} is not on the engine yet, its registry has it`,
      `The first start pulls it; to do that now run "docker pull ${reference}".`,
    );
  } catch (error) {
    return wrong(
      `${reference} is not on the engine, and its registry does not give it: ${messageOf(error)}`,
      `Correct WHEELMILL_TARGETS, or see what "docker pull ${reference}" says.`,
    );
  }
}
