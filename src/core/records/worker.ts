import Type, { type Static } from 'typebox';

const Text = Type.String();
const Time = Type.String({ format: 'date-time' });

/** How a worker stands with one target of its settings. */
export const WorkerTargetSchema = Type.Object({
  name: Text,
  build: Text,
  runtime: Text,
  /** `starting`: its images are being fetched and looked at. `failing`: it cannot be served, for the reason in `message`. */
  state: Type.Union([Type.Literal('starting'), Type.Literal('serving'), Type.Literal('failing')]),
  /** Of the images, where they are known: `linux/amd64`. */
  platform: Type.Optional(Text),
  /** Identity of the build image. */
  image: Type.Optional(Text),
  code: Type.Optional(Text),
  message: Type.Optional(Text),
  since: Time,
});
export type WorkerTarget = Static<typeof WorkerTargetSchema>;

/** `workers/<name>.json`: what a worker says of itself. It is worth nothing after `expiresAt` unless it is said again. */
export const WorkerRecordSchema = Type.Object({
  schema: Type.Literal(1),
  name: Text,
  builder: Type.Union([Type.Literal('docker'), Type.Literal('process')]),
  /** Missing while the engine does not answer. */
  engine: Type.Optional(
    Type.Object({
      version: Text,
      /** What it runs without emulation. */
      platform: Text,
      cpus: Type.Number(),
      /** Bytes. */
      memory: Type.Number(),
    }),
  ),
  /** What it has been seen to run: its own platform and those of the targets it serves. */
  platforms: Type.Array(Text),
  /** Builds it runs at once. */
  slots: Type.Integer({ minimum: 1 }),
  targets: Type.Array(WorkerTargetSchema),
  startedAt: Time,
  heardAt: Time,
  expiresAt: Time,
});
export type WorkerRecord = Static<typeof WorkerRecordSchema>;

/**
 * Whether a worker was heard of lately. What it has said in a time to come it said before the clock was set back, unless clocks differ by
 * more than they may: then, too, it cannot be told from one that is gone.
 */
export function isLive(
  { heardAt, expiresAt }: Pick<WorkerRecord, 'heardAt' | 'expiresAt'>,
  now: number = Date.now(),
): boolean {
  const [heard, expires] = [Date.parse(heardAt), Date.parse(expiresAt)];
  return now < expires && heard - now <= expires - heard;
}
