import { checkApiVersion, type RawFile, sha256OrNothing, UnfitPage } from './raw-page.ts';
import { readUrl } from './upstream-index.ts';

/**
 * The files of a JSON project page
 * (https://packaging.python.org/en/latest/specifications/simple-repository-api/#project-detail). `base` is the URL the page
 * came from in the end. Files without a name or a URL are left out; fields of an unexpected kind count as not given.
 *
 * @throws UnfitPage
 */
export function parseSimpleJson(bytes: Buffer, base: URL): RawFile[] {
  let page: unknown;
  try {
    page = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new UnfitPage('it sent JSON that cannot be read');
  }
  if (!isObject(page) || !Array.isArray(page.files)) throw new UnfitPage('it sent JSON that lists no files');
  checkApiVersion(isObject(page.meta) ? page.meta['api-version'] : undefined);
  return page.files.map((file: unknown) => rawFile(file, base)).filter((file) => file !== undefined);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rawFile(file: unknown, base: URL): RawFile | undefined {
  if (!isObject(file) || typeof file.filename !== 'string' || typeof file.url !== 'string') return undefined;
  const url = absolute(file.url, base);
  if (url === undefined) return undefined;
  const raw: RawFile = { filename: file.filename, url };
  const sha256 = isObject(file.hashes) ? sha256OrNothing(file.hashes.sha256) : undefined;
  if (sha256) raw.sha256 = sha256;
  if (Number.isSafeInteger(file.size) && (file.size as number) >= 0) raw.size = file.size as number;
  if (typeof file['requires-python'] === 'string') raw.requiresPython = file['requires-python'];
  if (file.yanked === true || (typeof file.yanked === 'string' && file.yanked !== '')) raw.yanked = file.yanked;
  // PEP 714 renamed the key; indexes from before it have the old one only.
  const metadata = metadataMark(file['core-metadata'] ?? file['dist-info-metadata']);
  if (metadata) raw.coreMetadata = metadata;
  if (typeof file['upload-time'] === 'string') raw.uploadTime = file['upload-time'];
  return raw;
}

function metadataMark(value: unknown): RawFile['coreMetadata'] {
  if (isObject(value)) return sha256OrNothing(value.sha256) ?? true;
  return value === true ? true : undefined;
}

/** Nearly all URLs are absolute already and in normal form; pages have many thousands. */
function absolute(text: string, base: URL): string | undefined {
  if (/^https?:\/\/[a-z0-9.-]+(:\d+)?\/[A-Za-z0-9._~/%+!-]*$/.test(text) && !text.includes('/.')) return text;
  const url = readUrl(text, base);
  if (!url) return undefined;
  url.hash = '';
  url.username = '';
  url.password = '';
  return url.href;
}
