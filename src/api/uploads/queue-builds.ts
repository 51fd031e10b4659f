import type { PrebuildRequest } from '../../core/records/prebuild.ts';
import { WheelmillError } from '../../errors.ts';
import { openPrebuild, readPrebuildRequest } from '../../storage/prebuild-records.ts';
import { type PrebuildStatus, readPrebuildStatus } from '../../storage/prebuild-status.ts';
import type { Api } from '../context.ts';
import { findPrebuild } from '../prebuilds/find-prebuild.ts';
import { readPosting, type Submission } from '../prebuilds/read-submission.ts';
import { submit } from '../prebuilds/submit.ts';
import type { Upload } from './read-upload.ts';

/**
 * Has an uploaded sdist built for every target of the settings: a prebuild of that version alone for each. Doing it again
 * finds them, and begins those anew that have failed.
 *
 * @param address whose turn it is
 * @param requestId of the HTTP request, for the log
 */
export async function queueBuilds(
  api: Api,
  { project, version }: Pick<Upload, 'project' | 'version'>,
  { isNew, address, requestId }: { isNew: boolean; address: string; requestId: string },
): Promise<PrebuildStatus[]> {
  const bytes = Buffer.from(`${project}==${version}\n`);
  const list = { files: [{ name: 'requirements.txt', bytes, role: 'requirements' as const }], fields: {} };
  // Planned with the bucket as it is now: what a worker remembers of the name may be a second old.
  const posting = await readPosting(
    api,
    list,
    { target: ['all'], deps: 'false', ...(isNew && { refresh: 'true' }) },
    address,
  );
  const submissions = posting.submissions.map((one) => ({ ...one, request: requestId }));
  return Promise.all(submissions.map((one) => submit(api, one).catch((error) => openAnyway(api, one, error))));
}

/**
 * What was stored is built, be the queue away, or full by now: the attempt is opened in the bucket, where upkeep finds it as
 * soon as a worker reaches the queue.
 */
async function openAnyway(api: Api, submission: Submission, error: unknown): Promise<PrebuildStatus> {
  if (!(error instanceof WheelmillError) || !LATER.has(error.code)) throw error;
  const { id, target, options, requirements, warnings, list, request: requestId } = submission;
  const { underWay, ended, last } = await findPrebuild(api.store, id);
  if (underWay) return underWay;
  const attempt = ended || last === 0 ? last + 1 : last;
  if (!(await readPrebuildRequest(api.store, id, attempt))) {
    const requestedAt = new Date().toISOString();
    const request: PrebuildRequest = {
      schema: 1,
      ...{ id, attempt, target, options, requirements, warnings, requestedAt },
      refresh: true,
      ...(requestId !== undefined && { request: requestId }),
    };
    await openPrebuild(api.store, request, list);
  }
  api.log.warn(
    { err: error, request: requestId, prebuild: id, attempt },
    `the build of an upload is queued later: prebuild ${id}`,
  );
  return (await readPrebuildStatus(api.store, id, attempt))!;
}

const LATER: ReadonlySet<string> = new Set([
  'queue-unavailable',
  'queue-full',
  'too-many-prebuilds',
  'quota-used-up',
  'being-cancelled',
]);
