import { docker } from '../../test/services/docker.ts';

/** Bytes of the layers that an image has above the one it is made from, the first one first; empty ones are left out. */
export async function layerBytes(image: string, base: string): Promise<number[]> {
  const above = (await history(image)).slice((await history(base)).length);
  return above.filter((bytes) => bytes > 0);
}

/** Sizes in the order of the image's making. */
async function history(image: string): Promise<number[]> {
  const printed = await docker('history', '--human=false', '--format', '{{.Size}}', image);
  return printed.split('\n').map(Number).reverse();
}
