import type { NormalizedName } from '../core/names.ts';
import type { Upstream, UpstreamFile, UpstreamProject } from '../upstream/upstream.ts';
import { answerInTime } from './answer-in-time.ts';
import { noSuchFile } from './files.ts';

/** A page of this age is asked for again before a file is said not to be there: another process may have shown a newer one. */
const RECENT_MS = 10_000;

/**
 * The file with this name and hash on upstream's page of the project. With `patience` (milliseconds) an upstream that does
 * not answer in time is taken at its last word: a file has its hash, so an old page is as good as a new one.
 *
 * @throws WheelmillError `not-found`; BuildFailure `upstream-unavailable`
 */
export async function listedFile(
  upstream: Upstream,
  name: NormalizedName,
  wanted: { filename: string; sha256: string },
  patience?: number,
): Promise<UpstreamFile> {
  const pageOf = async (options: { maxAge?: number }): Promise<UpstreamProject | undefined> => {
    if (patience === undefined) return upstream.project(name, options);
    const { project, failure } = await answerInTime(upstream, name, patience, options);
    if (!project && failure) throw failure;
    return project;
  };
  for (const options of [{}, { maxAge: RECENT_MS }]) {
    const page = await pageOf(options);
    const file = page?.files.find((one) => one.filename === wanted.filename && one.sha256 === wanted.sha256);
    if (file) return file;
  }
  throw noSuchFile();
}
