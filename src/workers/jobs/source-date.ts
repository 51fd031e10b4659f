import { eachMember } from './sdist-members.ts';

/** Zip cannot store a time before 1980-01-01. */
const EARLIEST = 315_532_800;

/**
 * SOURCE_DATE_EPOCH of a build: the newest time in the sdist, so that a rebuild years later gives the same bytes.
 *
 * @returns seconds since 1970, 1980 at the earliest; that also for archives that are not a readable `.tar.gz`.
 */
export async function sourceDate(path: string): Promise<number> {
  let newest = EARLIEST;
  const now = Date.now() / 1000;
  await eachMember(path, ({ mtime }) => {
    const time = Math.floor((mtime?.getTime() ?? 0) / 1000);
    if (time > newest && time <= now) newest = time;
  });
  return newest;
}
