import Type, { type Static } from 'typebox';
import type { Tombstone } from '../../core/records/tombstone.ts';
import { type WheelRecord, WheelRecordSchema } from '../../core/records/wheel.ts';
import { compareVersions, parseVersion } from '../../core/version.ts';
import { WheelmillError } from '../../errors.ts';
import { paths } from '../../storage/bucket-paths.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { listTombstoneNames, readTombstone } from '../../storage/tombstones.ts';
import { listWheelRecords } from '../../storage/wheel-records.ts';

const Text = Type.String();
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
  const [records, deleted] = await Promise.all([listWheelRecords(store, name), listDeleted(store, name)]);
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
    wheels: records.map((record) => wheelView(record, base)).sort(newestFirst),
    deleted: deleted.map(deletedView).sort(newestFirst),
  };
}

/** Tombstones of a project that stand. */
export async function listDeleted(store: ObjectStore, name: string): Promise<Tombstone[]> {
  const names = await listTombstoneNames(store, name);
  const tombstones = await Promise.all(names.map((filename) => readTombstone(store, name, filename)));
  return tombstones.filter((one) => one !== undefined).filter((one) => !one.lifted);
}

function wheelView(record: WheelRecord, base: string): WheelView {
  const { project, filename, version, sha256, size, requiresPython, visibility, origin, yanked, uploadedAt } = record;
  const { libraries, bundled, proof, build } = record;
  return {
    ...{ filename, version, sha256, size, visibility, origin, uploadedAt },
    ...(requiresPython !== undefined && { requiresPython }),
    ...(yanked !== undefined && { yanked }),
    ...(libraries && { libraries }),
    ...(bundled && { bundled }),
    ...(proof && { proof }),
    ...(build && { build: { key: build.key, target: build.target, url: `${base}/api/v1/builds/${build.key}` } }),
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
