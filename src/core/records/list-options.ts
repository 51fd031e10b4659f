import Type, { type Static } from 'typebox';

const Name = Type.String({ pattern: '^(:all:|[a-z0-9]+(-[a-z0-9]+)*)$', maxLength: 128 });
/** Normalised project names, sorted, without repetitions; `:all:` stands for every project not named elsewhere. */
const Projects = Type.Array(Name);

/**
 * What the option lines of a list ask for, as pip reads them after its last line. A field that is missing asks for
 * nothing. All are part of a prebuild's id.
 */
export const ListOptionsSchema = Type.Object(
  {
    /** `--no-binary`: wheels of upstream are not taken, their sdists are built. */
    noBinary: Type.Optional(Projects),
    /** `--only-binary`: nothing is built. */
    onlyBinary: Type.Optional(Projects),
    /** `--prefer-binary`: an older wheel comes before a newer sdist. */
    preferBinary: Type.Optional(Type.Literal(true)),
    /** `--pre` (which is `:all:`) and `--all-releases`: pre-releases count like others. */
    allReleases: Type.Optional(Projects),
    /** `--only-final`: pre-releases are left out. */
    onlyFinal: Type.Optional(Projects),
    /** `--require-hashes`: every requirement must be pinned and have a hash. */
    requireHashes: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false },
);
export type ListOptions = Static<typeof ListOptionsSchema>;
