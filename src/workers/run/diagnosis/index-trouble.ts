import { type Rule, rules } from './rule.ts';

/** The package index behind the build: all else in a log follows from it. */
export const INDEX_TROUBLE: Rule[] = [
  ...rules([/\b(A build may (?:ask|have) [\w ]{1,60}\bindex\b[\w ]{0,30})/], {
    reason: 'build-error',
    message: (why) => `The build asked too much of the index behind it: ${why}.`,
  }),
  {
    reason: 'upstream-unavailable',
    pattern:
      /(?:Failed to (?:fetch|download)[^\n]{0,300}127\.0\.0\.1:\d{1,5}[^\n]{0,300}\n[\s\S]{0,500}?|HTTP error )\b(50[0234] ?[A-Z]?[a-z]*)/,
    message: (status) => `The index behind the build answered ${status}.`,
  },
  {
    reason: 'resolve-failed',
    pattern: /No solution found when resolving[^\n]*\n\s*(?:cause: )?([^\n]+)/,
    message: (what) => `The build requirements cannot be had together: ${what}.`,
  },
  {
    reason: 'resolve-failed',
    pattern: /No matching distribution found for ([^\n]+)/,
    message: (what) => `The build requirement ${what} cannot be had.`,
  },
  ...rules([/The built wheel has an invalid filename\s+cause: ([^\n]+)/], {
    reason: 'bad-wheel',
    message: (why) => `The build left something that is no wheel: ${why}.`,
  }),
  ...rules([/`(?:[\w.]+\.)?(build_wheel)` failed \(exit status: 0\)/], {
    reason: 'bad-wheel',
    message: () => 'The build ended without an error but left no wheel.',
  }),
];
