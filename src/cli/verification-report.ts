import type { VerificationView } from '../api/builds/verification.ts';
import type { BuildView } from '../api/builds/view.ts';
import type { Difference } from '../core/records/verification.ts';
import { printable } from '../workers/printable.ts';
import type { Unverifiable } from './verify.ts';

/** Log lines that are shown of a rebuild that failed. */
const SHOWN_LOG_LINES = 15;

/** How the verification of one build ended, in words; member names are a stranger's and are made printable. */
export function verificationReport(build: BuildView | Unverifiable): string {
  const name = `${build.project} ${build.version}`;
  const verification = 'verification' in build ? build.verification : undefined;
  if (!verification) return `${name}: cannot be verified: ${'message' in build ? build.message : ''}`;
  if (verification.reproducible) return `${name}: reproducible (${verification.wheel?.stored.filename})`;
  if (verification.state === 'failed') return failure(name, verification);
  const { differences = [], furtherDifferences = 0 } = verification;
  const more = furtherDifferences > 0 ? [`  and ${furtherDifferences} more differences`] : [];
  return [`${name}: not reproducible; the rebuilt wheel differs in:`, ...differences.map(line), ...more].join('\n');
}

function failure(name: string, { reason, message, hint, logTail }: VerificationView): string {
  const log = (logTail ?? '').split('\n').filter(Boolean).slice(-SHOWN_LOG_LINES);
  return [
    `${name}: the rebuild failed: ${reason}: ${message}`,
    ...(hint ? [`  ${hint}`] : []),
    ...log.map((text) => `  | ${text}`),
  ].join('\n');
}

const KINDS: Record<Difference['kind'], string> = {
  'only-stored': 'only in the stored wheel',
  'only-rebuilt': 'only in the rebuilt wheel',
  content: 'content',
  mode: 'mode',
  time: 'time',
  compression: 'compression',
  order: 'place in the archive',
  packing: 'the archive, in nothing that a member shows',
};

function line({ member, kind, stored, rebuilt, follows }: Difference): string {
  const values = stored !== undefined && kind !== 'content' ? ` (${stored} stored, ${rebuilt} rebuilt)` : '';
  const note = follows ? ', which follows from the others' : '';
  return `  ${member === undefined ? '' : `${printable(member).replaceAll('\n', ' ')}: `}${KINDS[kind]}${values}${note}`;
}
