import { CoreError, quoted } from './faults.ts';
import { type NormalizedName, normalizeName } from './names.ts';
import { parseRequirement } from './requirement.ts';
import { compareVersions, parseVersion, type Version } from './version.ts';

/** What is read of a METADATA or PKG-INFO file. Requirements and specifiers are as written: parse them where used. */
export interface CoreMetadata {
  metadataVersion: string;
  name: NormalizedName;
  version: Version;
  summary?: string;
  /** License-Expression, or the older License. */
  license?: string;
  requiresPython?: string;
  requiresDist: string[];
  providesExtra: string[];
  /** Fields an sdist does not promise to be the same in its wheels, lower case (metadata 2.2). */
  dynamic: string[];
}

/** The longest in the wild are descriptions of some hundred KiB. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Long license texts in `License` are cut here: it is for people to look at. */
const MAX_TEXT_CHARS = 1000;
const MAX_REQUIREMENTS = 5000;

const FIELD = /^([!-9;-~]+):[ \t]*(.*)$/s;

function invalid(why: string): CoreError {
  return new CoreError('invalid-metadata', `The core metadata cannot be used: ${why}.`);
}

/** Header fields by lower-case name, folded lines joined; ends at the first line that is none, as Python's parser. */
function headers(text: string): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  let open: string[] | undefined;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const match = FIELD.exec(line);
    if (match !== null && !/^[ \t]/.test(line)) {
      const key = (match[1] ?? '').toLowerCase();
      open = fields.get(key) ?? [];
      open.push(match[2] ?? '');
      fields.set(key, open);
    } else if (/^[ \t]/.test(line) && open !== undefined) {
      open.push(`${open.pop()}\n${line}`);
    } else break;
  }
  return fields;
}

/** One line of a field that must not be given twice: two tools would believe two different ones. */
function single(fields: Map<string, string[]>, field: string): string | undefined {
  const values = fields.get(field.toLowerCase()) ?? [];
  if (values.length > 1) throw invalid(`${field} is given ${values.length} times`);
  const value = values[0]?.trim().slice(0, MAX_TEXT_CHARS);
  return value === '' || value === 'UNKNOWN' ? undefined : value;
}

function required(fields: Map<string, string[]>, field: string): string {
  const value = single(fields, field);
  if (value === undefined) throw invalid(`${field} is missing`);
  return value;
}

function many(fields: Map<string, string[]>, field: string): string[] {
  const values = fields.get(field.toLowerCase()) ?? [];
  if (values.length > MAX_REQUIREMENTS) throw invalid(`${field} is given more than ${MAX_REQUIREMENTS} times`);
  return values.map((value) =>
    value
      .split('\n')
      .map((line) => line.trim())
      .join(' ')
      .trim(),
  );
}

/** Name and version are checked against their grammars, and foreign text is repeated only within bounds. */
function parsed<T>(field: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof CoreError) throw invalid(`its ${field} ${quoted(text)} is not valid`);
    throw error;
  }
}

/**
 * The header of a core metadata file (https://packaging.python.org/en/latest/specifications/core-metadata/), UTF-8 with
 * folded lines. Bytes that are not UTF-8, which old author fields have, are replaced.
 * @throws CoreError `invalid-metadata`
 */
export function parseCoreMetadata(bytes: Uint8Array): CoreMetadata {
  if (bytes.byteLength > MAX_BYTES) throw invalid(`it has more than ${MAX_BYTES} bytes`);
  const fields = headers(new TextDecoder('utf-8').decode(bytes));
  const summary = single(fields, 'Summary');
  const license = single(fields, 'License-Expression') ?? single(fields, 'License');
  const requiresPython = single(fields, 'Requires-Python');
  return {
    metadataVersion: required(fields, 'Metadata-Version'),
    name: parsed('Name', required(fields, 'Name'), normalizeName),
    version: parsed('Version', required(fields, 'Version'), parseVersion),
    ...(summary !== undefined && { summary }),
    ...(license !== undefined && { license }),
    ...(requiresPython !== undefined && { requiresPython }),
    requiresDist: many(fields, 'Requires-Dist'),
    providesExtra: many(fields, 'Provides-Extra'),
    dynamic: many(fields, 'Dynamic').map((field) => field.toLowerCase()),
  };
}

/** What resolvers read, and what an sdist may leave open. */
const RESOLVED_FIELDS = ['requires-dist', 'requires-python', 'provides-extra'];

/**
 * Whether an sdist's PKG-INFO says all that a resolver would read in its wheel: from metadata 2.2 on (PEP 643) what is not
 * `Dynamic` is the same in every wheel that is built of it.
 */
export function isBinding({ metadataVersion, dynamic }: CoreMetadata): boolean {
  const [major = 0, minor = 0] = metadataVersion.split('.').map(Number);
  return (major > 2 || (major === 2 && minor >= 2)) && !dynamic.some((field) => RESOLVED_FIELDS.includes(field));
}

/**
 * Whether a resolver finds the same in both: name, version, and what has to be beside it. Order, spelling and description may
 * differ; pip since 26.2 refuses a wheel that differs more from what was announced of it.
 */
export function resolvesAlike(one: CoreMetadata, other: CoreMetadata): boolean {
  return compareVersions(one.version, other.version) === 0 && resolvedFields(one) === resolvedFields(other);
}

function resolvedFields({ name, requiresPython = '', requiresDist, providesExtra }: CoreMetadata): string {
  const clauses = (specifier: string) => specifier.split(',').map((one) => one.trim());
  return JSON.stringify([
    name,
    clauses(requiresPython).sort(),
    [...new Set(requiresDist.map(plainRequirement))].sort(),
    [...new Set(providesExtra.map(normalizeName))].sort(),
  ]);
}

/** What is no requirement to us is compared as it is written. */
function plainRequirement(text: string): string {
  try {
    const { specifier, ...rest } = parseRequirement(text);
    return JSON.stringify({ ...rest, specifier: specifier.split(',').sort() });
  } catch (error) {
    if (error instanceof CoreError) return text;
    throw error;
  }
}
