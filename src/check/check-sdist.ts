import { type CoreMetadata, parseCoreMetadata } from '../core/core-metadata.ts';
import { CoreError, quoted } from '../core/faults.ts';
import { parseSdistFilename, type SdistFilename } from '../core/sdist-filename.ts';
import { compareVersions } from '../core/version.ts';
import { badSdist } from './bad-sdist.ts';
import { SDIST_LIMITS, type SdistLimits } from './sdist-members.ts';
import { readTarSdist } from './tar-sdist.ts';
import { readZipSdist } from './zip-sdist.ts';

/** The endings of sdists that may be uploaded: the one of today (PEP 625), and the one that old tools make on Windows. */
export const SDIST_ENDINGS = ['tar.gz', 'zip'] as const;

/**
 * Reads an sdist as hostile input, without unpacking it to disk: that every member stays below one folder, that this folder
 * and its PKG-INFO are of the project and version of the file name.
 * https://packaging.python.org/en/latest/specifications/source-distribution-format/
 *
 * @returns its PKG-INFO
 * @throws WheelmillError `bad-upload`, with a sentence that says which rule is broken
 */
export async function checkSdist(
  path: string,
  filename: SdistFilename,
  limits: Partial<SdistLimits> = {},
): Promise<CoreMetadata> {
  return (await readPkgInfo(path, filename, limits)).metadata;
}

/** The same with the bytes of its PKG-INFO. */
export async function readPkgInfo(
  path: string,
  filename: SdistFilename,
  limits: Partial<SdistLimits> = {},
): Promise<{ bytes: Buffer; metadata: CoreMetadata }> {
  const bounds = { ...SDIST_LIMITS, ...limits };
  const { top, pkgInfo } = await (filename.format === 'zip' ? readZipSdist : readTarSdist)(path, bounds);
  if (!isFolderOf(top, filename))
    throw badSdist(
      `its folder ${quoted(top)} is not of ${filename.name} ${filename.version}, which its file name says`,
    );
  if (pkgInfo === undefined) throw badSdist(`it has no PKG-INFO in its folder ${quoted(top)}`);
  const metadata = parsed(pkgInfo);
  if (metadata.name !== filename.name || compareVersions(metadata.version, filename.version) !== 0)
    throw badSdist(`its PKG-INFO is of ${metadata.name} ${metadata.version}, and its file name of another`);
  return { bytes: pkgInfo, metadata };
}

function isFolderOf(top: string, { name, version }: SdistFilename): boolean {
  try {
    return compareVersions(parseSdistFilename(`${top}.tar.gz`, name).version, version) === 0;
  } catch (error) {
    if (error instanceof CoreError) return false;
    throw error;
  }
}

function parsed(bytes: Buffer): CoreMetadata {
  try {
    return parseCoreMetadata(bytes);
  } catch (error) {
    if (error instanceof CoreError) throw badSdist(error.message.replace(/\.$/, ''), error);
    throw error;
  }
}
