import { quoted } from './faults.ts';
import { shownLine } from './list-finding.ts';
import { lineRef } from './records/line-ref.ts';
import type { ListFault } from './records/list-fault.ts';
import type { Requirement } from './records/requirement.ts';
import { formatRequirement } from './requirement.ts';

/** Keys that lists may set, `*` standing for any characters: `cmake.*`. */
export type SettingPatterns = readonly string[];

/**
 * A fault for every key of `--config-settings` that is not among the allowed ones: a setting runs with the build's rights
 * and changes its bytes, so whoever runs the server says which there are.
 */
export function refusedSettings(requirements: readonly Requirement[], allowed: SettingPatterns): ListFault[] {
  const known = allowed.map(toExpression);
  const keep = allowed.length === 0 ? 'it allows none' : `it allows ${allowed.join(', ')}`;
  return requirements.flatMap((one) =>
    Object.keys(one.configSettings ?? {})
      .filter((key) => !known.some((expression) => expression.test(key)))
      .map((key) => ({
        ...lineRef(one),
        text: shownLine(formatRequirement(one)),
        code: 'setting-not-allowed',
        message: `The config setting ${quoted(key)} is not allowed on this server: ${keep}. Leave it out, or have it added to WHEELMILL_CONFIG_SETTINGS.`,
      })),
  );
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
