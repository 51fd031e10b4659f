import { isAbsolute, join } from 'node:path';
import { netrcCredentials } from './netrc.ts';
import { parseIndexUrl, shownUrl, type UpstreamIndex } from './upstream-index.ts';

type Environment = Readonly<Record<string, string | undefined>>;
/** A text file's content, or undefined where there is none or it cannot be read. */
export type ReadText = (path: string) => string | undefined;

/**
 * `indexes` is undefined where nothing is configured: the default of the target image's pip is meant then. It is empty where
 * all that is configured cannot be used: whoever keeps to an index of their own must not get another one's files.
 */
export type DiscoveredIndexes = { indexes: UpstreamIndex[] | undefined; warnings: string[] };

/** The part of pip's settings that says where packages come from; the lists are pip's, separated by white space. */
type Sources = { index?: string; extra?: string; findLinks?: string; noIndex?: string; from: string };

/**
 * The upstream indexes this server is meant to use: WHEELMILL_UPSTREAM_URL, else what pip would use on this machine
 * (https://pip.pypa.io/en/stable/topics/configuration/): its environment variables before its files.
 *
 * `file:` indexes and find-links cannot be served on and are left out, each with a warning for the log. Passwords that
 * are not in the URL come from netrc.
 */
export function discoverIndexes(environment: Environment, readText: ReadText): DiscoveredIndexes {
  const warnings: string[] = [];
  const urls = environment.WHEELMILL_UPSTREAM_URL
    ? environment.WHEELMILL_UPSTREAM_URL.split(',').map((url) => ({ url, from: 'WHEELMILL_UPSTREAM_URL' }))
    : pipUrls(environment, readText, warnings);
  const indexes: UpstreamIndex[] = [];
  const configured = urls.filter((one) => one.url.trim() !== '');
  for (const { url, from } of configured) {
    const index = parseIndexUrl(url);
    if (!index) warnings.push(`${from}: ${named(url)} is no http(s) index and is not used.`);
    else if (!indexes.some((other) => other.url === index.url)) {
      indexes.push(index.credentials ? index : { ...index, ...netrcCredentials(index.url, environment, readText) });
    }
  }
  return { indexes: configured.length > 0 ? indexes : undefined, warnings };
}

/** Without what stands before an `@`, whatever it is that was configured. */
function named(url: string): string {
  return /^https?:/i.test(url) ? shownUrl(url) : url.trim().replace(/\/\/[^/]*@/, '//');
}

function pipUrls(environment: Environment, readText: ReadText, warnings: string[]): { url: string; from: string }[] {
  // Later sources win, value by value. As in pip `[install]` of any file wins over `[global]` of every file.
  const files = configFiles(environment, readText).map((path) => ({
    path,
    sections: iniSections(readText(path) ?? ''),
  }));
  const sources = [
    ...['global', 'install'].flatMap((name) =>
      files.map(({ path, sections }) => sectionSources(path, sections.get(name))),
    ),
    env(environment),
  ];
  const last = (key: 'index' | 'extra' | 'findLinks' | 'noIndex') => {
    const source = sources.filter((one) => one[key]).at(-1);
    return source && { value: source[key] ?? '', from: source.from };
  };
  const findLinks = last('findLinks');
  if (findLinks) warnings.push(`${findLinks.from}: find-links is not used; only indexes are.`);
  const noIndex = last('noIndex');
  if (noIndex && /^(1|true|yes|on|y|t)$/i.test(noIndex.value)) {
    warnings.push(`${noIndex.from}: no-index is not followed; set WHEELMILL_UPSTREAM_URL to choose an index.`);
  }
  return [last('index'), last('extra')].flatMap((one) =>
    one ? one.value.split(/\s+/).map((url) => ({ url, from: one.from })) : [],
  );
}

function env(environment: Environment): Sources {
  return {
    from: 'The PIP_ variables of the environment',
    index: environment.PIP_INDEX_URL ?? '',
    extra: environment.PIP_EXTRA_INDEX_URL ?? '',
    findLinks: environment.PIP_FIND_LINKS ?? '',
    noIndex: environment.PIP_NO_INDEX ?? '',
  };
}

/**
 * pip's files on Linux, the least important first. PIP_CONFIG_FILE=/dev/null means none at all, and a file that is there
 * takes the place of the user's.
 */
function configFiles(environment: Environment, readText: ReadText): string[] {
  const own = environment.PIP_CONFIG_FILE;
  if (own === '/dev/null') return [];
  const home = environment.HOME ?? '';
  const xdg = (environment.XDG_CONFIG_DIRS || '/etc/xdg').split(':').filter((one) => isAbsolute(one));
  const skipUser = !isAbsolute(home) || (own !== undefined && readText(own) !== undefined);
  const user = skipUser
    ? []
    : [join(home, '.pip', 'pip.conf'), join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'pip', 'pip.conf')];
  const site = environment.VIRTUAL_ENV ? [join(environment.VIRTUAL_ENV, 'pip.conf')] : [];
  return [...xdg.map((one) => join(one, 'pip', 'pip.conf')), '/etc/pip.conf', ...user, ...site, ...(own ? [own] : [])];
}

const KEYS: Record<string, 'index' | 'extra' | 'findLinks' | 'noIndex'> = {
  'index-url': 'index',
  'extra-index-url': 'extra',
  'find-links': 'findLinks',
  'no-index': 'noIndex',
};

function sectionSources(path: string, settings: ReadonlyMap<string, string> | undefined): Sources {
  const found: Sources = { from: path };
  for (const [key, value] of settings ?? []) {
    const field = KEYS[key.replaceAll('_', '-')];
    if (field) found[field] = value;
  }
  return found;
}

/** Python's configparser as far as pip.conf files go: sections, `=` or `:`, comments, indented lines continue a value. */
function iniSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  let key: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\[([^\]]+)\]/.exec(line);
    const pair = /^([^\s=:#;[][^=:]*?)\s*[=:]\s*(.*)$/.exec(line);
    if (/^\s*([#;]|$)/.test(line)) continue;
    if (/^\s/.test(line) && key !== undefined) section.set(key, `${section.get(key) ?? ''} ${line.trim()}`);
    else if (header) {
      section = sections.get(header[1]!) ?? new Map();
      sections.set(header[1]!, section);
      key = undefined;
    } else if (pair) {
      key = pair[1]!.toLowerCase();
      section.set(key, pair[2]!.trim());
    }
  }
  return sections;
}
