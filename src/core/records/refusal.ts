import Type, { type Static } from 'typebox';
import { ReasonSchema } from './build.ts';

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** `refusals/<project>/<target>/<sdist sha256>.json`: the wheel that was promised of an sdist cannot be had. */
export const RefusalSchema = Type.Object({
  schema: Type.Literal(1),
  project: Type.String(),
  version: Type.String(),
  target: Type.String(),
  sdist: Hash,
  /** The build that failed; where the recipe or the image would make it another one, this says nothing. */
  key: Hash,
  reason: ReasonSchema,
  message: Type.String(),
  at: Type.String({ format: 'date-time' }),
});
export type Refusal = Static<typeof RefusalSchema>;
