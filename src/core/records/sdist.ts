import Type, { type Static } from 'typebox';

const Text = Type.String();

/**
 * `sdists/<project>/<filename>.json`: an uploaded sdist. Writing it is the one commit point: its bytes are there before it.
 * Sdists that were only fetched to build them have none.
 */
export const SdistRecordSchema = Type.Object({
  schema: Type.Literal(1),
  project: Text,
  version: Text,
  filename: Text,
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  /** Bytes. */
  size: Type.Integer({ minimum: 0 }),
  requiresPython: Type.Optional(Text),
  uploadedAt: Type.String({ format: 'date-time' }),
});
export type SdistRecord = Static<typeof SdistRecordSchema>;
