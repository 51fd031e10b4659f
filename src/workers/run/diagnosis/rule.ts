import type { FailureReason, Missing } from '../../../errors.ts';

/**
 * What one pattern of a log stands for. The first group that matched is the culprit: the build's own text. All that matched
 * are `groups`, as they are in the log: for patterns that say what they may be.
 */
export type Rule = {
  reason: FailureReason;
  pattern: RegExp;
  /** One sentence; `culprit` comes quoted, `place` is what the build ran in. */
  message: (culprit: string, place: string, groups: readonly string[]) => string;
  /** What a person can do, where that is more than the reason's own hint says. */
  hint?: string;
  /** Of what kind the culprit is, where something is missing. */
  missing?: Missing['kind'];
  /** The requirement of the build environment with which it may work. */
  constraint?: string;
  /** The constraint is a guess, where nobody knows what there was when the package was published. */
  dated?: true;
};

/** Rules that differ in nothing but their pattern. */
export function rules(patterns: readonly RegExp[], rest: Omit<Rule, 'pattern'>): Rule[] {
  return patterns.map((pattern) => ({ ...rest, pattern }));
}
