import { beginRendering, isOld, listMarks, type Mark, markDirty } from './dirty-marks.ts';
import type { ObjectStore } from './object-store.ts';

/** A page that changes faster than it can be rendered is left to a rendering after the last change. */
const MAX_ROUNDS = 5;

/** How a kind of page is made. `S` is what was looked at for it. */
export type PageMaker<S> = {
  /** What there is now. The marks were listed before: what they announce may be seen, what is seen later is marked. */
  look(marks: readonly Mark[]): Promise<S>;
  /** The page of that, to compare. */
  text(state: S): string;
  /** Brings the bucket's page to that. */
  write(state: S): Promise<void>;
  /** Whether what the mark announces is part of that. */
  meets(state: S, mark: Mark): boolean;
  /** Told when the page says all of that, before others are told that this rendering is over. */
  settled?(state: S): Promise<void>;
};

/**
 * Renders a page until a further look shows nothing new, and takes away the marks it has met. Of several renderings at once
 * the last page written has everything, also when one of them dies:
 *
 * - Each notes itself before it looks, and looks once more after it has written.
 * - A mark is removed only where no other rendering is noted after that. One that is noted later looks later, and sees what
 *   the mark announced; one that was noted before looks again by itself, or has died and is still noted: then its mark has
 *   upkeep render the page again.
 *
 * @returns `changing` when the page changed in every round: it is to be rendered again, and marked so.
 */
export async function renderPage<S>(
  store: ObjectStore,
  project: string,
  maker: PageMaker<S>,
): Promise<'settled' | 'changing'> {
  const own = await beginRendering(store, project);
  let marks = await listMarks(store, project);
  let seen = await maker.look(marks.marks);
  for (let round = 1; ; round += 1) {
    await maker.write(seen);
    marks = await listMarks(store, project);
    const now = await maker.look(marks.marks);
    const isSettled = maker.text(now) === maker.text(seen);
    seen = now;
    if (isSettled) break;
    if (round < MAX_ROUNDS) continue;
    await markDirty(store, project);
    await store.remove(own);
    return 'changing';
  }
  await maker.settled?.(seen);
  if (await isAlone(store, own, marks.renderings))
    await removeMet(store, marks.marks, (mark) => maker.meets(seen, mark));
  await store.remove(own);
  return 'settled';
}

async function isAlone(store: ObjectStore, own: string, renderings: readonly string[]): Promise<boolean> {
  let alone = true;
  for (const other of renderings) {
    if (other === own) continue;
    if (await isOld(store, other)) await store.remove(other);
    else alone = false;
  }
  return alone;
}

async function removeMet(store: ObjectStore, marks: readonly Mark[], isMet: (mark: Mark) => boolean): Promise<void> {
  for (const mark of marks) if (isMet(mark) || (await isOld(store, mark.key))) await store.remove(mark.key);
}

/** Writes what differs: equal pages keep their time, and cost no write. */
export async function putIfChanged(store: ObjectStore, key: string, text: string): Promise<void> {
  const there = await store.read(key);
  if (!there?.equals(Buffer.from(text))) await store.put(key, text);
}
