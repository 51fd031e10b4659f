import pLimit from 'p-limit';
import Type, { type Static } from 'typebox';
import { paths } from '../../storage/bucket-paths.ts';
import { listAttempts, readOpenPrebuild, readPrebuildRequest } from '../../storage/prebuild-records.ts';
import { listRecent, prebuildFigures, type RecentEntry } from '../../storage/recent.ts';
import type { Api } from '../context.ts';
import { readCursor, writeCursor } from '../cursor.ts';

const Text = Type.String();
const Count = Type.Integer();
const READS_AT_ONCE = 16;
/** Names that tell people which list it is. */
const NAMES = 5;

/** Which of these one is in that has not ended, its own page tells. */
const UNDER_WAY: ReadonlySet<string> = new Set(['planning', 'working', 'proving']);

/** One line of the list of prebuilds. */
export const PrebuildLineSchema = Type.Object({
  id: Text,
  state: Text,
  attempt: Type.Optional(Count),
  target: Type.Optional(Text),
  /** The first projects that the list names, and how many requirements it has. */
  projects: Type.Optional(Type.Array(Text)),
  requirements: Type.Optional(Count),
  /** Once it has ended. */
  counts: Type.Optional(Type.Object({ hit: Count, mirror: Count, build: Count, failed: Count })),
  requestedAt: Type.Optional(Text),
  endedAt: Type.Optional(Text),
  url: Text,
});
export type PrebuildLine = Static<typeof PrebuildLineSchema>;

/**
 * Prebuilds that have ended, newest first; on the first page those under way come before them.
 *
 * @param base the URL under which the client reaches this server
 * @throws WheelmillError `bad-request` for a cursor that is none
 */
export async function listPrebuilds(
  { store }: Pick<Api, 'store'>,
  { state, limit, cursor }: { state?: string | undefined; limit: number; cursor?: string | undefined },
  base: string,
): Promise<{ items: PrebuildLine[]; next?: string }> {
  const after = readCursor(cursor);
  const atOnce = pLimit(READS_AT_ONCE);
  const about = async (id: string, known: number | undefined) => {
    const attempt = known ?? (await listAttempts(store, id)).at(-1);
    const request = attempt === undefined ? undefined : await readPrebuildRequest(store, id, attempt);
    if (!request) return attempt === undefined ? {} : { attempt };
    const { target, requirements, requestedAt } = request;
    const projects = [...new Set(requirements.map(({ name }) => name))].slice(0, NAMES);
    return { attempt: request.attempt, target, projects, requirements: requirements.length, requestedAt };
  };
  const url = (id: string) => `${base}/api/v1/prebuilds/${id}`;
  const ended = async (entry: RecentEntry): Promise<PrebuildLine> => {
    const { id, endedAt } = entry;
    const figures = prebuildFigures(entry);
    const counts = figures && (({ hit, mirror, build, failed }) => ({ hit, mirror, build, failed }))(figures);
    const line = { id, state: entry.state, ...(await about(id, figures?.attempt)), endedAt, url: url(id) };
    return { ...line, ...(counts && { counts }) };
  };
  const open: string[] = [];
  if (cursor === undefined && (state === undefined || UNDER_WAY.has(state)))
    for await (const key of store.list(paths.openPrebuilds())) open.push(key.slice(paths.openPrebuilds().length));
  const underWay = async (id: string): Promise<PrebuildLine> => {
    const attempt = await readOpenPrebuild(store, id);
    return { id, state: 'working', ...(await about(id, attempt)), url: url(id) };
  };
  const first = await Promise.all(open.map((id) => atOnce(() => underWay(id))));
  const { entries, next } = await listRecent(store, 'prebuilds', {
    ...{ limit, after },
    keep: (one) => state === undefined || one.state === state,
  });
  const rest = await Promise.all(entries.map((entry) => atOnce(() => ended(entry))));
  return { items: [...first, ...rest], ...(next !== undefined && { next: writeCursor(next) }) };
}
