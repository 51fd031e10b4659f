import { WheelmillError } from '../../errors.ts';
import { readPrebuildList, readPrebuildRequest } from '../../storage/prebuild-records.ts';
import type { PrebuildStatus } from '../../storage/prebuild-status.ts';
import type { Api } from '../context.ts';
import { findPrebuild } from './find-prebuild.ts';
import { unknownPrebuild } from './known-id.ts';
import { submit } from './submit.ts';

/**
 * Does again what the newest attempt was asked for, if it failed in whole or part or was cancelled: as if its list had been
 * posted once more.
 *
 * @param client who asks for it now
 * @param requestId of the HTTP request, for the log
 * @throws WheelmillError `not-found`, `nothing-to-retry` for one that is ready
 */
export async function retryPrebuild(api: Api, id: string, client: string, requestId: string): Promise<PrebuildStatus> {
  const { underWay, ended, last } = await findPrebuild(api.store, id);
  const attempt = underWay?.attempt ?? last;
  const request = attempt === 0 ? undefined : await readPrebuildRequest(api.store, id, attempt);
  if (!request) throw unknownPrebuild(id);
  if (ended?.state === 'ready')
    throw new WheelmillError(
      'nothing-to-retry',
      `Prebuild ${id} is ready: nothing failed. To build its wheels anew, send the list with rebuild=true.`,
    );
  const { target, options, requirements, constraints = [], warnings, refresh = false, rebuild = false } = request;
  const list = await readPrebuildList(api.store, id, attempt);
  const asked = { id, target, options, requirements, constraints, warnings, refresh, rebuild, retry: true };
  const asker = { client, priority: request.turn?.priority ?? 'interactive' };
  return submit(api, { ...asked, faults: [], list, listSha256: undefined, asker, request: requestId });
}
