import Type, { type Static } from 'typebox';

/**
 * Whether a wheel that was built here is known to load where it is to be installed: it waits for its proof, is proven, was not
 * proven (`message` says why), or failed it (`message` says of what).
 */
export const WheelProofSchema = Type.Object({
  state: Type.Union([Type.Literal('waiting'), Type.Literal('proven'), Type.Literal('skipped'), Type.Literal('failed')]),
  /** The runtime image it was proven in. */
  runtime: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
  at: Type.Optional(Type.String({ format: 'date-time' })),
});
export type WheelProof = Static<typeof WheelProofSchema>;
