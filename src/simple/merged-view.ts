import { LRUCache } from 'lru-cache';
import { versionOf } from '../core/candidate-versions.ts';
import {
  type IndexFile,
  type IndexPage,
  parseProjectJson,
  renderProjectHtml,
  renderProjectJson,
  renderRootHtml,
  renderRootJson,
  sortedVersions,
} from '../core/index-page.ts';
import type { NormalizedName } from '../core/names.ts';
import { type Tag, tagPriority } from '../core/tags.ts';
import { lenientWheelFilename } from '../core/wheel-filename.ts';
import type { BuildFailure } from '../errors.ts';
import type { PageFormat } from '../storage/bucket-paths.ts';
import { parseUploadUrl } from '../upstream/upload-url.ts';
import type { Upstream, UpstreamFile, UpstreamProject } from '../upstream/upstream.ts';
import { answerInTime } from './answer-in-time.ts';
import { type IndexView, pageBytes, type RenderedPage, renderedPage } from './index-view.ts';

/** Rendered pages of the projects that are asked for again and again: setuptools, wheel, cython, numpy. */
const MAX_BYTES = 24 * 1024 * 1024;

/** Why a wheel of ours is no longer the first choice; pip shows it. */
const SUPERSEDED = 'upstream offers a wheel of this version by now';

export type MergedViewOptions = {
  upstream: Upstream;
  /** Our own wheels; none for what must come from upstream alone. */
  stored?: IndexView;
  /** Builds are made of sdists; in a slim image nobody could do anything with one. */
  sdists: boolean;
  /** The folder beside `simple/` that has upstream's files. */
  folder: 'upstream' | 'wheels';
  /**
   * Milliseconds that upstream may take. After that, and where it does not answer, the page has what is known without it, and
   * says so. Without a limit such a page fails: to a build it would look like a project without newer versions.
   */
  patience?: number;
  /** The tags of a target that a stored wheel was built for; undefined where the target is not known (any more). */
  tagsOf?: (target: string) => Promise<readonly Tag[] | undefined>;
};

/**
 * Stored public wheels, then what upstream offers, read through. A file that upstream gives no SHA-256 of is left out, for
 * it could not be checked. A wheel that was built here stays where upstream publishes a fitting one later, but yanked.
 *
 * The project's status is upstream's (PEP 792). Of a quarantined one no file is listed, ours neither: what is taken for
 * malware there was built from the same sources here.
 *
 * `project` throws BuildFailure `upstream-unavailable`. The root lists stored projects only: installers never ask it, and
 * upstream's list has hundreds of thousands.
 */
export function createMergedView(options: MergedViewOptions): IndexView {
  const { upstream, stored, patience, tagsOf } = options;
  const memory = new LRUCache<string, RenderedPage & { files: readonly UpstreamFile[]; storedTag: string }>({
    maxSize: MAX_BYTES,
    sizeCalculation: pageBytes,
  });
  const emptyRoot = { html: renderedPage(renderRootHtml([])), json: renderedPage(renderRootJson([])) };

  /** Undefined unless upstream's part, ours and the page of the two are all in memory. */
  function remembered(name: NormalizedName, format: PageFormat): ReturnType<IndexView['project']> {
    const asked = upstream.remembered(name);
    // What upstream is known not to have is as it stands in the bucket.
    if (!asked?.project) return asked && stored?.project(name, format);
    const ours = stored?.project(name, 'json');
    return ours instanceof Promise ? undefined : renderedBefore(name, format, asked.project, ours);
  }

  /** The page as it was rendered of the very same two, but for what it says of upstream now. */
  function renderedBefore(
    name: NormalizedName,
    format: PageFormat,
    { files, stale }: UpstreamProject,
    ours: RenderedPage | undefined,
  ): RenderedPage | undefined {
    const known = memory.get(`${format}/${name}`);
    // A confirmed page has new times but the very same list of files.
    if (known?.files !== files || known.storedTag !== (ours?.etag ?? '')) return undefined;
    return stale ? { ...known, note: 'stale' } : known;
  }

  async function looked(name: NormalizedName, format: PageFormat): Promise<RenderedPage | undefined> {
    const asked = await (patience === undefined
      ? fromUpstream(upstream, name)
      : answerInTime(upstream, name, patience));
    if (!asked.project) {
      // What upstream does not have is as it stands in the bucket: nothing to merge, nor to keep a second time.
      const alone = await stored?.project(name, format);
      if (!alone && asked.failure) throw asked.failure;
      return alone && asked.failure ? { ...alone, note: 'unavailable' } : alone;
    }
    const ours = await stored?.project(name, 'json');
    const before = renderedBefore(name, format, asked.project, ours);
    if (before) return before;
    const page: IndexPage = ours ? parseProjectJson(ours.body.toString()) : { name, versions: [], files: [] };
    const { files, stale } = asked.project;
    // It may have been claimed after upstream was asked: private files and those of upstream are never on one page.
    const theirs = page.isPrivate ? uploadsOf(asked.project) : asked.project;
    if (tagsOf) page.files = await markSuperseded(page.files, theirs.files, tagsOf);
    const rendered = renderedPage(render(merged(page, name, theirs, options), format));
    memory.set(`${format}/${name}`, { ...rendered, files, storedTag: ours?.etag ?? '' });
    return stale ? { ...rendered, note: 'stale' } : rendered;
  }

  return {
    root: async (format) => stored?.root(format) ?? emptyRoot[format],
    project: (name, format) => remembered(name, format) ?? looked(name, format),
  };
}

