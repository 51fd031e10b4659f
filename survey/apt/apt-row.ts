import Type, { type Static } from 'typebox';

const Text = Type.String();

export const AptRowSchema = Type.Object(
  {
    projects: Type.Array(Text),
    /** Why there is no line: the list could not be built. */
    failure: Type.Optional(Text),
    /** The Debian packages that the prebuild says its wheels need. */
    line: Type.Array(Text),
    imports: Type.Integer(),
    files: Type.Integer(),
    /** What does not load in the runtime image with exactly the line. */
    broken: Type.Array(Text),
    /** Each package of the line: the others that imply it, or what breaks without it. */
    without: Type.Array(
      Type.Object(
        { package: Text, impliedBy: Type.Array(Text), breaks: Type.Optional(Text) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type AptRow = Static<typeof AptRowSchema>;

/** Whether the line is exact: with it all loads, and nothing in it could be left out. */
export function isExact({ failure, broken, without }: AptRow): boolean {
  return (
    failure === undefined &&
    broken.length === 0 &&
    without.every(({ impliedBy, breaks }) => impliedBy.length > 0 || breaks !== undefined)
  );
}
