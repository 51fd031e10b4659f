import Type, { type Static } from 'typebox';

/**
 * `claims/<project>.json`: the name belongs to this server. It is never looked up upstream, and its index page has private
 * files only. Without it the name is upstream's, and private files of it are on no page.
 */
export const ClaimSchema = Type.Object({
  schema: Type.Literal(1),
  project: Type.String(),
  /** The first upload under a name that no upstream had, or somebody's request. */
  by: Type.Union([Type.Literal('upload'), Type.Literal('request')]),
  claimedAt: Type.String({ format: 'date-time' }),
});
export type Claim = Static<typeof ClaimSchema>;