/** Of what stands in upstream's place: what was uploaded here. */
function uploadsOf({ name, files, fetchedAt, stale }: UpstreamProject): UpstreamProject {
  return { name, fetchedAt, stale, versions: [], files: files.filter(({ url }) => parseUploadUrl(url) !== undefined) };
}

async function fromUpstream(
  upstream: Upstream,
  name: NormalizedName,
): Promise<{ project: UpstreamProject | undefined; failure?: BuildFailure }> {
  return { project: await upstream.project(name) };
}

const render = (page: IndexPage, format: PageFormat): string =>
  format === 'json' ? renderProjectJson(page) : renderProjectHtml(page);

function merged(
  ours: IndexPage,
  name: NormalizedName,
  { status, files: theirs, versions }: UpstreamProject,
  { sdists, folder }: Pick<MergedViewOptions, 'sdists' | 'folder'>,
): IndexPage {
  const byName = new Map(theirs.map((file) => [file.filename, file]));
  const stored = ours.files.map((file) => asUpstreamHasIt(file, byName.get(file.filename)));
  const names = new Set(stored.map((file) => file.filename));
  const offered = theirs.filter(
    (file) => file.sha256 !== undefined && !names.has(file.filename) && (sdists || file.kind === 'wheel'),
  );
  return {
    name,
    ...(status && { status }),
    versions: sortedVersions([...ours.versions, ...theirs.map(versionOf), ...versions]),
    files: [...stored, ...offered.map((file) => indexFile(name, file, folder))],
  };
}

/**
 * A copy of upstream's own file: whether it is yanked is upstream's to say, now and not when it was copied, unless somebody
 * here has yanked it. Upstream's attestations are of these bytes and go along (PEP 740); of others, though built of the same
 * sdist, they say nothing.
 */
function asUpstreamHasIt(ours: IndexFile, theirs: UpstreamFile | undefined): IndexFile {
  if (!theirs || theirs.sha256 !== ours.sha256) return ours;
  const { yanked: then, ...file } = ours;
  const { provenance } = theirs;
  const yanked = ours.yankedHere ? then : theirs.yanked;
  return { ...file, ...(yanked !== undefined && { yanked }), ...(provenance !== undefined && { provenance }) };
}

/** DESIGN, "Who sees whose build": the link stays, for locks name it; nobody gets it unasked any more. */
async function markSuperseded(
  ours: readonly IndexFile[],
  theirs: readonly UpstreamFile[],
  tagsOf: NonNullable<MergedViewOptions['tagsOf']>,
): Promise<IndexFile[]> {
  return Promise.all(
    ours.map(async (file) => {
      if (file.builtFor === undefined || file.yanked !== undefined) return file;
      const tags = await tagsOf(file.builtFor);
      const version = lenientWheelFilename(file.filename)?.version;
      const rival =
        tags &&
        theirs.find(
          (one) =>
            one.kind === 'wheel' &&
            one.wheel.version === version &&
            one.yanked === undefined &&
            one.sha256 !== undefined &&
            tagPriority(one.wheel.tags, tags) !== undefined,
        );
      return rival ? { ...file, yanked: SUPERSEDED } : file;
    }),
  );
}

function indexFile(project: NormalizedName, file: UpstreamFile, folder: MergedViewOptions['folder']): IndexFile {
  const { filename, sha256 = '', size, requiresPython, yanked, coreMetadata, uploadTime, provenance } = file;
  return {
    filename,
    url: `../../${folder}/${project}/${sha256}/${filename}`,
    sha256,
    ...(size !== undefined && { size }),
    ...(requiresPython !== undefined && { requiresPython }),
    ...(yanked !== undefined && { yanked }),
    ...(coreMetadata === true && { coreMetadata }),
    ...(typeof coreMetadata === 'string' && { coreMetadataSha256: coreMetadata }),
    ...(uploadTime !== undefined && { uploadTime }),
    ...(provenance !== undefined && { provenance }),
  };
}
