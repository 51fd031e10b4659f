import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bytesText } from '../../core/bytes-text.ts';
import { type Check, type Finding, ok, together, warning, wrong } from './check.ts';
import type { DoctorContext } from './context.ts';

/** A folder that grows, and how much one build may add to it at most, in bytes. */
export type Room = { name: string; path: string; need: number; advice: string };

/** Less than this is full in a moment: records, logs and pages need some of it too. */
const LEAST_BYTES = 256 * 1024 ** 2;
const LEAST_INODES = 5_000;

/** Whether there is room for what one build may need; with small wheels much less does. */
export function diskCheck(rooms: () => Promise<readonly Room[]>): Check {
  return {
    name: 'disk',
    seconds: 15,
    look: async () => together(await Promise.all((await rooms()).map(lookAt))),
  };
}

async function lookAt({ name, path, need, advice }: Room): Promise<Finding> {
  const { bavail, bsize, files, ffree } = await statfs(await existing(path));
  const free = bavail * bsize;
  // Some file systems make inodes as they go and say 0.
  const inodes = files > 0 ? ffree : undefined;
  const found = `${name} ${path}: ${bytesText(free)}${inodes === undefined ? '' : ` and ${inodes} inodes`} free`;
  if (free < LEAST_BYTES || (inodes !== undefined && inodes < LEAST_INODES)) return wrong(found, advice);
  if (free < need) return warning(`${found}, one build may need ${bytesText(need)}`, advice);
  return ok(found);
}

/** The nearest folder above that is there: where the others will be made. */
async function existing(path: string): Promise<string> {
  try {
    await statfs(path);
    return path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    return existing(dirname(path));
  }
}

/** The folders of this process: data folder and scratch in one, and where streams wait on their way to S3. */
export function ownRooms({ dataFolder, maxWheelBytes, s3Endpoint }: DoctorContext['config']): Room[] {
  // As it came out of the build, with its tag, and stored.
  const copies = s3Endpoint ? 2 : 3;
  const rooms = [
    {
      name: 'data folder',
      path: dataFolder,
      need: copies * maxWheelBytes,
      advice: 'Free some space, set WHEELMILL_DATA_DIR to a larger disk, or lower WHEELMILL_MAX_WHEEL_BYTES.',
    },
    {
      name: 'scratch',
      path: join(dataFolder, 'scratch'),
      need: 2 * maxWheelBytes,
      advice: 'Free some space in the data folder.',
    },
  ];
  if (!s3Endpoint) return rooms;
  const advice = 'Free some space there, or set TMPDIR to a larger disk.';
  return [...rooms, { name: 'temporary folder', path: tmpdir(), need: maxWheelBytes, advice }];
}
