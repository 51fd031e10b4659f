import { findDuplicates } from '../list-duplicates.ts';
import { markerJudge } from '../list-environments.ts';
import { fault, type Located, shownLine } from '../list-finding.ts';
import { judgeHashes } from '../list-hash-mode.ts';
import type { ListFault } from '../records/list-fault.ts';
import type { Requirement } from '../records/requirement.ts';
import { formatRequirement, withoutRepetitions } from '../requirement.ts';
import { ListDocument, MAX_DOCUMENT_BYTES, readDocument } from './document.ts';
import type { Reading } from './locked.ts';
import type { MadeFor } from './made-for.ts';
import { readPdmLock } from './pdm-lock.ts';
import { readPipfileLock } from './pipfile-lock.ts';
import { readPoetryLock } from './poetry-lock.ts';
import { readPylock } from './pylock.ts';
import { readPyproject } from './pyproject.ts';
import { type Choices, NO_CHOICES, type Selection } from './selection.ts';
import { readUvLock } from './uv-lock.ts';

/** A format of lists that is not pip's own. */
export type LockFormat = {
  syntax: 'toml' | 'json';
  /** Of the file, without folders. */
  name: RegExp;
  /** What is a fault in every requirements list, for a file whose name says nothing. */
  content: RegExp;
  read(document: ListDocument, selection: Selection): Reading;
};

const FORMATS: readonly LockFormat[] = [
  { syntax: 'toml', name: /^pylock(\.[^.]+)?\.toml$/, content: /^\[\[packages\]\]/m, read: readPylock },
  { syntax: 'toml', name: /^uv\.lock$/, content: /^source = \{ (registry|virtual|editable) = /m, read: readUvLock },
  { syntax: 'toml', name: /^poetry\.lock$/, content: /^content-hash\s*=/m, read: readPoetryLock },
  { syntax: 'toml', name: /^pdm\.lock$/, content: /^lock_version\s*=/m, read: readPdmLock },
  { syntax: 'json', name: /^Pipfile\.lock$/, content: /^\s*\{\s*"_meta"\s*:/, read: readPipfileLock },
  {
    syntax: 'toml',
    name: /^pyproject\.toml$/,
    content: /^\[(project|build-system|dependency-groups)\][ \t]*(#.*)?$/m,
    read: readPyproject,
  },
];

/** The format of a file by its name, else by its content; undefined where it is a requirements list. */
export function lockFormat(file: string, bytes: Uint8Array): LockFormat | undefined {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  const named = FORMATS.find((one) => one.name.test(name));
  if (named || bytes.byteLength > MAX_DOCUMENT_BYTES) return named;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return FORMATS.find((one) => one.content.test(text));
}

/** What a lock file says, each fault and warning at the line it is about. */
export type LockFile = {
  requirements: Requirement[];
  choices: Choices;
  madeFor?: MadeFor;
  faults: ListFault[];
  warnings: ListFault[];
};

/**
 * Reads a file of a format. It never throws for what is in it: everything wrong is in `faults`.
 * @param file its name, repeated in requirements, faults and warnings
 */
export function readLockFile(
  format: LockFormat,
  bytes: Uint8Array,
  selection: Selection,
  { file }: { file?: string } = {},
): LockFile {
  const document = readDocument(bytes, format.syntax);
  if (!(document instanceof ListDocument)) return { requirements: [], choices: NO_CHOICES, ...split([document], file) };
  const reading = format.read(document, selection);
  const requirements = withoutRepetitions(reading.requirements);
  const judge = markerJudge();
  const together = [
    ...findDuplicates(requirements, judge),
    ...judgeHashes(requirements, [], { required: false, judge }),
  ].map(({ requirement, finding }) => ({ line: requirement.line, text: formatRequirement(requirement), finding }));
  const found: Located[] = [...document.findings, ...together];
  if (requirements.length === 0 && !found.some(({ finding }) => finding.severity === 'fault'))
    found.push({ line: 1, text: '', finding: fault('empty-list', 'Nothing of what the file names is selected.') });
  return {
    requirements: requirements.map((one) => ({ ...one, ...(file !== undefined && { file }) })),
    choices: reading.choices,
    ...(reading.madeFor && { madeFor: { ...reading.madeFor, ...(file !== undefined && { file }) } }),
    ...split(found, file),
  };
}

function split(found: readonly Located[], file: string | undefined): Pick<LockFile, 'faults' | 'warnings'> {
  const of = (severity: 'fault' | 'warning'): ListFault[] =>
    found
      .filter(({ finding }) => finding.severity === severity)
      .sort((one, other) => one.line - other.line)
      .map(({ line, text, finding: { code, message } }) => ({
        ...(file !== undefined && { file }),
        ...{ line, text: shownLine(text), code, message },
      }));
  return { faults: of('fault'), warnings: of('warning') };
}
