import Type, { type Static } from 'typebox';

/** One thing wrong with one line of a requirements list. */
export const ListFaultSchema = Type.Object(
  {
    /** The file's name, where several were posted. */
    file: Type.Optional(Type.String()),
    /** Where the line starts, from 1. */
    line: Type.Integer({ minimum: 1 }),
    /** The line itself, cut, without passwords. */
    text: Type.String(),
    code: Type.String(),
    /** A sentence that says what to do. */
    message: Type.String(),
  },
  { additionalProperties: false },
);

export type ListFault = Static<typeof ListFaultSchema>;
