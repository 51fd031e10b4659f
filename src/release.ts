import { readFileSync } from 'node:fs';

/** The version of this Wheelmill: that of package.json, which is one folder up both in src and in dist. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
