import pLimit, { type LimitFunction } from 'p-limit';
import { WheelmillError } from '../../errors.ts';
import { type Engine, messageOf, statusOf } from './engine.ts';
import { findImage, type LocalImage } from './identity.ts';

/**
 * Who looks for one name at a time: in an engine's classic image store a name stands for one platform, and a pull for another
 * moves it. The image found is known by its id from then on.
 */
const turns = new Map<string, LimitFunction>();

/**
 * The image of a name for a platform (the engine's own if none is asked for), pulled where the engine has it not, or for
 * another platform only.
 *
 * @throws WheelmillError `bad-config` for an image that is not there for it, `engine-unavailable`; errors of the engine
 */
export function requireImage(engine: Engine, reference: string, asked: string | undefined): Promise<LocalImage> {
  const turn = turns.get(reference) ?? pLimit(1);
  turns.set(reference, turn);
  return turn(() => findOrPull(engine, reference, asked));
}

async function findOrPull(engine: Engine, reference: string, asked: string | undefined): Promise<LocalImage> {
  const { docker } = engine;
  const platform = asked ?? (await engine.platform());
  const local = await findImage(docker, reference, asked);
  if (local && isFor(local, platform)) return local;
  await pull(engine, reference, asked ?? (local && platform)).catch((cause) => {
    throw notPulled(reference, platform, local, cause);
  });
  const pulled = await findImage(docker, reference, asked);
  if (pulled === undefined)
    throw new WheelmillError('engine-unavailable', `The engine pulled ${reference} and does not have it. Try again.`);
  if (isFor(pulled, platform)) return pulled;
  throw new WheelmillError('bad-config', otherPlatform(reference, platform, pulled));
}

/** `linux/arm` stands for each of its variants. */
function isFor(image: LocalImage, platform: string): boolean {
  return image.platform === platform || image.platform.startsWith(`${platform}/`);
}

/** Without a platform registries are asked for the engine's own. What goes wrong after the start is in the stream. */
async function pull({ docker }: Engine, reference: string, platform: string | undefined): Promise<void> {
  const progress = await docker.pull(reference, platform === undefined ? {} : { platform });
  const messages = await new Promise<{ error?: string }[]>((resolve, reject) => {
    docker.modem.followProgress(progress, (error, output) => (error ? reject(error) : resolve(output)));
  });
  const failure = messages.find(({ error }) => error !== undefined);
  if (failure) throw new Error(failure.error);
}

function notPulled(reference: string, platform: string, local: LocalImage | undefined, cause: unknown): WheelmillError {
  const isWrong = statusOf(cause) === 404 || statusOf(cause) === 400;
  if (local)
    return new WheelmillError(
      'bad-config',
      `${otherPlatform(reference, platform, local)} Pulling it for ${platform} failed: ${messageOf(cause)}.`,
      { cause },
    );
  const why = `The image ${reference} for ${platform} is not on the Docker engine and could not be pulled: ${messageOf(cause)}.`;
  return isWrong
    ? new WheelmillError('bad-config', `${why} Correct WHEELMILL_TARGETS.`, { cause })
    : new WheelmillError(
        'engine-unavailable',
        `${why} Run "docker pull ${reference}" to see more, or name images that the engine has in WHEELMILL_TARGETS.`,
        { cause },
      );
}

function otherPlatform(reference: string, platform: string, found: LocalImage): string {
  return (
    `The engine has the image ${reference} for ${found.platform}, not for ${platform}. ` +
    `If ${found.platform} is meant, put @${found.platform} after the pair in WHEELMILL_TARGETS.`
  );
}
