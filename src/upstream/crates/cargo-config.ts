import { join } from 'node:path';
import { parse } from 'smol-toml';
import type { ReadText } from '../pip-config.ts';
import type { UpstreamIndex } from '../upstream-index.ts';
import { parseRegistryUrl } from './registry-url.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Table = Readonly<Record<string, unknown>>;

/** `registry` is undefined where nothing is configured; `fault` says why what is configured cannot be used. */
export type DiscoveredRegistry = { registry?: UpstreamIndex; fault?: string };

const PUBLIC = 'crates-io';
const ADVICE = 'Only sparse registries can be read through: set WHEELMILL_CARGO_UPSTREAM=sparse+https://…';

/**
 * The crates registry this server is meant to use: WHEELMILL_CARGO_UPSTREAM, else what takes the place of the public one for
 * cargo on this machine (https://doc.rust-lang.org/cargo/reference/source-replacement.html), in the configuration of its
 * home folder and in CARGO_REGISTRIES_<NAME>_INDEX and _TOKEN.
 */
export function discoverRegistry(environment: Environment, readText: ReadText): DiscoveredRegistry {
  const home = environment.CARGO_HOME || (environment.HOME ? join(environment.HOME, '.cargo') : undefined);
  try {
    const config = tables(home, ['config', 'config.toml'], readText);
    const credentials = tables(home, ['credentials', 'credentials.toml'], readText);
    const own = environment.WHEELMILL_CARGO_UPSTREAM;
    const url = own ? { text: own, from: 'WHEELMILL_CARGO_UPSTREAM' } : replacement(config, environment);
    if (!url) return {};
    const registry = parseRegistryUrl(url.text);
    if (!registry) return { fault: `${url.from} names no sparse registry. ${ADVICE}` };
    const token = registry.credentials ? undefined : tokenOf(registry, { config, credentials, environment });
    return { registry: token === undefined ? registry : { ...registry, credentials: { token } } };
  } catch (error) {
    if (error instanceof Unusable) return { fault: `${error.message} ${ADVICE}` };
    throw error;
  }
}

/** A configuration that cargo itself could use, or not even cargo; the message is a sentence. */
class Unusable extends Error {}

/** Of two files the one without an ending counts, as for cargo. */
function tables(home: string | undefined, names: readonly string[], readText: ReadText): Table {
  for (const name of home === undefined ? [] : names) {
    const text = readText(join(home!, name));
    if (text === undefined) continue;
    try {
      return parse(text);
    } catch (cause) {
      throw new Unusable(`The file ${name} of cargo's home folder is no TOML.`, { cause });
    }
  }
  return {};
}

/** The URL of what replaces the public registry; undefined where nothing does. */
function replacement(config: Table, environment: Environment): { text: string; from: string } | undefined {
  const sources = table(config.source);
  let name = PUBLIC;
  for (const seen = new Set<string>(); !seen.has(name); ) {
    seen.add(name);
    const source = table(sources[name]);
    const next = source['replace-with'];
    const from = `The source ${name} of cargo's configuration`;
    if (typeof next === 'string') name = next;
    else if (name === PUBLIC) return undefined;
    else if (typeof source.registry === 'string') return { text: source.registry, from };
    else {
      const index = indexOf(name, config, environment);
      if (index !== undefined) return { text: index, from };
      throw new Unusable(`${from} is a folder, a git repository or nothing at all.`);
    }
  }
  throw new Unusable("The sources of cargo's configuration replace each other.");
}

/** A registry's own settings, the environment first. */
function indexOf(name: string, config: Table, environment: Environment): string | undefined {
  const index =
    environment[`CARGO_REGISTRIES_${inEnvironment(name)}_INDEX`] || table(table(config.registries)[name]).index;
  return typeof index === 'string' ? index : undefined;
}

/** The token that cargo has for the registry at this URL, whatever its name is. */
function tokenOf(
  { url }: UpstreamIndex,
  { config, credentials, environment }: { config: Table; credentials: Table; environment: Environment },
): string | undefined {
  const inFiles = Object.keys(table(config.registries));
  const inVariables = Object.keys(environment).flatMap((key) => /^CARGO_REGISTRIES_(\w+)_INDEX$/.exec(key)?.[1] ?? []);
  for (const name of [...inFiles, ...inVariables]) {
    if (parseRegistryUrl(indexOf(name, config, environment) ?? '')?.url !== url) continue;
    const places = [table(credentials.registries)[name], table(config.registries)[name]];
    const token =
      environment[`CARGO_REGISTRIES_${inEnvironment(name)}_TOKEN`] ||
      places.map((place) => table(place).token).find((one) => typeof one === 'string');
    // What goes into a header must be one line.
    if (typeof token === 'string' && /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(token)) return token;
  }
  return undefined;
}

const inEnvironment = (name: string): string => name.toUpperCase().replaceAll('-', '_');

function table(value: unknown): Table {
  return typeof value === 'object' && value !== null ? (value as Table) : {};
}
