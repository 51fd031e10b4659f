import {
  type IndexFile,
  type IndexPage,
  renderProjectHtml,
  renderProjectJson,
  renderRootHtml,
  renderRootJson,
  sortedVersions,
} from '../core/index-page.ts';
import { indexedWheels } from '../core/private-files.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { paths } from './bucket-paths.ts';
import { CLAIM_MARKS, readClaim } from './claims.ts';
import type { ObjectStore } from './object-store.ts';
import { listSdistRecords } from './sdist-records.ts';
import { awaitedName, listWheelNames, readWheelRecords } from './wheel-records.ts';

/** A project that changes faster than it can be rendered is left to the job that its last change has queued. */
const MAX_ROUNDS = 5;
/** A mark whose record has not come by then never will: its writer died between the two. */
const MARK_AGE = 60 * 60_000;

/**
 * Renders `simple/<project>/` from the project's records and takes away the marks it has satisfied. Renders again where
 * something changed meanwhile, so that of two renderings at once the last page written has everything. A project
 * without public wheels has no page.
 */
export async function renderProject(store: ObjectStore, project: string): Promise<void> {
  let seen = await look(store, project);
  for (let round = 1; ; round += 1) {
    const claimed = (await readClaim(store, project)) !== undefined;
    const sdists = await listSdistRecords(store, project);
    const records = await readWheelRecords(store, project, seen.names);
    const present = records.filter((record) => !seen.deleted.has(record.filename));
    await writePage(store, project, indexedWheels(present, { claimed, sdists }));
    const now = await look(store, project);
    if (sameState(seen, now) || round === MAX_ROUNDS) {
      const rendered = [...records.map((record) => record.filename), CLAIM_MARKS[claimed ? 'claimed' : 'free']];
      await removeMarks(store, seen.marks, new Set(rendered));
      return;
    }
    seen = now;
  }
}

/** Renders `simple/`: the projects that have a page. */
export async function renderRoot(store: ObjectStore): Promise<void> {
  for (let round = 1, names = await pageNames(store); round <= MAX_ROUNDS; round += 1) {
    await store.put(paths.rootPage('html'), renderRootHtml(names));
    await store.put(paths.rootPage('json'), renderRootJson(names));
    const now = await pageNames(store);
    if (now.join() === names.join()) return;
    names = now;
  }
}

type State = { marks: string[]; names: string[]; deleted: Set<string> };

/** Marks first: a mark that is seen announces a record that may be seen too, never the other way round. */
async function look(store: ObjectStore, project: string): Promise<State> {
  const marks = await keys(store, paths.dirtyOf(project));
  const tombstones = paths.tombstonesOf(project);
  const deleted = (await keys(store, tombstones)).map((key) => key.slice(tombstones.length));
  return { marks, names: await listWheelNames(store, project), deleted: new Set(deleted) };
}

function sameState(one: State, other: State): boolean {
  const text = ({ marks, names, deleted }: State) => [marks.join(), names.join(), [...deleted].join()].join('\n');
  return text(one) === text(other);
}

async function writePage(store: ObjectStore, project: string, records: readonly WheelRecord[]): Promise<void> {
  const shown = records.filter((record) => record.visibility === 'public');
  const [html, json] = [paths.projectPage(project, 'html'), paths.projectPage(project, 'json')];
  if (shown.length === 0) {
    await store.remove(html);
    await store.remove(json);
    return;
  }
  const page: IndexPage = {
    name: project,
    versions: sortedVersions(shown.map((record) => record.version)),
    files: shown.map(indexFile),
  };
  await store.put(html, renderProjectHtml(page));
  await store.put(json, renderProjectJson(page));
}

/** As it stands on `simple/<project>/`, two folders below the root. */
function indexFile(record: WheelRecord): IndexFile {
  const { project, sha256, filename, size, requiresPython, yanked, metadataSha256, uploadedAt, build } = record;
  return {
    filename,
    url: `../../${paths.wheelFile(project, sha256, filename)}`,
    sha256,
    size,
    coreMetadataSha256: metadataSha256,
    uploadTime: new Date(uploadedAt).toISOString(),
    ...(requiresPython !== undefined && { requiresPython }),
    ...(yanked !== undefined && { yanked }),
    ...(build && { builtFor: build.target }),
  };
}

async function removeMarks(store: ObjectStore, marks: readonly string[], rendered: ReadonlySet<string>): Promise<void> {
  for (const mark of marks) {
    const name = awaitedName(mark);
    if (name === undefined || rendered.has(name) || (await isOld(store, mark))) await store.remove(mark);
  }
}

async function isOld(store: ObjectStore, key: string): Promise<boolean> {
  const info = await store.head(key);
  return info !== undefined && Date.now() - info.modified.getTime() > MARK_AGE;
}

async function pageNames(store: ObjectStore): Promise<string[]> {
  const prefix = paths.pages();
  const folders = await keys(store, prefix, { folders: true });
  return folders.filter((key) => key.endsWith('/')).map((key) => key.slice(prefix.length, -1));
}

async function keys(store: ObjectStore, prefix: string, options?: { folders: boolean }): Promise<string[]> {
  const found: string[] = [];
  for await (const key of store.list(prefix, options)) found.push(key);
  return found;
}
