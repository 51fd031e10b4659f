import { versionOf } from '../../core/candidate-versions.ts';
import { normalizeName } from '../../core/names.ts';
import { compareVersions, isPrerelease, parseVersion, type Version } from '../../core/version.ts';
import type { Upstream, UpstreamFile } from '../../upstream/upstream.ts';

/**
 * The newest version that a build tool had when a version of a project was published: the one it was tried with. Undefined
 * where upstream does not say when that was.
 *
 * @throws BuildFailure `upstream-unavailable`
 */
export async function toolOfItsTime(
  upstream: Pick<Upstream, 'project'>,
  { project, version }: { project: string; version: string },
  tool: string,
): Promise<Version | undefined> {
  const [package_, tools] = await Promise.all([project, tool].map((name) => upstream.project(normalizeName(name))));
  const wanted = parseVersion(version);
  const published = Math.min(
    ...(package_?.files ?? []).filter((file) => compareVersions(versionOf(file), wanted) === 0).map(uploaded),
  );
  const [newest] = (tools?.files ?? [])
    .filter((file) => !file.yanked && !isPrerelease(versionOf(file)) && uploaded(file) <= published)
    .map(versionOf)
    .sort((one, other) => compareVersions(other, one));
  return Number.isFinite(published) ? newest : undefined;
}

/** Never, where upstream does not say it. */
const uploaded = ({ uploadTime }: UpstreamFile): number =>
  uploadTime === undefined ? Number.POSITIVE_INFINITY : Date.parse(uploadTime);
