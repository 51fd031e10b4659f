import yauzl, { type Entry } from 'yauzl';
import { lenientWheelFilename } from '../core/wheel-filename.ts';
import { BuildFailure } from '../errors.ts';
import { badWheel } from './bad-wheel.ts';
import { isFolderOf } from './dist-info.ts';
import { MAX_METADATA_BYTES, WHEEL_LIMITS } from './limits.ts';

const METADATA = /^([^/]+\.dist-info)\/METADATA$/;

async function metadataEntries(zip: yauzl.ZipFile): Promise<Entry[]> {
  if (zip.entryCount > WHEEL_LIMITS.entries) throw badWheel(`it has more than ${WHEEL_LIMITS.entries} entries`);
  const found: Entry[] = [];
  for await (const entry of zip.eachEntry()) if (METADATA.test(entry.fileName)) found.push(entry);
  return found;
}

/** What yauzl complains of is the wheel's fault; what the disk does is not. */
function asBadWheel(error: unknown): unknown {
  if (error instanceof BuildFailure || (error instanceof Error && 'syscall' in error)) return error;
  return badWheel(`it cannot be read (${error instanceof Error ? error.message : error})`, error);
}

/**
 * METADATA of a wheel that an upstream index offers, byte for byte. Its hash was verified and installers take it as it
 * is, so it is read as they read it: only what is needed for that is asked of the zip file.
 * @throws BuildFailure `bad-wheel` when it cannot be read, is missing or larger than 4 MiB
 */
export async function readMetadata(path: string, filename: string): Promise<Buffer> {
  const project = lenientWheelFilename(filename);
  if (project === undefined) throw badWheel('its file name is not the name of a wheel');
  const zip = await yauzl.openPromise(path, { autoClose: false, lazyEntries: true }).catch((error) => {
    throw asBadWheel(error);
  });
  try {
    const entries = await metadataEntries(zip);
    const own = entries.filter(({ fileName }) => isFolderOf(fileName.split('/', 1)[0] ?? '', '.dist-info', project));
    const [entry, ...others] = own.length > 0 ? own : entries;
    if (entry === undefined || others.length > 0) throw badWheel('it needs exactly one METADATA file');
    if (entry.uncompressedSize > MAX_METADATA_BYTES) throw badWheel('its METADATA is too large');
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    throw error instanceof Error && error.name === 'BuildFailure'
      ? error
      : badWheel(`it cannot be read (${error})`, error);
  } finally {
    zip.close();
  }
}
