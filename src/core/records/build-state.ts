import Type, { type Static } from 'typebox';
import { BuildStateSchema } from './build.ts';

/** `builds/<key>/state.json`: what a running build is doing; its final record, once there, says more. */
export const BuildProgressSchema = Type.Object({
  schema: Type.Literal(1),
  run: Type.Integer({ minimum: 1 }),
  attempt: Type.Integer({ minimum: 1 }),
  state: BuildStateSchema,
  worker: Type.String(),
  at: Type.String({ format: 'date-time' }),
  /** When the worker took the run up. Missing in states of before it was kept. */
  startedAt: Type.Optional(Type.String({ format: 'date-time' })),
});
export type BuildProgress = Static<typeof BuildProgressSchema>;
