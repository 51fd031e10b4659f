import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from './file-errors.ts';
import { byCodeUnit, isKey, TEMP_FOLDER } from './keys.ts';
import type { ListOptions } from './object-store.ts';

async function isFolder(path: string, entry: Dirent): Promise<boolean> {
  // An administrator may have put a part of the store on another disk.
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return (await stat(join(path, entry.name)).catch(() => undefined))?.isDirectory() ?? false;
}

/**
 * The keys of files and, with a `/` at the end, of folders in `folder` (a key ending in `/`, or empty for the root).
 * The slash counts in the order: `a-b` comes before `a/`, as the keys `a-b` and `a/b` do.
 */
async function entriesOf(root: string, folder: string): Promise<string[]> {
  const path = join(root, folder);
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const own = entries.filter(({ name }) => isKey(folder + name) && !(folder === '' && name === TEMP_FOLDER));
    const keys = await Promise.all(
      own.map(async (entry) => ((await isFolder(path, entry)) ? `${folder}${entry.name}/` : folder + entry.name)),
    );
    return keys.sort(byCodeUnit);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}

async function holdsFile(root: string, folder: string): Promise<boolean> {
  const entries = await entriesOf(root, folder);
  if (entries.some((key) => !key.endsWith('/'))) return true;
  for (const key of entries) if (await holdsFile(root, key)) return true;
  return false;
}

async function* walk(root: string, folder: string, prefix: string, options: ListOptions): AsyncGenerator<string> {
  const { after = '', folders = false, shallow = false } = options;
  for (const key of await entriesOf(root, folder)) {
    if (!key.endsWith('/')) {
      if (key.startsWith(prefix) && key > after) yield key;
    } else if (shallow) {
      // The walk begins in the prefix's own folder: what is below that is deeper.
    } else if (folders && key.startsWith(prefix) && key.length > prefix.length) {
      if (key > after && (await holdsFile(root, key))) yield key;
    } else if ((key.startsWith(prefix) || prefix.startsWith(key)) && (key > after || after.startsWith(key))) {
      yield* walk(root, key, prefix, options);
    }
  }
}

/** `ObjectStore.list` over the files below `root`, reading only folders that can hold a key asked for. */
export async function* listFiles(root: string, prefix: string, options: ListOptions): AsyncGenerator<string> {
  yield* walk(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix, options);
}
