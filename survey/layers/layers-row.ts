import Type, { type Static } from 'typebox';

export const LayersRowSchema = Type.Object(
  {
    what: Type.String(),
    /** Of each layer above the runtime image, the first one first. */
    bytes: Type.Array(Type.Integer()),
    /** Of each round of `docker build` without its cache. */
    seconds: Type.Array(Type.Number()),
  },
  { additionalProperties: false },
);
export type LayersRow = Static<typeof LayersRowSchema>;
