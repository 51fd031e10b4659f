import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { ImageContentsSchema } from '../../core/records/libraries.ts';
import { MarkerEnvironmentSchema } from '../../core/records/marker-environment.ts';

const Text = Type.String({ maxLength: 1024 });

/** What probe.py prints. */
const AnswerSchema = Type.Object({
  implementation: Text,
  version: Text,
  executable: Text,
  abi: Text,
  libc: Type.Object({ name: Text, version: Text }),
  distribution: Type.Object({ id: Text, version: Text, codename: Text }),
  environment: MarkerEnvironmentSchema,
  tags: Type.Array(Text, { minItems: 1, maxItems: 10_000 }),
  pipVersion: Text,
  pipIndex: Type.Union([Text, Type.Null()]),
  contents: Type.Optional(ImageContentsSchema),
});
export type Answer = Static<typeof AnswerSchema>;

/** What an interpreter said of itself, or undefined when that is something else than an answer. */
export function parseAnswer(text: string): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return Value.Check(AnswerSchema, answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}
