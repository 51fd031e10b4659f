import Type, { type Static } from 'typebox';

/** A line of a list; with its file's name where several were posted. */
export const LineRefSchema = Type.Object(
  {
    file: Type.Optional(Type.String()),
    /** From 1. */
    line: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);

export type LineRef = Static<typeof LineRefSchema>;

/** Of a requirement or a fault, where it stands. */
export function lineRef({ file, line }: LineRef): LineRef {
  return { ...(file !== undefined && { file }), line };
}

/** `line 3`, or `base.txt:3`, as compilers name a place. */
export function formatLineRef({ file, line }: LineRef): string {
  return file === undefined ? `line ${line}` : `${file}:${line}`;
}
