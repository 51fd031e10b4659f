import type { ImagePair } from '../../workers/builder.ts';
import { type Engine, messageOf } from '../../workers/docker/engine.ts';
import { findImage } from '../../workers/docker/identity.ts';
import { type Check, type Finding, ok, warning, wrong } from './check.ts';
import type { DockerContext } from './docker-checks.ts';

/** Whether a pair's images are there, or could be had, and fit each other. Nothing is pulled: that can take minutes. */
export function targetCheck(context: DockerContext, pair: ImagePair): Check {
  return {
    name: `target ${pair.name}`,
    seconds: 90,
    look: async () => {
      const missing = await missingImages(context.engine, pair);
      if (missing.length > 0) return absent(await Promise.all(missing.map((one) => askRegistry(context, one))));
      const { python, distribution, platform, pipVersion } = await context.probe(pair);
      return ok(
        `${pair.build} and ${pair.runtime} agree: Python ${python.version}, ${distribution.id} ${distribution.codename}, ${platform}, pip ${pipVersion}`,
      );
    },
  };
}

/** Those images of a pair that the engine does not have. */
export async function missingImages({ docker }: Engine, { build, runtime }: ImagePair): Promise<string[]> {
  const names = [...new Set([build, runtime])];
  const found = await Promise.all(names.map((one) => findImage(docker, one)));
  return names.filter((_, at) => found[at] === undefined);
}

type Absent = { reference: string; refusal?: string };

/** Whether an image can be had; `refusal` is what its registry, or the way there, said. */
async function askRegistry({ engine }: DockerContext, reference: string): Promise<Absent> {
  try {
    await engine.docker.getImage(reference).distribution();
    return { reference };
  } catch (error) {
    return { reference, refusal: messageOf(error) };
  }
}

function absent(images: readonly Absent[]): Finding {
  const names = images.map((one) => one.reference).join(' and ');
  const is = images.length === 1 ? 'is' : 'are';
  const pulls = images.map((one) => `"docker pull ${one.reference}"`).join(' and ');
  const refusals = [...new Set(images.flatMap(({ refusal }) => refusal ?? []))];
  if (refusals.length > 0)
    return wrong(
      `${names} ${is} not on the engine, and its registry does not give it: ${refusals.join('; ')}`,
      `Name images in WHEELMILL_TARGETS that the engine has or can pull ("docker images" lists those it has), or see what ${pulls} say${images.length === 1 ? 's' : ''}.`,
    );
  return warning(
    `${names} ${is} not on the engine yet, the registry has what is missing`,
    `The first start pulls it; to do that now: ${pulls}.`,
  );
}
