import Type, { type Static } from 'typebox';
import type { NormalizedName } from '../names.ts';

const Name = Type.Unsafe<NormalizedName>(Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 128 }));

/** One line of a requirements list, every part normalised. */
export const RequirementSchema = Type.Object(
  {
    name: Name,
    /** Sorted, without repetitions. */
    extras: Type.Array(Name),
    /** `>=1.2,<2`; empty for any version. */
    specifier: Type.String(),
    marker: Type.Optional(Type.String()),
    /** `sha256:<hex>`, sorted; any one of them must fit. Empty: nothing is asked. */
    hashes: Type.Array(Type.String({ pattern: '^sha(256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$' })),
    /** PEP 517 config settings (`--config-settings`): a value, or the values of a repeated key. */
    configSettings: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]))),
    /** The file's name, where several were posted. */
    file: Type.Optional(Type.String()),
    /** Where the requirement starts in its file, from 1. */
    line: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);

export type Requirement = Static<typeof RequirementSchema>;
