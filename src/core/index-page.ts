import { escapeHtml } from './html.ts';
import { type ProjectStatus, readProjectStatus } from './project-status.ts';
import { compareVersions, isVersion, parseVersion, type Version } from './version.ts';

/**
 * The one model of index pages, and its renderings: simple repository API 1.4
 * (https://packaging.python.org/en/latest/specifications/simple-repository-api/).
 */
export type IndexFile = {
  filename: string;
  /** Relative to the page it stands on, or absolute; without a fragment. */
  url: string;
  sha256: string;
  /** Bytes; an upstream page in HTML does not tell. */
  size?: number;
  requiresPython?: string;
  /** PEP 592: true, or the reason. */
  yanked?: true | string;
  /** Hash of the `.metadata` beside the file (PEP 658). `coreMetadata` says that it is there when its hash is not known. */
  coreMetadataSha256?: string;
  coreMetadata?: true;
  /** ISO 8601, UTC, ends in `Z`. */
  uploadTime?: string;
  /** PEP 740: an absolute https URL. Only upstream's own bytes have one; a wheel that is built here is not what was attested. */
  provenance?: string;
  /** The target that a wheel of ours was built for. Kept in JSON under a name that is reserved for the index itself. */
  builtFor?: string;
  /** Yanked by somebody here, whatever upstream says of the file. Kept in JSON as `builtFor` is. */
  yankedHere?: true;
};

/** A wheel that is not there yet, and will be built for whoever asks for it: nobody knows its hash or its size. */
export type PromisedFile = Pick<IndexFile, 'filename' | 'url' | 'requiresPython' | 'yanked' | 'coreMetadata'>;

/**
 * `versions` holds the version of every file at least, and those without files that are known. No rendering of a
 * quarantined project (PEP 792) has files, whatever the page holds.
 */
export type IndexPage = {
  /** Of a claimed name: no file of upstream may be added. Kept in JSON under a name that is reserved for the index itself. */
  isPrivate?: true;
  name: string;
  status?: ProjectStatus;
  versions: string[];
  files: IndexFile[];
  /** After the files that are there. Not read back. */
  promised?: readonly PromisedFile[];
};

const API_VERSION = '1.4';
/**
 * From 1.1 on every file has its size in JSON: a page that cannot tell says that it is of before. What later versions added
 * is still on it, as keys that clients of 1.0 have to ignore. HTML never had sizes, and is always of the newest version.
 */
const API_VERSION_WITHOUT_SIZES = '1.0';
/** What 1.1 allows as `upload-time`. */
const UPLOAD_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

/** Distinct versions, oldest first. */
export function sortedVersions(versions: Iterable<string>): string[] {
  const known = [...new Set(versions)];
  const parsed = new Map(known.map((text) => [text, isVersion(text) ? parseVersion(text) : ('0' as Version)]));
  return known.sort((one, other) => compareVersions(parsed.get(one)!, parsed.get(other)!));
}

/** `/simple/<project>/` as JSON. Keys whose value is not known are left out: uv refuses null for some of them. */
export function renderProjectJson(page: IndexPage): string {
  const files = offeredFiles(page);
  const promised = promisedFiles(page);
  const hasSizes = promised.length === 0 && files.every((file) => file.size !== undefined);
  return JSON.stringify({
    meta: { 'api-version': hasSizes ? API_VERSION : API_VERSION_WITHOUT_SIZES },
    name: page.name,
    ...(page.status && { 'project-status': page.status }),
    ...(page.isPrivate && { _private: true }),
    versions: page.versions,
    files: [...files.map(fileJson), ...promised.map(promisedJson)],
  });
}

function fileJson(file: IndexFile) {
  return {
    filename: file.filename,
    url: file.url,
    hashes: { sha256: file.sha256 },
    ...(file.requiresPython !== undefined && { 'requires-python': file.requiresPython }),
    ...(file.size !== undefined && { size: file.size }),
    ...(file.uploadTime !== undefined && isUploadTime(file.uploadTime) && { 'upload-time': file.uploadTime }),
    ...(file.yanked !== undefined && { yanked: file.yanked === '' ? true : file.yanked }),
    ...(hasMetadata(file) && {
      'core-metadata': file.coreMetadataSha256 === undefined ? true : { sha256: file.coreMetadataSha256 },
    }),
    ...(file.provenance !== undefined && { provenance: file.provenance }),
    ...(file.builtFor !== undefined && { _target: file.builtFor }),
    ...(file.yankedHere && { _yanked_here: true }),
  };
}

/** `hashes` must be there and may be empty. */
function promisedJson({ filename, url, requiresPython, yanked, coreMetadata }: PromisedFile) {
  return {
    ...{ filename, url, hashes: {} },
    ...(requiresPython !== undefined && { 'requires-python': requiresPython }),
    ...(yanked !== undefined && { yanked: yanked === '' ? true : yanked }),
    ...(coreMetadata && { 'core-metadata': coreMetadata }),
  };
}

type PageJson = {
  name: string;
  'project-status'?: ProjectStatus;
  _private?: boolean;
  versions: string[];
  files: {
    filename: string;
    url: string;
    hashes: { sha256: string };
    size?: number;
    'requires-python'?: string;
    yanked?: true | string;
    'core-metadata'?: true | { sha256: string };
    'upload-time'?: string;
    provenance?: string;
    _target?: string;
    _yanked_here?: boolean;
  }[];
};

