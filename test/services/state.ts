/** Where `npm run check` and the quickstart keep what they installed, and how a test speaks of what is missing. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;

export const stateDir = process.env.WHEELMILL_STATE ?? join(root, '.wheelmill/state');

/** An error whose sentence says how to get what a test needs: nothing is skipped, a missing service fails the run. */
export const missing = (what: string, cause?: unknown): Error =>
  new Error(`${what}. Run \`npm run check\` once: it installs what the tests need.`, { cause });

/** The path of an installed program: the state folder's own tools first, then PATH. Throws when it is nowhere. */
export function findProgram(name: string): string {
  const folders = [join(stateDir, 'tools/bin'), ...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin'];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found === undefined) throw missing(`The program ${name} is not installed`);
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
