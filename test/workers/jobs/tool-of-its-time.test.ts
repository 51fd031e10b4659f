import t from 'tap';
import { parseSdistFilename } from '../../../src/core/sdist-filename.ts';
import type { Upstream, UpstreamFile } from '../../../src/upstream/upstream.ts';
import { toolOfItsTime } from '../../../src/workers/jobs/tool-of-its-time.ts';

/** Sdists with the day on which they were uploaded, if upstream says it. */
function page(name: string, ...files: [version: string, day?: string, yanked?: true][]): UpstreamFile[] {
  return files.map(([version, day, yanked]) => {
    const filename = `${name}-${version}.tar.gz`;
    return {
      ...{ filename, url: `http://upstream.test/${filename}`, kind: 'sdist', sdist: parseSdistFilename(filename) },
      ...(day && { uploadTime: `${day}T12:00:00.000Z` }),
      ...(yanked && { yanked }),
    };
  });
}

const pages: Record<string, UpstreamFile[]> = {
  cython: page(
    'cython',
    ['0.29.37', '2023-12-18'],
    ['3.0.9', '2024-03-05'],
    ['3.0.10', '2024-03-30', true],
    ['3.1.0a1', '2024-03-31'],
    ['0.29.38', '2024-04-01'],
    ['3.1.0', '2025-05-08'],
  ),
  mill: page('mill', ['1.0', '2024-06-01'], ['2.0', '2026-01-01'], ['3.0']),
};
const upstream: Pick<Upstream, 'project'> = {
  async project(name) {
    const files = pages[name];
    return files && { name, files, versions: [], fetchedAt: new Date(), stale: false };
  },
};

const rows: [project: string, version: string, tool: string, found: string | undefined][] = [
  ['mill', '1.0', 'cython', '3.0.9'],
  ['Mill', '2', 'cython', '3.1.0'],
  ['mill', '3.0', 'cython', undefined],
  ['mill', '4.0', 'cython', undefined],
  ['mill', '1.0', 'nothing', undefined],
  ['nothing', '1.0', 'cython', undefined],
];
for (const [project, version, tool, found] of rows)
  t.test(`${tool} for ${project} ${version}`, async (t) => {
    t.equal(await toolOfItsTime(upstream, { project, version }, tool), found);
  });
