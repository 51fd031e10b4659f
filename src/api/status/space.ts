import { statfs } from 'node:fs/promises';

/** Bytes of a folder's disk that are free for others than root; unknown where the file system does not tell. */
export async function spaceIn(folder: string): Promise<number | undefined> {
  const found = await statfs(folder).catch(() => undefined);
  return found && found.bavail * found.bsize;
}
