import Type, { type Static } from 'typebox';
import { ImageContentsSchema } from './libraries.ts';
import { MarkerEnvironmentSchema } from './marker-environment.ts';

const Text = Type.String();

const ImageSchema = Type.Object({
  /** As named in the settings, `python:3.13`. */
  reference: Text,
  /** Hash of layer diff ids, architecture and environment: the same on every engine and image store. */
  identity: Text,
});

/** `targets/<name>.json`: a build image and the runtime image that will install, as probed. */
export const TargetSchema = Type.Object({
  schema: Type.Literal(1),
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]*$' }),
  /** `docker`, or `process` for the target `local` of a machine without an engine. */
  builder: Type.Union([Type.Literal('docker'), Type.Literal('process')]),
  build: ImageSchema,
  runtime: ImageSchema,
  /** `linux/amd64`. */
  platform: Text,
  python: Type.Object({
    implementation: Text,
    /** Full version, `3.13.5`. */
    version: Text,
    /** The interpreter's path in both images. */
    executable: Text,
  }),
  /** `glibc` and its version, `2.41`. */
  libc: Type.Object({ name: Text, version: Text }),
  /** `debian`, `13`, `trixie`. */
  distribution: Type.Object({ id: Text, version: Text, codename: Text }),
  /** Values of the PEP 508 marker variables in the runtime image. */
  environment: MarkerEnvironmentSchema,
  /** Every tag the runtime image's own pip accepts, best first. */
  tags: Type.Array(Text),
  /** Version of the build procedure and hash of its toolbox lock: part of every build key. */
  procedure: Text,
  /** What the runtime image has for wheels to load. Missing for `local`, and in records of before it was looked for. */
  runtimeHas: Type.Optional(ImageContentsSchema),
  pipVersion: Text,
  /** The index the image's pip is built for; used when the server itself has none configured. */
  pipIndex: Type.Optional(Text),
  probedAt: Type.String({ format: 'date-time' }),
});
export type Target = Static<typeof TargetSchema>;

/** The one target of a machine without an engine. */
export const LOCAL_TARGET = 'local';
const LOCAL_PREFIX = `${LOCAL_TARGET}:`;

/**
 * What must agree besides the tags for a wheel built on one image to serve another, unless it is pure:
 * `debian-trixie-glibc-2.41-amd64`. What was built without a container serves the very interpreter it was built with.
 */
export function platformOf(target: Target): string {
  const { builder, build, distribution, libc, platform } = target;
  if (builder === 'process') return `${LOCAL_PREFIX}${build.identity}`;
  const architecture = platform.split('/').slice(1);
  return [distribution.id, distribution.codename, libc.name, libc.version, ...architecture].join('-');
}

/**
 * Whether a wheel of this platform may be thought of for a target at all: an image and this machine itself never take
 * each other's wheels, nor two Pythons of this machine, however well the tags fit.
 */
export function mayServe(platform: string, target: Target): boolean {
  const isLocal = target.builder === 'process' || platform.startsWith(LOCAL_PREFIX);
  return !isLocal || platform === platformOf(target);
}
