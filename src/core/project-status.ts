import Type, { type Static } from 'typebox';
import { wellFormed } from './well-formed.ts';

/** PEP 792; there will be no further ones without a new version of the API. */
export const PROJECT_STATUSES = ['active', 'archived', 'quarantined', 'deprecated'] as const;

/** What an index says of a whole project (PEP 792), and why where it says so. */
export const ProjectStatusSchema = Type.Object({
  status: Type.Unsafe<(typeof PROJECT_STATUSES)[number]>(Type.String({ enum: [...PROJECT_STATUSES] })),
  reason: Type.Optional(Type.String()),
});
export type ProjectStatus = Static<typeof ProjectStatusSchema>;

/** A reason is a sentence or two; what is longer is not for people to read. */
const MAX_REASON_CHARS = 2_000;

/** A status as a page gives it; undefined for one that is unknown, which means as little as none. */
export function readProjectStatus(status: unknown, reason: unknown): ProjectStatus | undefined {
  const known = PROJECT_STATUSES.find((one) => one === status);
  if (known === undefined) return undefined;
  const said = typeof reason === 'string' ? wellFormed(reason.slice(0, MAX_REASON_CHARS)) : '';
  return { status: known, ...(said !== '' && { reason: said }) };
}
