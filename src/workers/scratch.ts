import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { hasProcess } from './has-process.ts';

/** As `instance` in the settings begins: a host and a process of it. */
const OWNED = /^(.+)-(\d+)-[0-9a-z]+-[^-]+$/;

/**
 * Makes a folder for this process's files on their way, and removes those that killed processes of this host have left
 * beside it. Folders of other hosts are theirs to judge.
 */
export async function makeScratch(root: string, instance: string): Promise<string> {
  await mkdir(root, { recursive: true });
  const host = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-');
  for (const name of await readdir(root)) {
    const [, owner, pid] = OWNED.exec(name) ?? [];
    if (owner === host && !isRunning(Number(pid))) await rm(join(root, name), { recursive: true, force: true });
  }
  return mkdtemp(join(root, `${instance}-`));
}

/** A process id that is this process's own now belonged to an earlier one: containers number theirs from 1. */
function isRunning(pid: number): boolean {
  return pid !== process.pid && hasProcess(pid);
}
