import Type, { type Static } from 'typebox';

const Text = Type.String();
const Time = Type.String({ format: 'date-time' });
const Count = Type.Integer({ minimum: 0 });

/** `open/reindex`: somebody wants all pages rendered anew, or only to know what is wrong. */
export const ReindexRequestSchema = Type.Object({
  schema: Type.Literal(1),
  /** Only look: nothing is changed. */
  check: Type.Boolean(),
  /** Read the bytes, too, and compare their hashes. */
  hash: Type.Boolean(),
  requestedAt: Time,
});
export type ReindexRequest = Static<typeof ReindexRequestSchema>;

/** What may be wrong with a record: it cannot be read, or promises what is not there. */
const FaultSchema = Type.Union([
  Type.Literal('record-unreadable'),
  Type.Literal('bytes-missing'),
  Type.Literal('bytes-wrong-size'),
  Type.Literal('bytes-wrong-hash'),
  Type.Literal('metadata-missing'),
  Type.Literal('metadata-wrong-hash'),
]);

/** A wheel with a fault. */
export const ReindexFaultSchema = Type.Object({
  project: Text,
  filename: Text,
  fault: FaultSchema,
  /**
   * `withdrawn`: off the index, until the same bytes are stored again. `restored`: its metadata was taken from the wheel.
   * `left`: nothing was changed.
   */
  outcome: Type.Union([Type.Literal('withdrawn'), Type.Literal('restored'), Type.Literal('left')]),
});
export type ReindexFault = Static<typeof ReindexFaultSchema>;

/** `reindex.json`: how the latest one stands or ended. */
export const ReindexSchema = Type.Object({
  ...ReindexRequestSchema.properties,
  state: Type.Union([Type.Literal('running'), Type.Literal('done')]),
  /** Of `projects`, so many are through. */
  done: Count,
  projects: Count,
  wheels: Count,
  /** Objects under `wheels/` that no record and no tombstone names: left by what was cut off, or just being written. */
  unreferenced: Count,
  /** The first of them. */
  faults: Type.Array(ReindexFaultSchema),
  faultCount: Count,
  startedAt: Time,
  endedAt: Type.Optional(Time),
});
export type Reindex = Static<typeof ReindexSchema>;
