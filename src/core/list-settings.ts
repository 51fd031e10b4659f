import { quoted } from './faults.ts';
import { type Finding, fault } from './list-finding.ts';
import type { Requirement } from './records/requirement.ts';

type Settings = NonNullable<Requirement['configSettings']>;

/** `KEY=VALUE` of a `--config-settings`, or what is wrong with it. */
export function parseSetting(text: string): readonly [key: string, value: string] | Finding {
  const at = text.indexOf('=');
  if (at >= 0) return [text.slice(0, at), text.slice(at + 1)];
  return fault('invalid-setting', `${quoted(text)} is not a config setting: write --config-settings=KEY=VALUE.`);
}

/** The settings of one requirement: a key that is repeated has all its values, as in pip. */
export function joinSettings(pairs: readonly (readonly [key: string, value: string])[]): Settings | undefined {
  const values = new Map<string, string[]>();
  for (const [key, value] of pairs) {
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  // fromEntries makes "__proto__" a key like others.
  const settings = [...values].map(([key, all]) => [key, all.length === 1 ? (all[0] as string) : all] as const);
  return settings.length === 0 ? undefined : Object.fromEntries(settings);
}
