import { isProjectName, type NormalizedName, normalizeName } from '../core/names.ts';
import { readProjectStatus } from '../core/project-status.ts';
import { wellFormed } from '../core/well-formed.ts';
import {
  checkApiVersion,
  provenanceOrNothing,
  type RawFile,
  type RawPage,
  sha256OrNothing,
  UnfitPage,
} from './raw-page.ts';
import { readUrl } from './upstream-index.ts';

/** Longer ones are no versions, and there is a list of them in memory for every page. */
const MAX_VERSION_CHARS = 100;

/**
 * A JSON project page (https://packaging.python.org/en/latest/specifications/simple-repository-api/#project-detail). `base`
 * is the URL the page came from in the end. Files without a name or a URL are left out; fields of an unexpected kind count
 * as not given.
 *
 * @throws UnfitPage also for a page that says it is of another project than `project`.
 */
export function parseSimpleJson(bytes: Buffer, base: URL, project: NormalizedName): RawPage {
  let page: unknown;
  try {
    page = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new UnfitPage('it sent JSON that cannot be read');
  }
  if (!isObject(page) || !Array.isArray(page.files)) throw new UnfitPage('it sent JSON that lists no files');
  checkApiVersion(isObject(page.meta) ? page.meta['api-version'] : undefined);
  checkName(page.name, project);
  const { versions } = page;
  const status = isObject(page['project-status'])
    ? readProjectStatus(page['project-status'].status, page['project-status'].reason)
    : undefined;
  return {
    ...(status && { status }),
    ...(Array.isArray(versions) && { versions: versions.filter(isVersionText) }),
    files: page.files.map((file: unknown) => rawFile(file, base)).filter((file) => file !== undefined),
  };
}

/** A page without a name is taken for the one that was asked for: some indexes leave it out. */
function checkName(name: unknown, project: NormalizedName): void {
  if (typeof name !== 'string') return;
  if (isProjectName(name) && normalizeName(name) === project) return;
  throw new UnfitPage(`it sent the page of ${JSON.stringify(name.slice(0, 80))} instead`);
}

function isVersionText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_VERSION_CHARS;
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
  const requires = file['requires-python'];
  if (typeof requires === 'string' && requires !== '') raw.requiresPython = wellFormed(requires);
  if (file.yanked === true) raw.yanked = true;
  if (typeof file.yanked === 'string' && file.yanked !== '') raw.yanked = wellFormed(file.yanked);
  // PEP 714 renamed the key; indexes from before it have the old one only.
  const metadata = metadataMark(file['core-metadata'] ?? file['dist-info-metadata']);
  if (metadata) raw.coreMetadata = metadata;
  if (typeof file['upload-time'] === 'string') raw.uploadTime = file['upload-time'];
  const provenance = provenanceOrNothing(file.provenance);
  if (provenance !== undefined) raw.provenance = provenance;
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
