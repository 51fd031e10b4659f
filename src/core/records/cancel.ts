import Type, { type Static } from 'typebox';

/** `cancels/<build key or prebuild id>`: a wish to cancel; written before anything is stopped, removed last. */
export const CancelSchema = Type.Object({
  schema: Type.Literal(1),
  /** The run of the build, or the attempt of the prebuild, that is meant: later ones go on. */
  of: Type.Integer({ minimum: 1 }),
  /** Cancelled for all who wait; otherwise only as long as nobody does. */
  force: Type.Optional(Type.Literal(true)),
  at: Type.String({ format: 'date-time' }),
});
export type Cancel = Static<typeof CancelSchema>;
