import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from './state.ts';

/** The clock of processes that were started with its settings. */
export type Clock = {
  settings: Record<string, string>;
  /** From now on it is off by this, like `+5h` or `-30m`. How fast it goes, and what is measured with it, stays. */
  set(offset: string): void;
};

/** A clock that can be put forward and back (libfaketime), while processes look at it. @param folder of the test */
export function createClock(folder: string): Clock {
  const file = join(folder, 'clock');
  writeFileSync(file, '+0\n');
  return {
    settings: {
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set: (offset) => writeFileSync(file, `${offset}\n`),
  };
}

/** Where the Debian package `faketime` has put it, on whatever architecture. */
function library(): string {
  const maps = readFileSync('/proc/self/maps', 'utf8');
  const libc = /(\/\S+)\/libc\.so\.6/.exec(maps)?.[1];
  const found = `${libc?.replace(/^\/lib/, '/usr/lib')}/faketime/libfaketime.so.1`;
  if (existsSync(found)) return found;
  throw missing('libfaketime is not installed');
}
