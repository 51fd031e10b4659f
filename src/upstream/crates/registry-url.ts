import { parseIndexUrl, type UpstreamIndex } from '../upstream-index.ts';

const SPARSE = 'sparse+';

/**
 * The URL of a crates registry as cargo writes it: `sparse+https://host/index/`. What does not begin so is a git repository
 * to cargo and undefined here, as is what is no http(s) URL.
 */
export function parseRegistryUrl(text: string): UpstreamIndex | undefined {
  const trimmed = text.trim();
  return trimmed.startsWith(SPARSE) ? parseIndexUrl(trimmed.slice(SPARSE.length)) : undefined;
}
