import type { Brand } from './brand.ts';
import { CoreError, quoted } from './faults.ts';

/** A project name as indexes spell it: lower case, runs of `-`, `_` and `.` made one `-` (PEP 503). */
export type NormalizedName = Brand<string, 'NormalizedName'>;

/** The name becomes a folder and a part of file names, which file systems end at 255 bytes. */
const MAX_NAME_CHARS = 128;

// https://packaging.python.org/en/latest/specifications/name-normalization/#name-format
const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;

/** Whether `text` is a valid project name, in whatever spelling. */
export function isProjectName(text: string): boolean {
  return text.length <= MAX_NAME_CHARS && NAME.test(text);
}

/** The normalised form of a project or extra name (PEP 503); throws CoreError `invalid-name`. */
export function normalizeName(text: string): NormalizedName {
  if (isProjectName(text)) return text.replace(/[-_.]+/g, '-').toLowerCase() as NormalizedName;
  throw new CoreError(
    'invalid-name',
    `${quoted(text)} is not a project name: use letters, digits, "-", "_" and ".", with a letter or digit at both ends.`,
  );
}
