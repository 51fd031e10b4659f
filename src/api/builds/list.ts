import pLimit from 'p-limit';
import Type, { type Static } from 'typebox';
import { isProjectName, normalizeName } from '../../core/names.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { readBuildProgress, readBuildRecord, readOpenBuild } from '../../storage/build-records.ts';
import { listRecent, type RecentEntry } from '../../storage/recent.ts';
import type { Api } from '../context.ts';
import { readCursor, writeCursor } from '../cursor.ts';

const Text = Type.String();
const READS_AT_ONCE = 16;

/** One line of the list of builds. */
export const BuildLineSchema = Type.Object({
  key: Text,
  project: Text,
  version: Type.Optional(Text),
  target: Type.Optional(Text),
  state: Text,
  reason: Type.Optional(Text),
  /** Of one under way: since when it is wanted, and when a worker took it up. */
  requestedAt: Type.Optional(Text),
  startedAt: Type.Optional(Text),
  endedAt: Type.Optional(Text),
  url: Text,
});
export type BuildLine = Static<typeof BuildLineSchema>;

export type BuildFilter = {
  project?: string | undefined;
  state?: string | undefined;
  reason?: string | undefined;
  limit: number;
  cursor?: string | undefined;
  /** So many of those under way are looked at; all, where it is left out. */
  mostUnderWay?: number | undefined;
};

/**
 * Builds that have ended, newest first; on the first page those under way come before them.
 *
 * @param base the URL under which the client reaches this server
 * @throws WheelmillError `bad-request` for a cursor that is none
 */
export async function listBuilds(
  { store }: Pick<Api, 'store'>,
  { project: name, state, reason, limit, cursor, mostUnderWay }: BuildFilter,
  base: string,
): Promise<{ items: BuildLine[]; next?: string; underWay: number }> {
  // In any spelling; what is no name has no builds.
  const project = name !== undefined && isProjectName(name) ? normalizeName(name) : name;
  const fits = (one: { project?: string | undefined; state: string; reason?: string | undefined }) =>
    (project === undefined || one.project === project) &&
    (state === undefined || one.state === state) &&
    (reason === undefined || one.reason === reason);
  const atOnce = pLimit(READS_AT_ONCE);
  const url = (key: string) => `${base}/api/v1/builds/${key}`;
  const after = readCursor(cursor);
  const open: string[] = [];
  if (cursor === undefined)
    for await (const key of store.list(paths.openBuilds())) open.push(key.slice(paths.openBuilds().length));

  const underWay = async (key: string): Promise<BuildLine[]> => {
    const [request, progress] = await Promise.all([readOpenBuild(store, key), readBuildProgress(store, key)]);
    if (!request) return [];
    const { version, target, requestedAt } = request;
    const now = progress?.run === request.run ? progress : undefined;
    const line = { key, project: request.project, version, target, state: now?.state ?? 'queued', requestedAt };
    return [{ ...line, ...(now?.startedAt !== undefined && { startedAt: now.startedAt }), url: url(key) }];
  };
  const ended = async (entry: RecentEntry): Promise<BuildLine> => {
    const record = await readBuildRecord(store, entry.id);
    const { id: key, project: name = '', state: how, reason: why, endedAt } = entry;
    return {
      ...{ key, project: name, state: how, endedAt, url: url(key) },
      ...(record && { version: record.version, target: record.target }),
      ...(why !== undefined && { reason: why }),
    };
  };
  const first = await Promise.all(open.slice(0, mostUnderWay).map((key) => atOnce(() => underWay(key))));
  const { entries, next } = await listRecent(store, 'builds', { limit, after, keep: fits });
  const rest = await Promise.all(entries.map((entry) => atOnce(() => ended(entry))));
  return {
    underWay: open.length,
    items: [...first.flat().filter(fits), ...rest],
    ...(next !== undefined && { next: writeCursor(next) }),
  };
}
