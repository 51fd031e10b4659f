import type { CoreMetadata } from '../core/core-metadata.ts';
import type { NormalizedName } from '../core/names.ts';
import type { ProjectStatus } from '../core/project-status.ts';
import type { SdistFilename } from '../core/sdist-filename.ts';
import type { Sha256 } from '../core/sha256.ts';
import type { WheelFilename } from '../core/wheel-filename.ts';
import type { GrowingFile } from './growing-file.ts';

/** One file as upstream's index lists it (PEP 691). Files whose name follows no grammar are left out. */
export type UpstreamFile = {
  filename: string;
  /** Absolute, without fragment. Never shown to a user with credentials in it. */
  url: string;
  /** Other algorithms are not used; a file without sha256 is listed but never taken without one from the list. */
  sha256?: Sha256;
  size?: number;
  requiresPython?: string;
  yanked?: true | string;
  /** True, or the hash of the `.metadata` beside the file (PEP 658, PEP 714). */
  coreMetadata?: true | Sha256;
  uploadTime?: string;
  /** Where upstream's attestations of these bytes are (PEP 740): an absolute https URL. */
  provenance?: string;
} & ({ kind: 'wheel'; wheel: WheelFilename } | { kind: 'sdist'; sdist: SdistFilename });

export type UpstreamProject = {
  name: NormalizedName;
  /** PEP 792; of a quarantined project there are no files. */
  status?: ProjectStatus;
  /** Each name once. */
  files: UpstreamFile[];
  /** Versions that upstream names and has no file of here, in normal form where they have one. */
  versions: string[];
  /** When the page was read from upstream, and whether upstream could not be asked just now (a stale page). */
  fetchedAt: Date;
  stale: boolean;
};

/** A file on this machine's disk whose bytes have been checked; `release` removes it. */
export type FetchedFile = { path: string; size: number; sha256: Sha256; release(): Promise<void> };

export type FetchOptions = {
  folder: string;
  sha256?: Sha256;
  signal?: AbortSignal;
  /** Is told how the file grows, for those who read it meanwhile. */
  growing?: GrowingFile;
  /** Is told how many bytes have come, at each piece, of every attempt. What it throws ends the download. */
  onBytes?: (count: number) => void;
};

/**
 * The upstream indexes as one. http(s) only; redirects, sizes and times are bounded; addresses of private networks are
 * refused unless the index itself was configured on one. Credentials from the index URL or netrc go to that host only and never
 * appear in an error.
 *
 * Failures are BuildFailure: `upstream-unavailable`, `fetch-failed`, `hash-mismatch`.
 */
export interface Upstream {
  /**
   * The project's files, or undefined where no upstream has it (404). Cached in memory and in the bucket under
   * `upstream/`; a page younger than `maxAge` (milliseconds; default 10 minutes) is not asked for again, an older one is
   * revalidated with its ETag. Many callers at once make one request.
   */
  project(
    name: NormalizedName,
    options?: { maxAge?: number; signal?: AbortSignal },
  ): Promise<UpstreamProject | undefined>;
  /**
   * What `project` would answer at once, from memory, without a look at anything else; undefined where it would have to ask
   * or to read. For pages that are asked for thousands of times a second.
   */
  remembered(name: NormalizedName): { project: UpstreamProject | undefined } | undefined;
  /**
   * The same from the cache alone (memory, then the bucket), whatever its age: never a request. `'unknown'` when no
   * answer is cached.
   */
  cached(name: NormalizedName): Promise<UpstreamProject | undefined | 'unknown'>;
  /** Metadata of a wheel through its `.metadata` file; undefined where upstream does not offer it. Cached for good. */
  metadata(
    file: UpstreamFile,
    options?: { signal?: AbortSignal; cachedOnly?: boolean },
  ): Promise<CoreMetadata | undefined>;
  /** The `.metadata` bytes themselves, hash-checked. */
  metadataBytes(file: UpstreamFile, options?: { signal?: AbortSignal }): Promise<Buffer | undefined>;
  /** Downloads a file whole to disk and checks it against `sha256` (of the list, else of the index). */
  fetch(file: UpstreamFile, options: FetchOptions): Promise<FetchedFile>;
  /** Reaches the index itself; for the doctor and readiness. */
  check(): Promise<void>;
  close(): Promise<void>;
}
