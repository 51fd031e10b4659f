import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WheelRecord } from '../../../src/core/records/wheel.ts';
import { deleteWheel, removeDueBytes, undeleteWheel } from '../../../src/storage/deletions.ts';
import type { ObjectStore } from '../../../src/storage/object-store.ts';
import { renderProject, renderRoot } from '../../../src/storage/project-pages.ts';
import { readTombstone } from '../../../src/storage/tombstones.ts';
import { publishWheel, readWheelRecord } from '../../../src/storage/wheel-records.ts';
import { yankByHand } from '../../../src/storage/yanks.ts';
import { someWheel } from '../wheel.ts';

/** A day and an hour from now: bytes of what was deleted are due. */
export const TOMORROW = () => new Date(Date.now() + 25 * 60 * 60_000);

/** `scratch` is a folder for the wheels on this machine. */
export type Act = {
  /** What is there before. */
  prepare(store: ObjectStore, scratch: string): Promise<void>;
  /** What is done, in the steps of the real thing. `done` is called when it counts as done for whoever asked for it. */
  act(store: ObjectStore, scratch: string, done: () => void): Promise<void>;
};

export const NEW = wheelOf('fresh');
export const OLD = wheelOf('settled');

function wheelOf(project: string) {
  return { project, filename: `${project}-1.0-py3-none-any.whl` };
}

const bytesOf = (project: string) => Buffer.alloc(300_000, project);

export const makeWheel = (scratch: string, { project, filename }: typeof NEW, more: Partial<WheelRecord> = {}) =>
  someWheel(scratch, { project, filename, ...more }, bytesOf(project));

async function render(store: ObjectStore, project: string): Promise<void> {
  const { isRootDirty } = await renderProject(store, project);
  if (isRootDirty) await renderRoot(store);
}

async function publish(store: ObjectStore, scratch: string, which: typeof NEW, done = () => {}): Promise<void> {
  await publishWheel(store, await makeWheel(scratch, which));
  done();
  await render(store, which.project);
}

async function remove(store: ObjectStore, which: typeof NEW, done = () => {}): Promise<void> {
  const record = await readWheelRecord(store, which.project, which.filename);
  if (record) await deleteWheel(store, record, 'a test');
  done();
  await render(store, which.project);
}

/** Everything that changes what the index has. */
export const ACTS: Record<'publish' | 'yank' | 'delete' | 'undelete' | 'remove bytes', Act> = {
  publish: {
    prepare: (store, scratch) => publish(store, scratch, OLD),
    act: (store, scratch, done) => publish(store, scratch, NEW, done),
  },
  yank: {
    prepare: (store, scratch) => publish(store, scratch, OLD),
    async act(store, _scratch, done) {
      await yankByHand(store, (await readWheelRecord(store, OLD.project, OLD.filename))!, 'a test');
      done();
      await render(store, OLD.project);
    },
  },
  delete: {
    async prepare(store, scratch) {
      for (const one of [OLD, NEW]) await publish(store, scratch, one);
    },
    act: (store, _scratch, done) => remove(store, NEW, done),
  },
  undelete: {
    async prepare(store, scratch) {
      for (const one of [OLD, NEW]) await publish(store, scratch, one);
      await remove(store, NEW);
    },
    async act(store, _scratch, done) {
      const tombstone = await readTombstone(store, NEW.project, NEW.filename);
      if (tombstone) await undeleteWheel(store, tombstone);
      done();
      await render(store, NEW.project);
    },
  },
  'remove bytes': {
    async prepare(store, scratch) {
      for (const one of [OLD, NEW]) await publish(store, scratch, one);
      await remove(store, NEW);
    },
    async act(store, _scratch, done) {
      await removeDueBytes(store, TOMORROW());
      done();
    },
  },
};
export type ActName = keyof typeof ACTS;

/** The line by which the child says that the act counts as done: written at once, for it may be dead a moment after. */
export const sayDone = (): void => writeFileSync(1, 'done\n');

export const childFile = (folder: string): string => join(folder, 'child.mjs');
