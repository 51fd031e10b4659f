import Type, { type Static } from 'typebox';

/** `interactive`: somebody waits for it. `batch`: after everything of that. */
export const PrioritySchema = Type.Union([Type.Literal('interactive'), Type.Literal('batch')]);
export type Priority = Static<typeof PrioritySchema>;

/** When work of a client has its turn. Kept with the request, so that a wiped queue comes back in the same order. */
export const TurnSchema = Type.Object({
  priority: PrioritySchema,
  /** Who asked: an address, and the name given with it. */
  client: Type.String(),
  /** Low ones first, equal ones in the order in which they came. */
  rank: Type.Integer({ minimum: 1 }),
});
export type Turn = Static<typeof TurnSchema>;
