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

export type PrebuildFilter = {
  /** One of LISTED_PREBUILD_STATES: `working` are all that are under way; how far one is, its own page tells. */
  state?: string | undefined;
  limit: number;
  cursor?: string | undefined;
  /** So many of those under way are looked at; all, where it is left out. */
  mostUnderWay?: number | undefined;
};

/**
 * Prebuilds that have ended, newest first; on the first page those under way come before them.
 *
 * @param base the URL under which the client reaches this server
 * @throws WheelmillError `bad-request` for a cursor that is none
 */
export async function listPrebuilds(
  { store }: Pick<Api, 'store'>,
  { state, limit, cursor, mostUnderWay }: PrebuildFilter,
  base: string,
): Promise<{ items: PrebuildLine[]; next?: string; underWay: number }> {
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
  if (cursor === undefined && (state === undefined || state === 'working'))
    for await (const key of store.list(paths.openPrebuilds())) open.push(key.slice(paths.openPrebuilds().length));
  const underWayAt = async (id: string): Promise<PrebuildLine> => {
    const attempt = await readOpenPrebuild(store, id);
    return { id, state: 'working', ...(await about(id, attempt)), url: url(id) };
  };
  const first = await Promise.all(open.slice(0, mostUnderWay).map((id) => atOnce(() => underWayAt(id))));
  const { entries, next } = await listRecent(store, 'prebuilds', {
    ...{ limit, after },
    keep: (one) => state === undefined || one.state === state,
  });
  const rest = await Promise.all(entries.map((entry) => atOnce(() => ended(entry))));
  return { underWay: open.length, items: [...first, ...rest], ...(next !== undefined && { next: writeCursor(next) }) };
}