/** A page that `renderProjectJson` made, read back; nothing else may be given to it. */
export function parseProjectJson(json: string): IndexPage {
  const page = JSON.parse(json) as PageJson;
  const status = readProjectStatus(page['project-status']?.status, page['project-status']?.reason);
  return {
    name: page.name,
    ...(status && { status }),
    ...(page._private && { isPrivate: true as const }),
    versions: page.versions,
    files: page.files.map((file) => {
      const metadata = file['core-metadata'];
      return {
        filename: file.filename,
        url: file.url,
        sha256: file.hashes.sha256,
        ...(file.size !== undefined && { size: file.size }),
        ...(file['requires-python'] !== undefined && { requiresPython: file['requires-python'] }),
        ...(file.yanked !== undefined && { yanked: file.yanked }),
        ...(metadata === true && { coreMetadata: metadata }),
        ...(typeof metadata === 'object' && { coreMetadataSha256: metadata.sha256 }),
        ...(file['upload-time'] !== undefined && { uploadTime: file['upload-time'] }),
        ...(file.provenance !== undefined && { provenance: file.provenance }),
        ...(file._target !== undefined && { builtFor: file._target }),
        ...(file._yanked_here && { yankedHere: true as const }),
      };
    }),
  };
}

/** `/simple/<project>/` as HTML. */
export function renderProjectHtml(page: IndexPage): string {
  const anchors = [...offeredFiles(page).map(anchor), ...promisedFiles(page).map(promisedAnchor)];
  return html(`Links for ${page.name}`, anchors, page.status);
}

/** PEP 792: an index must not offer any file of a quarantined project. */
function offeredFiles({ status, files }: IndexPage): readonly IndexFile[] {
  return status?.status === 'quarantined' ? [] : files;
}

function promisedFiles({ status, promised = [] }: IndexPage): readonly PromisedFile[] {
  return status?.status === 'quarantined' ? [] : promised;
}

function isUploadTime(text: string): boolean {
  return UPLOAD_TIME.test(text) && !Number.isNaN(Date.parse(text));
}

/** `/simple/` as JSON; `names` are normalised. */
export function renderRootJson(names: readonly string[]): string {
  return JSON.stringify({ meta: { 'api-version': API_VERSION }, projects: names.map((name) => ({ name })) });
}

/** `/simple/` as HTML. */
export function renderRootHtml(names: readonly string[]): string {
  return html(
    'Simple index',
    names.map((name) => `<a href="${escapeHtml(name)}/">${escapeHtml(name)}</a>`),
  );
}

/** A flat page for `--find-links`: pip and uv take file names from it, and pip metadata and hashes too. */
export function renderFindLinks(files: readonly IndexFile[]): string {
  return html('Links', files.map(anchor));
}

function html(title: string, anchors: string[], status?: ProjectStatus): string {
  const lines = [
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    meta('repository-version', API_VERSION),
    ...(status ? [meta('project-status', status.status)] : []),
    ...(status?.reason === undefined ? [] : [meta('project-status-reason', status.reason)]),
    `<title>${escapeHtml(title)}</title>`,
    '</head>',
    '<body>',
    ...anchors.map((one) => `${one}<br>`),
    '</body>',
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}

function meta(name: string, content: string): string {
  return `<meta name="pypi:${name}" content="${escapeHtml(content)}">`;
}

function promisedAnchor(file: PromisedFile): string {
  const metadata = file.coreMetadata ? ['data-core-metadata="true"', 'data-dist-info-metadata="true"'] : [];
  const attributes = [`href="${escapeHtml(file.url)}"`, ...restrictions(file), ...metadata];
  return `<a ${attributes.join(' ')}>${escapeHtml(file.filename)}</a>`;
}

function restrictions({ requiresPython, yanked }: PromisedFile): string[] {
  return [
    ...(requiresPython === undefined ? [] : [`data-requires-python="${escapeHtml(requiresPython)}"`]),
    ...(yanked === undefined ? [] : [`data-yanked="${yanked === true ? '' : escapeHtml(yanked)}"`]),
  ];
}

function anchor(file: IndexFile): string {
  const attributes = [`href="${escapeHtml(file.url)}#sha256=${file.sha256}"`];
  if (file.requiresPython !== undefined) attributes.push(`data-requires-python="${escapeHtml(file.requiresPython)}"`);
  if (hasMetadata(file)) {
    const value = file.coreMetadataSha256 === undefined ? 'true' : `sha256=${file.coreMetadataSha256}`;
    // The second is the name that pips before PEP 714 know.
    attributes.push(`data-core-metadata="${value}"`, `data-dist-info-metadata="${value}"`);
  }
  if (file.yanked !== undefined)
    attributes.push(`data-yanked="${file.yanked === true ? '' : escapeHtml(file.yanked)}"`);
  if (file.provenance !== undefined) attributes.push(`data-provenance="${escapeHtml(file.provenance)}"`);
  return `<a ${attributes.join(' ')}>${escapeHtml(file.filename)}</a>`;
}

function hasMetadata(file: IndexFile): boolean {
  return file.coreMetadataSha256 !== undefined || file.coreMetadata === true;
}
