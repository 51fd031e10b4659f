import Type, { type Static } from 'typebox';

/** `format.json`: what the bucket's keys and records mean, as one number. */
export const BucketFormatSchema = Type.Object({
  schema: Type.Literal(1),
  format: Type.Integer({ minimum: 1 }),
});
export type BucketFormat = Static<typeof BucketFormatSchema>;
