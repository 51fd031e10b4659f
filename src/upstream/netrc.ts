import { join } from 'node:path';
import type { Credentials } from './upstream-index.ts';

/**
 * Credentials for the host of `url` from the netrc file (NETRC, else ~/.netrc), as pip finds them there; an empty object
 * where it has none. The `default` entry is not used: it would send a password to any host.
 */
export function netrcCredentials(
  url: string,
  environment: Readonly<Record<string, string | undefined>>,
  readText: (path: string) => string | undefined,
): { credentials?: Credentials } {
  const path = environment.NETRC ?? (environment.HOME ? join(environment.HOME, '.netrc') : undefined);
  const text = path === undefined ? undefined : readText(path);
  if (text === undefined) return {};
  const host = new URL(url).hostname;
  const tokens = withoutMacros(text).match(/"[^"]*"|[^\s"]+/g) ?? [];
  const start = tokens.findIndex((token, at) => token === 'machine' && tokens[at + 1] === host);
  if (start < 0) return {};
  const end = tokens.findIndex((token, at) => at > start && (token === 'machine' || token === 'default'));
  const entry = tokens.slice(start + 2, end < 0 ? undefined : end);
  const field = (name: string) => entry[entry.indexOf(name) + 1]?.replace(/^"|"$/g, '') ?? '';
  if (!entry.includes('login')) return {};
  return { credentials: { username: field('login'), password: entry.includes('password') ? field('password') : '' } };
}

/** Comments, and macros up to the blank line that ends them, may hold words that look like entries. */
function withoutMacros(text: string): string {
  let inMacro = false;
  const kept = text.split(/\r?\n/).filter((line) => {
    if (/^\s*macdef\b/.test(line)) inMacro = true;
    else if (line.trim() === '') inMacro = false;
    return !inMacro && !/^\s*#/.test(line);
  });
  return kept.join('\n');
}
