import Type, { type Static } from 'typebox';

export const ProgramsRowSchema = Type.Object(
  {
    wheel: Type.String(),
    /** Programs that it calls by name and the runtime image has not. */
    missing: Type.Array(Type.String()),
    /** And those that it has. */
    there: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);
export type ProgramsRow = Static<typeof ProgramsRowSchema>;
