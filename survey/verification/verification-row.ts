import Type, { type Static } from 'typebox';
import type { BuildView } from '../../src/api/builds/view.ts';
import type { Project } from '../list.ts';
import { withoutHosts } from '../without-hosts.ts';

const Text = Type.String();

export const VerificationRowSchema = Type.Object(
  {
    name: Text,
    version: Text,
    state: Type.Union([Type.Literal('same bytes'), Type.Literal('differs'), Type.Literal('failed')]),
    /** Of one that differs: the first members that do not follow from others, and how. Of one that failed: why. */
    why: Type.Optional(Text),
    seconds: Type.Integer(),
  },
  { additionalProperties: false },
);
export type VerificationRow = Static<typeof VerificationRowSchema>;

const SHOWN = 3;

/** How the rebuild of one project compared. */
export function verificationRow({ name, version }: Project, build: BuildView, seconds: number): VerificationRow {
  const { verification } = build;
  const common = { name, version, seconds: Math.round(seconds) };
  if (verification?.reproducible) return { ...common, state: 'same bytes' };
  if (verification?.state !== 'done')
    return {
      ...common,
      state: 'failed',
      why: withoutHosts(`${verification?.reason ?? 'unknown'}: ${verification?.message ?? ''}`),
    };
  const own = (verification.differences ?? []).filter(({ follows }) => !follows);
  const shown = own.slice(0, SHOWN).map(({ member, kind }) => (member === undefined ? kind : `${member} (${kind})`));
  const more = own.length + (verification.furtherDifferences ?? 0) - shown.length;
  return { ...common, state: 'differs', why: [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ') };
}
