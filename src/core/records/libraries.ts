import Type, { type Static } from 'typebox';

/** A shared library's name as DT_NEEDED has it, without a folder. */
const Soname = Type.String({ pattern: '^[A-Za-z0-9_][A-Za-z0-9._+~@-]{0,127}$' });
/** Debian Policy 5.6.1 and 5.6.12. */
export const DebianPackage = Type.String({ pattern: '^[a-z0-9][a-z0-9+.-]{1,127}$' });
const DebianVersion = Type.String({ pattern: '^[A-Za-z0-9.+~:-]{1,128}$' });

/** A shared library that a wheel asks for and does not have; its Debian package where one owns it. */
export const SharedLibrarySchema = Type.Object(
  { soname: Soname, package: Type.Optional(DebianPackage) },
  { additionalProperties: false },
);
export type SharedLibrary = Static<typeof SharedLibrarySchema>;

/** A shared library of the build image that was put into a wheel. */
export const BundledLibrarySchema = Type.Object(
  {
    soname: Soname,
    package: Type.Optional(DebianPackage),
    version: Type.Optional(DebianVersion),
    /** What the package's copyright file calls the licences of its parts. */
    licenses: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9.+~-]{0,63}$' }), { maxItems: 10 }),
    ),
  },
  { additionalProperties: false },
);
export type BundledLibrary = Static<typeof BundledLibrarySchema>;

/** What is in an image for wheels to load. */
export const ImageContentsSchema = Type.Object(
  {
    /** Names of the shared libraries that its dynamic loader finds. */
    libraries: Type.Array(Soname, { maxItems: 50_000 }),
    /** Installed Debian packages and their versions. */
    packages: Type.Record(DebianPackage, DebianVersion),
  },
  { additionalProperties: false },
);
export type ImageContents = Static<typeof ImageContentsSchema>;
