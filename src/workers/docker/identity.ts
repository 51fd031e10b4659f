import type Docker from 'dockerode';
import type { ImageInspectInfo } from 'dockerode';
import { canonicalJson } from '../../core/canonical-json.ts';
import { sha256Hex } from '../../core/sha256.ts';
import { statusOf } from './engine.ts';

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

/** The image that a name stands for on this engine now; undefined when there is none. */
export async function findImage(docker: Docker, reference: string): Promise<LocalImage | undefined> {
  try {
    const image = await docker.getImage(reference).inspect();
    return { id: image.Id, identity: imageIdentity(image), platform: `${image.Os}/${image.Architecture}` };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** The image with this identity, by the name it had or, when the name has moved on, among all the engine has. */
export async function findIdentity(
  docker: Docker,
  reference: string,
  identity: string,
): Promise<LocalImage | undefined> {
  const named = await findImage(docker, reference);
  if (named?.identity === identity) return named;
  for (const { Id } of await docker.listImages()) {
    const image = await findImage(docker, Id);
    if (image?.identity === identity) return image;
  }
  return undefined;
}
