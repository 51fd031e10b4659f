import Type, { type Static } from 'typebox';

export const ReferenceRowSchema = Type.Object(
  {
    name: Type.String(),
    version: Type.String(),
    state: Type.Union([Type.Literal('built'), Type.Literal('failed')]),
    seconds: Type.Number(),
    /** The last line of the log that says why it failed. */
    why: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
export type ReferenceRow = Static<typeof ReferenceRowSchema>;
