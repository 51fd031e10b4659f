import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type CoreMetadata, parseCoreMetadata } from '../core/core-metadata.ts';
import type { NormalizedName } from '../core/names.ts';
import type { Sha256 } from '../core/sha256.ts';
import type { Tag } from '../core/tags.ts';
import { compareVersions, type Version } from '../core/version.ts';
import { isUniversal, parseWheelFilename, type WheelFilename } from '../core/wheel-filename.ts';
import { badWheel, orBadWheel } from './bad-wheel.ts';
import { checkRecord } from './check-record.ts';
import { findDistInfo } from './dist-info.ts';
import { MAX_METADATA_BYTES, WHEEL_LIMITS, type WheelLimits } from './limits.ts';
import { parseRecord } from './record-file.ts';
import { openSource, type Source } from './source.ts';
import { readEntry } from './unpack.ts';
import { parseWheelFile } from './wheel-file.ts';
import { readEntries, type ZipEntry } from './zip-entries.ts';

/** A wheel that keeps every rule of `checkWheel`. */
export type CheckedWheel = {
  filename: WheelFilename;
  metadata: CoreMetadata;
  /** METADATA byte for byte, for PEP 658. */
  metadataBytes: Buffer;
  /** Bytes of the file, and their digest. */
  size: number;
  sha256: Sha256;
  purelib: boolean;
  tags: Tag[];
  /** Its tags say that it runs everywhere, and no file in it denies that. */
  pure: boolean;
  /** The name of its `.dist-info` folder. */
  distInfo: string;
};

/** What was to be built; `version` is missing for a source that has none in its name. */
export type Expected = { project: NormalizedName; version?: Version | undefined };

const MAX_WHEEL_FILE_BYTES = 256 * 1024;
/** 100,000 rows of 300 bytes. */
const MAX_RECORD_BYTES = 32 * 1024 * 1024;

function checkName(filename: WheelFilename, expect: Expected): void {
  if (filename.name !== expect.project) {
    throw badWheel(`it is of ${filename.name}, and ${expect.project} was to be built`);
  }
  if (expect.version !== undefined && compareVersions(filename.version, expect.version) !== 0) {
    throw badWheel(`it has version ${filename.version}, and ${expect.version} was to be built`);
  }
}

function checkTags(filename: WheelFilename, tags: readonly Tag[]): void {
  const same = tags.length === filename.tags.length && filename.tags.every((tag) => tags.includes(tag));
  if (!same) throw badWheel('its file name has other tags than its WHEEL file');
}

function checkMetadata(filename: WheelFilename, metadata: CoreMetadata): void {
  if (metadata.name !== filename.name || compareVersions(metadata.version, filename.version) !== 0) {
    throw badWheel(`its METADATA is of ${metadata.name} ${metadata.version}, and its file name of another`);
  }
}

async function fileDigest(file: Source): Promise<Sha256> {
  const hash = createHash('sha256');
  for await (const chunk of file.chunksAt(0, file.size)) hash.update(chunk);
  return hash.digest('hex') as Sha256;
}

function textOf(bytes: Buffer, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw badWheel(`its ${where} is not UTF-8`, error);
  }
}

async function readDistInfo(file: Source, entries: readonly ZipEntry[], distInfo: string) {
  const read = async (name: string, limit: number) => {
    const entry = entries.find((one) => one.name === `${distInfo}/${name}`);
    if (entry === undefined) throw badWheel(`it has no ${name} in its .dist-info folder`);
    return readEntry(file, entry, limit);
  };
  return {
    wheelFile: parseWheelFile(textOf(await read('WHEEL', MAX_WHEEL_FILE_BYTES), 'WHEEL file')),
    metadataBytes: await read('METADATA', MAX_METADATA_BYTES),
    rows: parseRecord(textOf(await read('RECORD', MAX_RECORD_BYTES), 'RECORD')),
  };
}

/**
 * Reads a wheel as hostile input, without unpacking it to disk: its file name, the zip file itself (read strictly, so
 * that every tool sees the same files), its `.dist-info` and the bytes of every file against RECORD.
 * The rules are those of the binary distribution format, where it leaves a choice the safer one.
 * The file at `path` must not be changed meanwhile; its name counts when `filename` is not given.
 * @throws BuildFailure `bad-wheel`, with a sentence that says which rule is broken
 */
export async function checkWheel(options: {
  path: string;
  filename?: string;
  expect: Expected;
  limits?: Partial<WheelLimits>;
}): Promise<CheckedWheel> {
  const { path, expect } = options;
  const limits = { ...WHEEL_LIMITS, ...options.limits };
  const filename = orBadWheel('its file name', () => parseWheelFilename(options.filename ?? basename(path)));
  checkName(filename, expect);
  const file = await openSource(path);
  try {
    const entries = await readEntries(file, limits);
    const names = entries.map((entry) => entry.name);
    const distInfo = findDistInfo(names, filename);
    const { wheelFile, metadataBytes, rows } = await readDistInfo(file, entries, distInfo);
    checkTags(filename, wheelFile.tags);
    const metadata = orBadWheel('its METADATA', () => parseCoreMetadata(metadataBytes));
    checkMetadata(filename, metadata);
    const { machineCode } = await checkRecord(file, entries, rows, distInfo);
    const pure = isUniversal(filename) && !machineCode;
    const sha256 = await fileDigest(file);
    return { filename, metadata, metadataBytes, size: file.size, sha256, distInfo, pure, ...wheelFile };
  } finally {
    await file.close();
  }
}
