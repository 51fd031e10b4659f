import yauzl from 'yauzl';
import { WheelmillError } from '../errors.ts';
import { badSdist } from './bad-sdist.ts';
import { MAX_METADATA_BYTES } from './limits.ts';
import { createMemberCheck, type SdistLimits } from './sdist-members.ts';
import { TYPE_FILE, TYPE_FOLDER, TYPE_MASK } from './zip-format.ts';

const PKG_INFO = /^([^/]+)\/PKG-INFO$/;

/**
 * Reads the directory of a `.zip` and its PKG-INFO.
 * @returns the top folder and the bytes of its PKG-INFO, undefined where it has none
 * @throws WheelmillError `bad-upload`
 */
export async function readZipSdist(
  path: string,
  limits: SdistLimits,
): Promise<{ top: string; pkgInfo: Buffer | undefined }> {
  const zip = await yauzl.openPromise(path, { autoClose: false, lazyEntries: true }).catch((error) => {
    throw unreadable(error);
  });
  try {
    if (zip.entryCount > limits.members) throw badSdist(`it has more than ${limits.members} members`);
    const members = createMemberCheck(limits);
    let unpacked = 0;
    let pkgInfo: Buffer | undefined;
    for await (const entry of zip.eachEntry()) {
      const type = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
      members.see({ name: entry.fileName, isSpecial: type !== 0 && type !== TYPE_FILE && type !== TYPE_FOLDER });
      unpacked += entry.uncompressedSize;
      if (unpacked > limits.unpackedBytes) throw badSdist(`it unpacks to more than ${limits.unpackedBytes} bytes`);
      if (!PKG_INFO.test(entry.fileName)) continue;
      if (pkgInfo) throw badSdist('it has two PKG-INFO files at one place');
      if (entry.uncompressedSize > MAX_METADATA_BYTES)
        throw badSdist(`its PKG-INFO has more than ${MAX_METADATA_BYTES} bytes`);
      const chunks: Buffer[] = [];
      // yauzl holds the bytes to the size that is declared.
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
      pkgInfo = Buffer.concat(chunks);
    }
    return { top: members.top(), pkgInfo };
  } catch (error) {
    throw unreadable(error);
  } finally {
    zip.close();
  }
}

/** What yauzl complains of is the sdist's fault; what the disk does is not. */
function unreadable(error: unknown): unknown {
  if (error instanceof WheelmillError || (error instanceof Error && 'syscall' in error)) return error;
  return badSdist('it is no .zip, or is cut short', error);
}
