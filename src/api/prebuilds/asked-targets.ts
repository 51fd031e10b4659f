import { WheelmillError } from '../../errors.ts';
import { readTarget } from '../../storage/target-records.ts';
import type { Api } from '../context.ts';

/** Stands for every target of the settings. */
const ALL = 'all';
/** A list for more targets at once than anybody has is a mistake. */
const MAX_TARGETS = 50;

/** The targets a posting is for, by name, each once. `several`: it is answered with a list, however many there are. */
export type AskedTargets = { names: string[]; several: boolean };

/**
 * Reads the target fields of a posting: none is the first target of the settings, and each may name several, by commas.
 *
 * @throws WheelmillError `unknown-target` with all that are unknown, `bad-request`
 */
export async function askedTargets(
  api: Pick<Api, 'config' | 'store'>,
  fields: readonly string[],
): Promise<AskedTargets> {
  const configured = api.config.targets.map((one) => one.name);
  const asked = fields
    .flatMap((field) => field.split(','))
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (asked.length === 0) return { names: configured.slice(0, 1), several: false };
  if (asked.length > MAX_TARGETS)
    throw new WheelmillError(
      'bad-request',
      `A list can be sent for ${MAX_TARGETS} targets at once, not ${asked.length}.`,
    );
  const found = await Promise.all(asked.map(async (one) => (one === ALL ? configured : knownTarget(api, one))));
  const unknown = asked.filter((_, at) => found[at]!.length === 0);
  if (unknown.length > 0) {
    const named = unknown.map((one) => `"${one.slice(0, 100)}"`);
    throw new WheelmillError(
      'unknown-target',
      `There ${named.length === 1 ? 'is no target' : 'are no targets'} ${named.join(', ')}; nothing was started. There are: ${configured.join(', ')}.`,
    );
  }
  return { names: [...new Set(found.flat())], several: asked.length > 1 || asked.includes(ALL) };
}

/** A target of the settings, by its name or one of its images, or one that some worker has probed. */
async function knownTarget({ config, store }: Pick<Api, 'config' | 'store'>, name: string): Promise<string[]> {
  const found =
    config.targets.find((one) => one.name === name) ??
    config.targets.find((one) => one.build === name || one.runtime === name);
  if (found) return [found.name];
  return /^[a-z0-9][a-z0-9.-]*$/.test(name) && (await readTarget(store, name)) ? [name] : [];
}
