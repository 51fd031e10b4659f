import Type, { type Static } from 'typebox';
import { ProjectStatusSchema } from '../core/project-status.ts';
import { isSha256, type Sha256 } from '../core/sha256.ts';

const Digest = Type.Unsafe<Sha256>(Type.String({ pattern: '^[0-9a-f]{64}$' }));
const Text = Type.String();

/**
 * A file as an index page lists it, cut down to what is used, unparsed: the form in which pages are kept in the bucket.
 * `url` is absolute.
 */
export const RawFileSchema = Type.Object({
  filename: Text,
  url: Text,
  sha256: Type.Optional(Digest),
  size: Type.Optional(Type.Integer({ minimum: 0 })),
  requiresPython: Type.Optional(Text),
  yanked: Type.Optional(Type.Union([Type.Literal(true), Text])),
  coreMetadata: Type.Optional(Type.Union([Type.Literal(true), Digest])),
  uploadTime: Type.Optional(Text),
  provenance: Type.Optional(Text),
});
export type RawFile = Static<typeof RawFileSchema>;

/**
 * A page in that form. `versions` is everything that a page in JSON lists, with files or without; `status` is of PEP 792.
 * What else a page may say (PEP 708's `alternate-locations` and `tracks` among it) is not for us and dropped.
 */
export const RawPageSchema = Type.Object({
  status: Type.Optional(ProjectStatusSchema),
  versions: Type.Optional(Type.Array(Text)),
  files: Type.Array(RawFileSchema),
});
export type RawPage = Static<typeof RawPageSchema>;

/** The answer has the right content type but is no page of a simple index. The message ends a sentence. */
export class UnfitPage extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnfitPage';
  }
}

/** PEP 629: a page of another major version cannot be understood; newer minor versions can. */
export function checkApiVersion(version: unknown): void {
  if (version === undefined || (typeof version === 'string' && /^1\.\d+$/.test(version))) return;
  throw new UnfitPage(`its index has version ${JSON.stringify(version).slice(0, 20)} and only version 1 is understood`);
}

/** The digest if it is one, in either case; anything else an index might put there is as good as nothing. */
export function sha256OrNothing(value: unknown): Sha256 | undefined {
  if (typeof value !== 'string') return undefined;
  const lower = value.toLowerCase();
  return isSha256(lower) ? lower : undefined;
}

/** PEP 740: provenance is a fully qualified URL, of https. Anything else is as good as none. */
export function provenanceOrNothing(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : undefined;
}
