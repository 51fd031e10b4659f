/**
 * Does one act on a store and kills itself at its n-th write or removal: `child <store as JSON> <scratch> <act> <n> <when>`.
 * `before` it, or `during` it: once it is begun. With n = 0 it does all and says what there was: `put` or `remove` on a line each.
 */
import { writeFileSync } from 'node:fs';
import { createFileStore } from '../../../src/storage/file-store.ts';
import type { ObjectStore } from '../../../src/storage/object-store.ts';
import { createS3Store, type S3Settings } from '../../../src/storage/s3-store.ts';
import { ACTS, type ActName, sayDone } from './acts.ts';

const [place = '', scratch = '', name = '', at = '', when = ''] = process.argv.slice(2);
const settings = JSON.parse(place) as S3Settings | { folder: string };
const store = 'folder' in settings ? createFileStore(settings) : createS3Store(settings);
const steps: string[] = [];

const killNow = () => process.kill(process.pid, 'SIGKILL');

async function step(what: 'put' | 'remove', work: () => Promise<void>): Promise<void> {
  steps.push(what);
  if (steps.length !== Number(at)) return work();
  if (when === 'before') return killNow() as never;
  const begun = work();
  // A few turns later it is on its way to the disk or the server.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  killNow();
  return begun;
}

const mortal: ObjectStore = {
  ...store,
  put: (key, content, options) => step('put', () => store.put(key, content, options)),
  remove: (key) => step('remove', () => store.remove(key)),
};

await ACTS[name as ActName].act(mortal, scratch, sayDone);
writeFileSync(1, steps.map((one) => `${one}\n`).join(''));
await store.close();
