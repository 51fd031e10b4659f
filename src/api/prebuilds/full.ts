import pLimit from 'p-limit';
import { WheelmillError } from '../../errors.ts';
import { countOpenBuilds } from '../../storage/build-records.ts';
import { listOpenPrebuilds, readOpenClient } from '../../storage/prebuild-records.ts';
import { tokenOf } from '../client-of.ts';
import type { Api } from '../context.ts';

const READS_AT_ONCE = 16;

/**
 * Refuses what needs work where there is enough of it already. Asked before anything is written; what was taken is carried
 * out, however many builds it turns out to need.
 *
 * @throws WheelmillError `queue-full`, `too-many-prebuilds`, `quota-used-up`
 */
export async function refuseWhenFull(api: Pick<Api, 'store' | 'config' | 'quotas'>, client: string): Promise<void> {
  await api.quotas.checkWork(tokenOf(client));
  const { maxOpenPrebuilds, maxOpenBuilds, maxClientPrebuilds } = api.config;
  const open = await listOpenPrebuilds(api.store, maxOpenPrebuilds);
  if (open.length >= maxOpenPrebuilds) throw full(`${maxOpenPrebuilds} prebuilds`, 'WHEELMILL_MAX_OPEN_PREBUILDS');
  if ((await countOpenBuilds(api.store, maxOpenBuilds)) >= maxOpenBuilds)
    throw full(`${maxOpenBuilds} builds`, 'WHEELMILL_MAX_OPEN_BUILDS');
  // With fewer than that altogether nobody can have so many.
  if (open.length < maxClientPrebuilds) return;
  const limit = pLimit(READS_AT_ONCE);
  const clients = await Promise.all(open.map((id) => limit(() => readOpenClient(api.store, id))));
  const own = clients.filter((one) => one === client).length;
  if (own < maxClientPrebuilds) return;
  throw new WheelmillError(
    'too-many-prebuilds',
    `${own} prebuilds of this client are under way, and a client may have ${maxClientPrebuilds} (WHEELMILL_MAX_CLIENT_PREBUILDS). Send the list again when some have ended, or cancel some.`,
  );
}

function full(what: string, setting: string): WheelmillError {
  return new WheelmillError(
    'queue-full',
    `${what} are under way, as many as this server takes (${setting}). Send the list again later; lists of which everything is stored are answered all the same.`,
  );
}
