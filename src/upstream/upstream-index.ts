import { sha256Hex } from '../core/sha256.ts';

/**
 * For one host: Basic authentication, or a token that is the whole header, as crates registries have it. Never logged, never in
 * an error, never stored.
 */
export type Credentials = { username: string; password: string } | { token: string };

/** One simple index. `url` ends in `/` and holds no credentials; `id` names its folder in the bucket. */
export type UpstreamIndex = { id: string; url: string; credentials?: Credentials };

/** Enough digits of the URL's hash that two configured indexes never share a folder. */
const ID_CHARS = 16;

/**
 * An index URL as pip takes it, `https://user:password@host/simple`, or undefined for anything that is not http(s).
 * Query and fragment mean nothing for an index and are dropped.
 */
export function parseIndexUrl(text: string): UpstreamIndex | undefined {
  const url = readUrl(text.trim());
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  const credentials = { username: decoded(url.username), password: decoded(url.password) };
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  const plain = `${url.origin}${path}`;
  return {
    id: sha256Hex(plain).slice(0, ID_CHARS),
    url: plain,
    ...(credentials.username !== '' && { credentials }),
  };
}

/** The URL, or undefined where `text` is none; relative ones need a `base`. */
export function readUrl(text: string, base?: string | URL): URL | undefined {
  return URL.canParse(text, base?.toString()) ? new URL(text, base) : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A URL as people may see it: without credentials, and without the query, where signed URLs keep theirs. */
export function shownUrl(text: string | URL): string {
  const url = readUrl(String(text));
  return url ? `${url.origin}${url.pathname}` : 'an unreadable URL';
}
