import { LRUCache } from 'lru-cache';
import {
  type IndexFile,
  type IndexPage,
  renderProjectHtml,
  renderProjectJson,
  renderRootHtml,
  renderRootJson,
  sortedVersions,
} from '../core/index-page.ts';
import type { NormalizedName } from '../core/names.ts';
import type { PageFormat } from '../storage/bucket-paths.ts';
import type { Upstream, UpstreamFile, UpstreamProject } from '../upstream/upstream.ts';
import { type IndexView, type RenderedPage, renderedPage } from './index-view.ts';
import { readPage } from './read-page.ts';

/** Rendered pages of the projects that builds ask for again and again: setuptools, wheel, cython, numpy. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * What builds see: stored public wheels (none without `stored`), then upstream's wheels and sdists, read through. A file
 * that upstream gives no SHA-256 of is left out, for it could not be checked.
 *
 * `project` throws BuildFailure `upstream-unavailable`: a page without upstream's part would look like a project that has no
 * newer version. The root lists nothing, for installers never ask it.
 */
export function createBuildView(upstream: Upstream, stored: IndexView | undefined): IndexView {
  const memory = new LRUCache<string, RenderedPage & { files: readonly UpstreamFile[]; storedTag: string }>({
    maxSize: MAX_BYTES,
    sizeCalculation: (page) => page.body.length + 200,
  });
  const root = { html: renderedPage(renderRootHtml([])), json: renderedPage(renderRootJson([])) };

  return {
    root: async (format) => root[format],
    async project(name, format) {
      const [ours, theirs] = await Promise.all([stored?.project(name, 'json'), upstream.project(name)]);
      if (!ours && !theirs) return undefined;
      const key = `${format}/${name}`;
      const known = memory.get(key);
      const files = theirs?.files ?? NOTHING;
      const storedTag = ours?.etag ?? '';
      // A confirmed page has new times but the very same list of files.
      if (known?.files === files && known.storedTag === storedTag) return known;
      const page = { ...renderedPage(render(name, format, ours, theirs)), files, storedTag };
      memory.set(key, page);
      return page;
    },
  };
}

const NOTHING: readonly UpstreamFile[] = [];

function render(
  name: NormalizedName,
  format: PageFormat,
  ours: RenderedPage | undefined,
  theirs: UpstreamProject | undefined,
): string {
  const stored: IndexPage = ours ? readPage(ours) : { name, versions: [], files: [] };
  const names = new Set(stored.files.map((file) => file.filename));
  const offered = (theirs?.files ?? []).filter((file) => file.sha256 !== undefined && !names.has(file.filename));
  const page: IndexPage = {
    name,
    versions: sortedVersions([...stored.versions, ...offered.map(versionOf)]),
    files: [...stored.files, ...offered.map((file) => indexFile(name, file))],
  };
  return format === 'json' ? renderProjectJson(page) : renderProjectHtml(page);
}

export function versionOf(file: UpstreamFile): string {
  return file.kind === 'wheel' ? file.wheel.version : file.sdist.version;
}

function indexFile(project: NormalizedName, file: UpstreamFile): IndexFile {
  const { filename, sha256 = '', size, requiresPython, yanked, coreMetadata, uploadTime } = file;
  return {
    filename,
    url: `../../upstream/${project}/${sha256}/${filename}`,
    sha256,
    ...(size !== undefined && { size }),
    ...(requiresPython !== undefined && { requiresPython }),
    ...(yanked !== undefined && { yanked }),
    ...(coreMetadata === true && { coreMetadata }),
    ...(typeof coreMetadata === 'string' && { coreMetadataSha256: coreMetadata }),
    ...(uploadTime !== undefined && { uploadTime }),
  };
}
