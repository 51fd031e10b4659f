import Type, { type Static } from 'typebox';
import type { Tombstone } from '../../core/records/tombstone.ts';
import { type WheelRecord, WheelRecordSchema } from '../../core/records/wheel.ts';
import { compareVersions, parseVersion } from '../../core/version.ts';
import { WheelmillError } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import { type ProjectDownloads, readDownloads } from '../../storage/downloads.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { listTombstoneNames, readTombstone } from '../../storage/tombstones.ts';
import { listWheelRecords } from '../../storage/wheel-records.ts';

const Text = Type.String();
const Count = Type.Integer({ minimum: 0 });
const shown = WheelRecordSchema.properties;

/** A stored wheel as the API shows it. */
export const WheelViewSchema = Type.Object({
  filename: Text,
  version: Text,
  sha256: Text,
  size: shown.size,
  requiresPython: shown.requiresPython,
  visibility: shown.visibility,
  origin: shown.origin,
  yanked: shown.yanked,
  uploadedAt: Text,
  libraries: shown.libraries,
  bundled: shown.bundled,
  proof: shown.proof,
  build: Type.Optional(Type.Object({ key: Text, target: Text, url: Text })),
  downloads: Count,
  lastDownload: Type.Optional(Type.String({ description: 'The day of it, of UTC' })),
  url: Text,
});
export type WheelView = Static<typeof WheelViewSchema>;

/** A deleted wheel whose name does not come back by itself. */
export const DeletedViewSchema = Type.Object({
  filename: Text,
  version: Text,
  sha256: Text,
  deletedAt: Text,
  reason: Type.Optional(Text),
  /** Until then `undelete` brings it back at once. */
  bytesUntil: Type.Optional(Text),
});
export type DeletedView = Static<typeof DeletedViewSchema>;

export const ProjectViewSchema = Type.Object({
  name: Text,
  url: Text,
  /** How often its wheels were sent from here, those that are deleted included; counted within a minute. */
  downloads: Type.Object({ total: Count, last30Days: Count }),
  /** Newest version first. */
  wheels: Type.Array(WheelViewSchema),
  deleted: Type.Array(DeletedViewSchema),
});
export type ProjectView = Static<typeof ProjectViewSchema>;

/**
 * What is stored of a project.
 *
 * @param base the URL under which the client reaches this server
 * @throws WheelmillError `not-found`
 */
export async function projectView(store: ObjectStore, name: string, base: string): Promise<ProjectView> {
  const [records, deleted, downloads] = await Promise.all([
    listWheelRecords(store, name),
    listDeleted(store, name),
    readDownloads(store, name),
  ]);
  if (records.length === 0 && deleted.length === 0)
    throw new WheelmillError(
      'not-found',
      `Nothing is stored of ${name}. GET /api/v1/projects lists the projects there are.`,
    );
  const newestFirst = (one: { version: string }, other: { version: string }) =>
    compareVersions(parseVersion(other.version), parseVersion(one.version));
  return {
    name,
    url: `${base}/api/v1/projects/${name}`,
    downloads: { total: downloads.total, last30Days: downloads.last30Days },
    wheels: records.map((record) => wheelView(record, downloads, base)).sort(newestFirst),
    deleted: deleted.map(deletedView).sort(newestFirst),
  };
}

/** Tombstones of a project that stand. */
export async function listDeleted(store: ObjectStore, name: string): Promise<Tombstone[]> {
  const names = await listTombstoneNames(store, name);
  const tombstones = await Promise.all(names.map((filename) => readTombstone(store, name, filename)));
  return tombstones.filter((one) => one !== undefined).filter((one) => !one.lifted);
}

function wheelView(record: WheelRecord, downloads: ProjectDownloads, base: string): WheelView {
  const { project, filename, version, sha256, size, requiresPython, visibility, origin, yanked, uploadedAt } = record;
  const { libraries, bundled, proof, build } = record;
  const sent = downloads.wheels.get(filename);
  return {
    ...{ filename, version, sha256, size, visibility, origin, uploadedAt },
    ...(requiresPython !== undefined && { requiresPython }),
    ...(yanked !== undefined && { yanked }),
    ...(libraries && { libraries }),
    ...(bundled && { bundled }),
    ...(proof && { proof }),
    ...(build && { build: { key: build.key, target: build.target, url: `${base}/api/v1/builds/${build.key}` } }),
    downloads: sent?.count ?? 0,
    ...(sent && { lastDownload: sent.last }),
    url: `${base}/${paths.wheelFile(project, sha256, filename)}`,
  };
}

function deletedView({ record, deletedAt, reason, removeBytesAt, bytesRemoved }: Tombstone): DeletedView {
  const { filename, version, sha256 } = record;
  return {
    ...{ filename, version, sha256, deletedAt },
    ...(reason !== undefined && { reason }),
    ...(!bytesRemoved && { bytesUntil: removeBytesAt }),
  };
}
