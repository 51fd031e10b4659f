import { type Lists, readLists, type Selection } from '../../../src/core/read-lists.ts';
import { formatRequirement } from '../../../src/core/requirement.ts';

/** What a file of that name says. */
export function read(name: string, text: string | Uint8Array, selection: Partial<Selection> = {}): Lists {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return readLists([{ name, bytes, role: 'requirements' }], { extras: [], groups: [], ...selection });
}

/** Its requirements with their lines, and the codes of its warnings and faults with theirs. */
export function said(name: string, text: string | Uint8Array, selection: Partial<Selection> = {}): string[] {
  const { requirements, warnings, faults } = read(name, text, selection);
  return [
    ...requirements.map((one) => `${one.line}: ${formatRequirement(one)}`),
    ...warnings.map((one) => `${one.line}: warning ${one.code}`),
    ...faults.map((one) => `${one.line}: ${one.code}`),
  ];
}

/** A sha256 of one repeated digit. */
export const sha = (digit: string): string => digit.repeat(64);
