import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { constants, readFile } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { promisify } from 'node:util';
import { checkByDoing } from './check-store.ts';
import { orLetGo, writeContent } from './content.ts';
import { fileBody, openFile } from './file-body.ts';
import { systemCode, translateFileError } from './file-errors.ts';
import { listFiles } from './file-list.ts';
import { checkKey, checkPrefix, TEMP_FOLDER } from './keys.ts';
import type { Content, ObjectInfo, ObjectStore } from './object-store.ts';

const readWhole = promisify(readFile);

/** No write takes a day: what is older was left by a process that died. */
const TEMP_MAX_AGE_MS = 24 * 60 * 60 * 1000;
/** How often a removal may take away the folder a write has just made before the write gives up. */
const FOLDER_RACES = 20;

/** Everything that says "nothing there", also when a part of the path is a file or the key itself is a folder. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);
const isAbsent = (error: unknown) => ABSENT.has(systemCode(error) ?? '');

let lastStamp = 0;

/**
 * Seconds since 1970, greater by a microsecond at least each time. File systems stamp with the clock's tick (some ms)
 * and reuse inode numbers, so without a stamp of our own two versions of one size could have one ETag.
 */
function nextStamp(): number {
  const now = Math.floor((performance.timeOrigin + performance.now()) * 1000);
  lastStamp = Math.max(now, lastStamp + 1);
  return lastStamp / 1_000_000;
}

function infoOf(key: string, stats: BigIntStats): ObjectInfo {
  const etag = [stats.size, stats.mtimeNs, stats.ino].map((number) => number.toString(36)).join('-');
  return { key, size: Number(stats.size), etag, modified: stats.mtime };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes a folder and sees to it that its name survives a power cut, and those of new folders above it. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/**
 * The object store in a folder. An object is a file at its key; it is written beside (`.tmp/`), synced and renamed, so
 * it is whole or not there, also after a power cut. Folders that become empty are removed.
 * File names are taken to be case-sensitive. A key that is the folder of another is refused (`internal`).
 */
export function createFileStore({ folder }: { folder: string }): ObjectStore {
  const temp = join(folder, TEMP_FOLDER);
  const translate = (error: unknown) => translateFileError(error, folder);
  const pathOf = (key: string) => join(folder, ...key.split('/'));
  // In the background: leftovers cost space, nothing else, and nobody should wait for them.
  const swept = removeLeftovers(temp).catch(() => undefined);

  /** Runs `work` with system errors translated; undefined when the file is not there. */
  async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw translate(error);
    }
  }

  async function writeTemp(path: string, content: Content, signal: AbortSignal | undefined): Promise<void> {
    const file = await open(path, 'wx').catch((error) => {
      throw translate(error);
    });
    try {
      await writeContent(file, content, { signal, translate });
      const stamp = nextStamp();
      await file.utimes(stamp, stamp).catch((error) => {
        throw translate(error);
      });
      await file.sync().catch((error) => {
        throw translate(error);
      });
    } finally {
      await file.close();
    }
  }

  /** A removal of the folder's last other file may come between; then the folder is made again. */
  async function moveInto(from: string, to: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await makeFolder(dirname(to));
        await rename(from, to);
        break;
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || attempt === FOLDER_RACES) throw translate(error);
      }
    }
    await ifThere(() => syncFolder(dirname(to)));
  }

  const store: ObjectStore = {
    kind: 'file',

    async open(key, { range, signal } = {}) {
      checkKey(key);
      signal?.throwIfAborted();
      const file = await ifThere(() => openFile(pathOf(key)));
      if (file === undefined) return undefined;
      const body = fileBody(file, range, translate);
      if (signal !== undefined) addAbortSignal(signal, body);
      return { ...infoOf(key, file.stats), body };
    },

    async read(key) {
      checkKey(key);
      // A plan reads hundreds of records: this costs half of what a file handle does.
      return ifThere(() => readWhole(pathOf(key)));
    },

    async head(key) {
      checkKey(key);
      const stats = await ifThere(() => stat(pathOf(key), { bigint: true }));
      return stats?.isFile() ? infoOf(key, stats) : undefined;
    },

    async put(key, content, { signal } = {}) {
      const path = join(temp, randomUUID());
      await orLetGo(content, async () => {
        checkKey(key);
        try {
          await makeFolder(temp).catch((error) => {
            throw translate(error);
          });
          await writeTemp(path, content, signal);
          await moveInto(path, pathOf(key));
        } catch (error) {
          await rm(path, { force: true }).catch(() => undefined);
          throw error;
        }
      });
    },

    async remove(key) {
      checkKey(key);
      const path = pathOf(key);
      await ifThere(() => unlink(path));
      await removeEmptyFolders(folder, dirname(path));
    },

    async *list(prefix, options = {}) {
      checkPrefix(prefix);
      try {
        yield* listFiles(folder, prefix, options);
      } catch (error) {
        throw translate(error);
      }
    },

    async *sizes(prefix) {
      for await (const key of store.list(prefix)) {
        const stats = await ifThere(() => stat(pathOf(key)));
        if (stats) yield { key, size: stats.size };
      }
    },

    check: () => checkByDoing(store),
    close: () => swept,
  };
  return store;
}

/** From the inside out, up to the first that is not empty; any error only means that a folder stays. */
async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  try {
    for (let path = folder; path !== root; path = dirname(path)) await rmdir(path);
  } catch {}
}

async function removeLeftovers(temp: string): Promise<void> {
  for (const name of await readdir(temp)) {
    const path = join(temp, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > TEMP_MAX_AGE_MS) await rm(path, { force: true });
  }
}
