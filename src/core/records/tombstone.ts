import Type, { type Static } from 'typebox';
import { WheelRecordSchema } from './wheel.ts';

const Time = Type.String({ format: 'date-time' });

/**
 * `tombstones/<project>/<filename>`: a deleted wheel. While it stands, no page lists the name and nothing is stored under it;
 * a *lifted* one lets the name come back, with the same bytes and no others.
 */
export const TombstoneSchema = Type.Object({
  schema: Type.Literal(1),
  /** The wheel as it was. */
  record: WheelRecordSchema,
  deletedAt: Time,
  reason: Type.Optional(Type.String()),
  /** Its bytes are kept until then. */
  removeBytesAt: Time,
  /** They are gone. */
  bytesRemoved: Type.Optional(Type.Literal(true)),
  lifted: Type.Optional(Type.Literal(true)),
});
export type Tombstone = Static<typeof TombstoneSchema>;
