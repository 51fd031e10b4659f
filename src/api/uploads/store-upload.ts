import type { SdistRecord } from '../../core/records/sdist.ts';
import type { WheelRecord } from '../../core/records/wheel.ts';
import { sha256Hex } from '../../core/sha256.ts';
import { compareVersions, parseVersion } from '../../core/version.ts';
import { parseWheelFilename, type WheelFilename } from '../../core/wheel-filename.ts';
import { BuildFailure, WheelmillError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { listSdistRecords, publishSdist } from '../../storage/sdist-records.ts';
import { standingTombstone } from '../../storage/tombstones.ts';
import { listWheelNames, publishWheel, readWheelRecord, wasDeleted } from '../../storage/wheel-records.ts';
import type { Upload } from './read-upload.ts';

type Wheel = Extract<Upload, { kind: 'wheel' }>;

/**
 * Refuses an upload that cannot be stored under its name, before anything is written.
 *
 * @returns `already` where the same bytes are stored under it
 * @throws WheelmillError `already-exists`, `file-deleted`
 */
export async function findStored(store: ObjectStore, upload: Upload): Promise<'new' | 'already'> {
  const { project, filename, sha256 } = upload;
  const tombstone = await standingTombstone(store, project, filename);
  if (tombstone) throw new WheelmillError('file-deleted', wasDeleted(tombstone).message);
  const alike = upload.kind === 'wheel' ? await wheelLike(store, upload) : await sdistLike(store, upload);
  const isUpload = !alike || !('origin' in alike) || alike.origin === 'uploaded';
  if (!isUpload)
    throw new WheelmillError(
      'already-exists',
      `${filename} already exists here, and is no upload but of upstream: raise the version.`,
    );
  if (alike?.filename === filename && alike.sha256 === sha256) return 'already';
  if (alike?.filename === filename)
    throw new WheelmillError(
      'already-exists',
      `${filename} already exists here with other contents, and a file never gets others: raise the version.`,
    );
  if (alike)
    throw new WheelmillError(
      'already-exists',
      `${filename} already exists here, as ${alike.filename}: raise the version.`,
    );
  return 'new';
}

/** A version has one sdist: which of two is built could not be said. */
async function sdistLike(store: ObjectStore, { project, version }: Upload): Promise<SdistRecord | undefined> {
  const sdists = await listSdistRecords(store, project);
  return sdists.find((one) => compareVersions(parseVersion(one.version), version) === 0);
}

/** The same name in another spelling is the same wheel to every installer. */
async function wheelLike(store: ObjectStore, { project, filename }: Upload): Promise<WheelRecord | undefined> {
  const own = parseWheelFilename(filename);
  const there = (await listWheelNames(store, project)).find((one) => isSame(parseWheelFilename(one), own));
  return there === undefined ? undefined : readWheelRecord(store, project, there);
}

function isSame(one: WheelFilename, other: WheelFilename): boolean {
  const rest = ({ build, tags }: WheelFilename) => JSON.stringify([build?.number, build?.suffix, [...tags].sort()]);
  return compareVersions(one.version, other.version) === 0 && rest(one) === rest(other);
}

/** Stores a new upload. @throws WheelmillError `already-exists` where somebody else was faster */
export async function storeUpload(store: ObjectStore, upload: Upload): Promise<void> {
  const { project, version, filename, sha256, size, requiresPython, path } = upload;
  const about = { schema: 1 as const, project, version, filename, sha256, size };
  const record = { ...about, ...(requiresPython && { requiresPython }), uploadedAt: new Date().toISOString() };
  if (upload.kind === 'sdist') await publishSdist(store, { record, path });
  else await storeWheel(store, upload, record);
}

async function storeWheel(store: ObjectStore, { path, metadata }: Wheel, about: SdistRecord): Promise<void> {
  const record: WheelRecord = {
    ...about,
    metadataSha256: sha256Hex(metadata),
    visibility: 'public',
    origin: 'uploaded',
  };
  await publishWheel(store, { record, path, metadata }).catch((error) => {
    if (!(error instanceof BuildFailure)) throw error;
    throw new WheelmillError('already-exists', `${about.filename} already exists here: ${error.message}`, {
      cause: error,
    });
  });
}
