import type { ItemStatus } from './records/prebuild.ts';

const HOW = { hit: 'already there', mirror: 'from upstream', build: 'build', failed: '' };

/** An item of a prebuild on one line: what, how it is had, how it stands. */
export function itemLine({ project, version, kind, state, reason }: ItemStatus): string {
  const now = state === 'failed' ? `failed: ${reason}` : state;
  return `  ${`${project} ${version ?? ''}`.padEnd(36)} ${HOW[kind].padEnd(14)} ${now}`;
}
