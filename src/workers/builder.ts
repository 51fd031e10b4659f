import type { Duplex } from 'node:stream';
import type { Found } from '../core/proof-findings.ts';
import type { BuildRequirement } from '../core/records/build.ts';
import type { BundledLibrary, SharedLibrary } from '../core/records/libraries.ts';
import type { Recipe } from '../core/records/recipe.ts';
import type { Target } from '../core/records/target.ts';
import type { Missing, MissingLibrary } from '../errors.ts';
import type { ListToResolve } from '../plan/resolution.ts';

/** A build image and the runtime image that will install what it builds, as named in WHEELMILL_TARGETS. */
export type ImagePair = {
  name: string;
  build: string;
  runtime: string;
  /** `linux/arm64`; what the engine itself is where it is left out. */
  platform?: string;
};

/** What a builder says of itself to those who look after workers. */
export type BuilderAbout = {
  /** `Docker 28.5.1`. */
  version: string;
  /** What it runs without emulation: `linux/amd64`. */
  platform: string;
  cpus: number;
  /** Of the machine that builds run on, in bytes. */
  memory: number;
};

/** Bounds of one container. Sizes in bytes, times in milliseconds. */
export type Limits = {
  memory: number;
  disk: number;
  inodes: number;
  pids: number;
  cpus: number;
  wallTime: number;
  silence: number;
  logBytes: number;
  wheelBytes: number;
};

/** Takes the connections that come out of a container; the worker's build gateway, as an HTTP server sees them. */
export type Gateway = {
  accept(connection: Duplex): void;
  /** Is told of the crates registry that the cargo of a build is made for: as cargo writes it, read before the build ran. */
  cratesFrom?(registry: string): void;
};

/** Where the output of a build goes, in order; `write` resolves when more can be taken (backpressure). */
export type LogSink = { write(chunk: Buffer): Promise<void> };

/** What every container run gets: who it belongs to (a label, for the sweep), its door, its log, its end. */
export type Run = { job: string; gateway: Gateway; log: LogSink; limits: Limits; signal: AbortSignal };

export type BuildTask = {
  target: Target;
  /** The sdist on this machine's disk, already verified against its hash. */
  sdist: { path: string; filename: string; size: number };
  recipe: Recipe;
  /** Folder on this machine into which the wheel is written; the caller removes it. */
  outputFolder: string;
  /** Seconds since 1970, for SOURCE_DATE_EPOCH. */
  sourceDate: number;
};

/** One wheel as it came out of the container: unchecked, hostile until `check` has read it. */
export type BuildProduct = { path: string; filename: string; buildRequirements: BuildRequirement[]; frontEnd: string };

/** What a wheel of an sdist would say of itself. */
export type MetadataTask = Omit<BuildTask, 'outputFolder'>;

export type FinishTask = {
  target: Target;
  /** A checked wheel on this machine's disk. */
  wheel: { path: string; filename: string; size: number };
  /** What it was built with: its image is the one whose libraries it was linked to. */
  recipe: Recipe;
  /** Folder on this machine into which a changed wheel is written. */
  outputFolder: string;
  /** Seconds since 1970, for SOURCE_DATE_EPOCH. */
  sourceDate: number;
};

/** The wheel as it came, or changed and then unchecked again. */
export type FinishedWheel = {
  path: string;
  filename: string;
  /**
   * Every shared library that its ELF files ask for beyond it, with the package of the build image that has it. Missing for
   * what stays on this machine, where nothing that was built can be missing.
   */
  libraries?: SharedLibrary[];
  /** What was put into it. */
  bundled: BundledLibrary[];
};

/** A wheel that is installed to be proven. */
export type WheelToProve = {
  filename: string;
  size: number;
  /** Its bytes, from wherever they are kept. */
  open(signal: AbortSignal): Promise<AsyncIterable<Buffer>>;
  /** Whether its topmost modules are imported, or the names of those that are. */
  imports: boolean | readonly string[];
  /** Whether it is to be said what its files ask for. */
  look: boolean;
};

export type ProofTask = {
  target: Target;
  /** Which image of the target. */
  where: 'runtime' | 'build';
  /** Debian packages that the image gets. */
  packages: readonly string[];
  wheels: readonly WheelToProve[];
  /** Whether pip is asked if the requirements of all are met. */
  check: boolean;
  /** Libraries whose packages are asked for. */
  owners: readonly string[];
};

export type ResolveTask = {
  target: Target;
  /** Already parsed, and formatted by us. */
  list: ListToResolve;
};

/** Name and version of everything the list needs on the target, itself included. Names are checked by the caller. */
export type Resolution = { name: string; version: string }[];

/** Runs a stranger's code somewhere. Failures are BuildFailure with a reason; anything else is a bug of ours. */
export interface Builder {
  readonly kind: 'docker' | 'process';
  /**
   * Looks at both images and at the interpreter inside; pulls an image that is not there.
   * Throws WheelmillError `engine-unavailable`, or `bad-config` for a pair that cannot work (Python, ABI, libc, Debian differ).
   */
  probe(pair: ImagePair, run: Pick<Run, 'signal'>): Promise<Target>;
  /** The machine that builds run on. Throws WheelmillError `engine-unavailable`. */
  about(): Promise<BuilderAbout>;
  build(task: BuildTask, run: Run): Promise<BuildProduct>;
  /**
   * The METADATA that a wheel of the sdist would have, without building it; unread, hostile until it has been parsed. Undefined
   * where its build back-end cannot tell. Missing where nobody asks before there is a wheel.
   */
  metadata?(task: MetadataTask, run: Run): Promise<Buffer | undefined>;
  /** Makes a compiled wheel whole: its tags, the libraries it brings along, and what is known of those it does not. */
  finish(task: FinishTask, run: Run): Promise<FinishedWheel>;
  /**
   * Installs wheels in an image as somebody would, without network, and tells what does not load. Missing where wheels are
   * for the machine that built them.
   */
  prove?(task: ProofTask, run: Run): Promise<Found>;
  /** The Debian package that has what a build or a wheel misses; undefined where none is known, or none can be added. */
  packageWith(missing: Missing | MissingLibrary, target: Target, run: Run): Promise<string | undefined>;
  resolve(task: ResolveTask, run: Run): Promise<Resolution>;
  /** Removes what dead runs left behind: everything of ours whose job `isAlive` denies. Returns how many. */
  sweep(isAlive: (job: string) => Promise<boolean>): Promise<number>;
  /** Throws WheelmillError `engine-unavailable` with what to do when nothing can be built now. */
  check(): Promise<void>;
  close(): Promise<void>;
}
