import type Docker from 'dockerode';
import type { ImageInspectInfo } from 'dockerode';
import { canonicalJson } from '../../core/canonical-json.ts';
import { sha256Hex } from '../../core/sha256.ts';
import { statusOf } from './engine.ts';
import { inTime } from './patience.ts';

/** An image on the engine: the engine's own id, and the identity that is the same on every engine and image store. */
export type LocalImage = { id: string; identity: string; platform: string };

/** Hash of what decides a build: layer diff ids, architecture and environment. */
export function imageIdentity(image: Pick<ImageInspectInfo, 'RootFS' | 'Architecture' | 'Config'>): string {
  return sha256Hex(
    canonicalJson({
      layers: image.RootFS.Layers ?? [],
      architecture: image.Architecture,
      environment: [...(image.Config.Env ?? [])].sort(),
    }),
  );
}

/**
 * The image that a name stands for on this engine now; undefined when there is none.
 *
 * @param platform which of several, on engines whose image store keeps an image for many platforms under one name (API
 * 1.49); others leave it out of account, so the answer may be for another platform.
 */
export async function findImage(docker: Docker, reference: string, platform?: string): Promise<LocalImage | undefined> {
  try {
    const image = await inspect(docker, reference, platform);
    return { id: image.Id, identity: imageIdentity(image), platform: platformText(image) };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The client has no parameters for this call. */
function inspect(docker: Docker, reference: string, platform?: string): Promise<ImageInspectInfo> {
  if (platform === undefined) return inTime(docker.getImage(reference).inspect());
  const [os, architecture, variant] = platform.split('/');
  const answer = new Promise<ImageInspectInfo>((resolve, reject) =>
    docker.modem.dial(
      {
        path: `/images/${reference}/json?`,
        method: 'GET',
        options: { platform: JSON.stringify({ os, architecture, ...(variant && { variant }) }) },
        statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
      },
      (error, image) => (error ? reject(error) : resolve(image as ImageInspectInfo)),
    ),
  );
  return inTime(answer);
}

/** `linux/arm64`; the variant only where there is more than one kind of the architecture. */
function platformText({ Os, Architecture, Variant }: ImageInspectInfo): string {
  return [Os, Architecture, ...(Architecture === 'arm' && Variant ? [Variant] : [])].join('/');
}

/** The image with this identity, by the name it had or, when the name has moved on, among all the engine has. */
export async function findIdentity(
  docker: Docker,
  reference: string,
  identity: string,
  platform?: string,
): Promise<LocalImage | undefined> {
  const named = await findImage(docker, reference, platform);
  if (named?.identity === identity) return named;
  for (const { Id } of await inTime(docker.listImages())) {
    const image = await findImage(docker, Id, platform);
    if (image?.identity === identity) return image;
  }
  return undefined;
}
