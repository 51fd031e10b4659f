import { randomBytes } from 'node:crypto';
import { canonicalJson } from '../core/canonical-json.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { sha256Hex } from '../core/sha256.ts';
import { paths } from './bucket-paths.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * `dirty/<project>/<leaf>`: empty objects that say that a page must be rendered. Leaves:
 *
 *     <random>                          whatever the page has now
 *     <random>.<name>                   until the record of that file name is there
 *     <random>.<name>.<content>         until that record has this content
 *     <random>.<name>.deleted           until there is a tombstone of that file name
 *     <random>.claim.claimed            until the project's name is claimed
 *     <random>.claim.free               until it is not
 *     <random>.<project>.page           (of the list of projects) until the project has a page
 *     <random>.<project>.nopage         until it has none
 *     rendering-<random>                somebody is at it
 *
 * A mark is written before what it announces and removed by a rendering that has seen it, so that a writer may die between
 * the two. Names and contents are hashes: file names may be as long as a part of a key.
 */
export type Mark = { key: string; name?: string | undefined; content?: string | undefined };

/** Stands for the list of all projects; no project has such a name. */
export const ROOT_PAGE = '_root';

/** What is announced comes within milliseconds; after this time (ms) its writer has died. Also a rendering ends before. */
const MARK_AGE = 10 * 60_000;

const RENDERING = 'rendering-';
const random = () => randomBytes(8).toString('hex');
const short = (text: string) => sha256Hex(text).slice(0, 16);

export const markOfName = (filename: string): string => short(filename);
export const markOfContent = (record: WheelRecord): string => short(canonicalJson(record));

/** Notes that a project's page must be rendered, whatever comes. */
export function markDirty(store: ObjectStore, project: string): Promise<void> {
  return store.put(paths.dirty(project, random()), '');
}

/** Before a record is written: under a name that has none, or in the place of one. */
export function announceRecord(store: ObjectStore, record: WheelRecord, isThere: boolean): Promise<void> {
  const content = isThere ? `.${markOfContent(record)}` : '';
  return store.put(paths.dirty(record.project, `${random()}.${markOfName(record.filename)}${content}`), '');
}

/** Before a tombstone is written. */
export function announceDeletion(store: ObjectStore, project: string, filename: string): Promise<void> {
  return store.put(paths.dirty(project, `${random()}.${markOfName(filename)}.deleted`), '');
}

/** Stands where a file name's hash would: no hash is spelled so. */
export const CLAIM_MARK = 'claim';

/** Before a claim of the project's name is written or removed. */
export function announceClaim(store: ObjectStore, project: string, becomes: 'claimed' | 'free'): Promise<void> {
  return store.put(paths.dirty(project, `${random()}.${CLAIM_MARK}.${becomes}`), '');
}

/** Before the first page of a project is written, or its last one removed. */
export function announcePage(store: ObjectStore, project: string, page: 'page' | 'nopage'): Promise<void> {
  return store.put(paths.dirty(ROOT_PAGE, `${random()}.${project}.${page}`), '');
}

/** Notes that a rendering of this project's page begins; gives the mark, to be removed at its end. */
export async function beginRendering(store: ObjectStore, project: string): Promise<string> {
  const key = paths.dirty(project, RENDERING + random());
  await store.put(key, '');
  return key;
}

/** What is to be rendered, and who is at it (keys). */
export async function listMarks(store: ObjectStore, project: string): Promise<{ marks: Mark[]; renderings: string[] }> {
  const prefix = paths.dirtyOf(project);
  const marks: Mark[] = [];
  const renderings: string[] = [];
  for await (const key of store.list(prefix)) {
    const leaf = key.slice(prefix.length);
    if (leaf.startsWith(RENDERING)) renderings.push(key);
    else {
      const [, name, content] = leaf.split('.');
      marks.push({ key, name, content });
    }
  }
  return { marks, renderings };
}

/**
 * Whether a mark is there whose writer has died. One of a time to come is of before a clock was set back, and must not wait until that
 * time comes; to render once too often does no harm.
 */
export async function isOld(store: ObjectStore, key: string): Promise<boolean> {
  const info = await store.head(key);
  return info !== undefined && Math.abs(Date.now() - info.modified.getTime()) > MARK_AGE;
}

/** Whether a rendering (its mark's key) goes on. */
export async function isUnderWay(store: ObjectStore, key: string): Promise<boolean> {
  const info = await store.head(key);
  return info !== undefined && Math.abs(Date.now() - info.modified.getTime()) <= MARK_AGE;
}
