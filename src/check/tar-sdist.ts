import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { WheelmillError } from '../errors.ts';
import { badSdist } from './bad-sdist.ts';
import { MAX_METADATA_BYTES } from './limits.ts';
import { createMemberCheck, type SdistLimits, type SdistMember } from './sdist-members.ts';

const PKG_INFO = /^(?:\.\/)*([^/]+)\/PKG-INFO$/;
const KINDS = new Set(['file', 'contiguous-file', 'directory', 'link', 'symlink']);

/**
 * Reads a `.tar.gz` to its end: every member is looked at, nothing is written.
 * @returns the top folder and the bytes of its PKG-INFO, undefined where it has none
 * @throws WheelmillError `bad-upload`
 */
export async function readTarSdist(
  path: string,
  limits: SdistLimits,
): Promise<{ top: string; pkgInfo: Buffer | undefined }> {
  const members = createMemberCheck(limits);
  const entries = extract();
  let unpacked = 0;
  let pkgInfo: Buffer | undefined;
  const bounded = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      unpacked += chunk.length;
      if (unpacked > limits.unpackedBytes) throw badSdist(`it unpacks to more than ${limits.unpackedBytes} bytes`);
      yield chunk;
    }
  };
  const feeding = pipeline(createReadStream(path), createGunzip(), bounded, entries);
  // The loop below ends with the same error.
  feeding.catch(() => undefined);
  try {
    for await (const entry of entries) {
      members.see(memberOf(entry.header));
      const isPkgInfo = PKG_INFO.test(entry.header.name) && entry.header.type === 'file';
      if (isPkgInfo && pkgInfo) throw badSdist('it has two PKG-INFO files at one place');
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of entry as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (!isPkgInfo) continue;
        if (size > MAX_METADATA_BYTES) throw badSdist(`its PKG-INFO has more than ${MAX_METADATA_BYTES} bytes`);
        chunks.push(chunk);
      }
      if (isPkgInfo) pkgInfo = Buffer.concat(chunks);
    }
    await feeding;
  } catch (first) {
    entries.destroy();
    // What ends the feeding ends the loop too, sometimes with another error.
    const error = await feeding.then(
      () => first,
      (fed) => (fed instanceof WheelmillError ? fed : first),
    );
    if (error instanceof WheelmillError || (error instanceof Error && 'syscall' in error)) throw error;
    // Also of headers that are larger than anybody needs: tar-stream refuses them before it reads them.
    throw badSdist('it is no .tar.gz, is broken or is cut short', error);
  }
  return { top: members.top(), pkgInfo };
}

function memberOf({ name, type, linkname }: Header): SdistMember {
  // The target of a symbolic link counts from where the link is, that of a hard link from the top.
  const folder = type === 'symlink' ? name.slice(0, name.lastIndexOf('/') + 1) : '';
  const isLink = type === 'symlink' || type === 'link';
  const linkTo = linkname?.startsWith('/') ? linkname : `${folder}${linkname ?? ''}`;
  return { name, ...(isLink && { linkTo }), isSpecial: !KINDS.has(type ?? 'file') };
}
