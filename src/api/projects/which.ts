import Type, { type Static } from 'typebox';
import type { NormalizedName } from '../../core/names.ts';
import type { WheelRecord } from '../../core/records/wheel.ts';
import { compareVersions, isVersion, parseVersion } from '../../core/version.ts';
import { WheelmillError } from '../../errors.ts';

/** Which wheels of a project are meant: all of a version, or one file. */
export const WhichSchema = Type.Object({
  version: Type.Optional(Type.String({ description: 'All wheels of this version' })),
  filename: Type.Optional(Type.String({ description: 'This one' })),
});
export type Which = Static<typeof WhichSchema>;

/** File names that an error shows of what there is. */
const SHOWN = 10;

/** Throws WheelmillError `bad-request` unless it names one thing, of the grammar of its kind. */
export function checkWhich({ version, filename }: Which): void {
  if ((version === undefined) === (filename === undefined))
    throw new WheelmillError('bad-request', 'Name either a "version" or a "filename".');
  if (version !== undefined && !isVersion(version))
    throw new WheelmillError('bad-request', `${quoted(version)} is not a version.`);
}

/** Those of the wheels that are meant. */
export function meant<W extends Pick<WheelRecord, 'filename' | 'version'>>(wheels: readonly W[], which: Which): W[] {
  const { version, filename } = which;
  if (version === undefined) return wheels.filter((one) => one.filename === filename);
  // 2 is 2.0 (PEP 440).
  return wheels.filter(
    (one) => isVersion(one.version) && compareVersions(parseVersion(one.version), parseVersion(version)) === 0,
  );
}

/** That nothing is there of what is meant, and what is. */
export function nothingMeant(
  project: NormalizedName,
  { version, filename }: Which,
  wheels: readonly Pick<WheelRecord, 'filename' | 'version'>[],
  what = 'stored',
): WheelmillError {
  const there = [...new Set(wheels.map((one) => (version === undefined ? one.filename : one.version)))];
  if (there.length === 0)
    return new WheelmillError(
      'not-found',
      `Nothing is ${what} of ${project}. GET /api/v1/projects lists the projects there are.`,
    );
  const asked = version === undefined ? quoted(filename ?? '') : `version ${quoted(version)}`;
  const more = there.length > SHOWN ? ` and ${there.length - SHOWN} more` : '';
  return new WheelmillError(
    'not-found',
    `No wheel of ${project} is ${what} as ${asked}. There is: ${there.slice(0, SHOWN).join(', ')}${more}.`,
  );
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 100));
