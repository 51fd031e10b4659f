import { checkSdist, SDIST_ENDINGS } from '../../check/check-sdist.ts';
import { checkWheel } from '../../check/check-wheel.ts';
import { CoreError, quoted } from '../../core/faults.ts';
import { isProjectName, type NormalizedName, normalizeName } from '../../core/names.ts';
import { parseSdistFilename, type SdistFilename } from '../../core/sdist-filename.ts';
import { compareVersions, isVersion, parseVersion, type Version } from '../../core/version.ts';
import { parseWheelFilename, type WheelFilename } from '../../core/wheel-filename.ts';
import { BuildFailure, WheelmillError } from '../../errors.ts';
import { digestFaults } from './digests.ts';
import type { ReceivedFile, UploadForm } from './read-form.ts';

/** An upload found sound: a file on this machine's disk with what it says of itself. */
export type Upload = {
  project: NormalizedName;
  version: Version;
  filename: string;
  path: string;
  size: number;
  sha256: string;
  requiresPython: string | undefined;
} & ({ kind: 'sdist' } | { kind: 'wheel'; metadata: Buffer });

type Named = { kind: 'sdist'; parsed: SdistFilename } | { kind: 'wheel'; parsed: WheelFilename };

/** What file systems allow for one name, less what the bucket adds to it (`.metadata`, the random part of a mark). */
const MAX_FILENAME_CHARS = 230;

/**
 * Holds an upload to what came with it: name, version, type and digests against the file's name, and the file's own metadata
 * against all of them.
 *
 * @throws WheelmillError `bad-upload` with all faults at once; they are sentences for whoever uploads.
 */
export async function readUpload({ fields, content, faults: ofForm }: UploadForm): Promise<Upload> {
  const faults = [...ofForm];
  const single = (name: string, isRequired = true): string | undefined => {
    const values = [...new Set(fields.get(name) ?? [])];
    if (values.length > 1) faults.push(`The field ${name} is there ${values.length} times with different values.`);
    if (values.length === 0 && isRequired) faults.push(`The field ${name} is missing.`);
    return values[0];
  };
  const action = single(':action');
  if (action !== undefined && action !== 'file_upload')
    faults.push(`Only uploads are taken (:action=file_upload), not ${quoted(action)}.`);
  const protocol = single('protocol_version', false);
  if (protocol !== undefined && protocol !== '1') faults.push(`protocol_version must be 1, not ${quoted(protocol)}.`);
  const [name, version, filetype] = [single('name'), single('version'), single('filetype')];
  if (name !== undefined && !isProjectName(name)) faults.push(`${quoted(name)} is no project name.`);
  if (version !== undefined && !isVersion(version)) faults.push(`${quoted(version)} is no version (PEP 440).`);

  if (content.length !== 1)
    faults.push(content.length === 0 ? 'The file is missing: it is called content.' : 'There is more than one file.');
  const [file] = content;
  if (!file || content.length > 1) throw badUpload(faults);
  const named = readName(file.filename, name, faults);
  if (named) faults.push(...nameFaults(named, { name, version, filetype }));
  faults.push(...(await digestFaults(file, fields)));
  const checked = named && (await check(file, named).catch((error) => noteFault(error, faults)));
  if (!checked || faults.length > 0) throw badUpload(faults);
  return checked;
}

function readName(filename: string, name: string | undefined, faults: string[]): Named | undefined {
  if (filename === '') faults.push('The file has no name.');
  else if (filename.length > MAX_FILENAME_CHARS)
    faults.push(`The file name has more than ${MAX_FILENAME_CHARS} characters.`);
  else
    try {
      if (filename.endsWith('.whl')) return { kind: 'wheel', parsed: parseWheelFilename(filename) };
      if (SDIST_ENDINGS.some((ending) => filename.endsWith(`.${ending}`)))
        return { kind: 'sdist', parsed: sdistFilename(filename, name) };
      faults.push(`${quoted(filename)} is neither a wheel (.whl) nor an sdist (.tar.gz, .zip).`);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      faults.push(error.message);
    }
  return undefined;
}

/** A name with dashes can be cut in several places: where the one that was sent fits, it says where. */
function sdistFilename(filename: string, name: string | undefined): SdistFilename {
  if (name !== undefined && isProjectName(name))
    try {
      return parseSdistFilename(filename, normalizeName(name));
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
    }
  return parseSdistFilename(filename);
}

type Said = { name: string | undefined; version: string | undefined; filetype: string | undefined };

function nameFaults({ kind, parsed }: Named, { name, version, filetype }: Said): string[] {
  const faults: string[] = [];
  const { filename } = parsed;
  if (name !== undefined && isProjectName(name) && normalizeName(name) !== parsed.name)
    faults.push(`The file ${filename} is of ${parsed.name}, and the field name says ${quoted(name)}.`);
  if (version !== undefined && isVersion(version) && compareVersions(parseVersion(version), parsed.version) !== 0)
    faults.push(`The file ${filename} has version ${parsed.version}, and the field version says ${quoted(version)}.`);
  const expected = kind === 'wheel' ? 'bdist_wheel' : 'sdist';
  if (filetype !== undefined && filetype !== expected)
    faults.push(`The filetype of ${filename} is ${expected}, and the field says ${quoted(filetype)}.`);
  return faults;
}

async function check({ path, size, sha256 }: ReceivedFile, named: Named): Promise<Upload> {
  const { filename, name: project, version } = named.parsed;
  const about = { project, version, filename, path, size, sha256 };
  if (named.kind === 'sdist') {
    const { requiresPython } = await checkSdist(path, named.parsed);
    return { kind: 'sdist', ...about, requiresPython };
  }
  const { metadata, metadataBytes } = await checkWheel({ path, filename, expect: { project, version } });
  return { kind: 'wheel', ...about, requiresPython: metadata.requiresPython, metadata: metadataBytes };
}

function noteFault(error: unknown, faults: string[]): undefined {
  const isFault =
    (error instanceof WheelmillError && error.code === 'bad-upload') ||
    (error instanceof BuildFailure && error.reason === 'bad-wheel');
  if (!isFault) throw error;
  faults.push(error.message);
}

/** twine and pip-like tools show the reason phrase only, which is the first line: so it has what is wrong. */
function badUpload(faults: readonly string[]): WheelmillError {
  return new WheelmillError('bad-upload', `${faults.join(' ')}\nNothing was stored.`, { faults });
}
