import type { PrebuildView } from '../api/prebuilds/view.ts';
import { WheelmillError } from '../errors.ts';
import type { Client } from './client.ts';

/**
 * What a prebuild builds, as far as anything is known of it; with `follow` also what comes later, until the prebuild has ended.
 *
 * @throws WheelmillError `not-found` where there is nothing
 */
export async function* buildsOfPrebuild(
  client: Client,
  id: string,
  follow: boolean,
): AsyncGenerator<{ key: string; name: string }> {
  const given = new Set<string>();
  let last = await client.prebuild(id);
  for await (const view of follow ? client.watch(last) : [last]) {
    last = view;
    for (const { build: key, project, version = '' } of view.items) {
      // One that the plan names may not be wanted of a worker yet: it comes with a later view.
      if (key === undefined || given.has(key) || !(await isThere(client, key))) continue;
      given.add(key);
      yield { key, name: `${project} ${version}` };
    }
  }
  if (given.size === 0) throw new WheelmillError('not-found', whyNone(last));
}

async function isThere(client: Client, key: string): Promise<boolean> {
  try {
    await client.build(key);
    return true;
  } catch (error) {
    if (error instanceof WheelmillError && error.code === 'not-found') return false;
    throw error;
  }
}

function whyNone({ id, state, items, endedAt }: PrebuildView): string {
  const wait = `\`wheelmill logs -f ${id}\` waits for it.`;
  if (state === 'planning') return `Prebuild ${id} is still being planned. ${wait}`;
  if (endedAt === undefined && items.some((one) => one.build !== undefined))
    return `Nothing of prebuild ${id} is being built yet. ${wait}`;
  return `Prebuild ${id} builds nothing, so there is no log.`;
}
